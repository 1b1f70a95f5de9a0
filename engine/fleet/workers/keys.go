package workers

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A Key signs what a run, or a worker, says of itself.
type Key struct{ private ed25519.PrivateKey }

// What the texts of keys begin with.
const (
	privateMark = "moonwire-private-"
	publicMark  = "moonwire-public-"
)

// NewKey makes a key.
func NewKey() *Key {
	_, private, _ := ed25519.GenerateKey(rand.Reader) // it never fails
	return &Key{private}
}

// Public is the text of the public half, which others trust.
func (k *Key) Public() string {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return PublicText(public)
}

// PublicText is a public key as a text.
func PublicText(public []byte) string {
	return publicMark + base64.RawURLEncoding.EncodeToString(public)
}

// Private is the text of the key itself.
func (k *Key) Private() string {
	return privateMark + base64.RawURLEncoding.EncodeToString(k.private.Seed())
}

// ReadKey reads a private key's file.
func ReadKey(path string) (*Key, error) {
	for line, err := range keyLines(path) {
		if err != nil {
			return nil, err
		}
		text, ok := strings.CutPrefix(line, privateMark)
		seed, wrong := base64.RawURLEncoding.DecodeString(text)
		if !ok || wrong != nil || len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("%s is no private key, as moonwire fleet keygen makes them", path)
		}
		return &Key{ed25519.NewKeyFromSeed(seed)}, nil
	}
	return nil, fmt.Errorf("%s holds no key", path)
}

// Trust is the public keys that are trusted.
type Trust []ed25519.PublicKey

// ReadTrust reads a public key, or a file that has one in each line.
func ReadTrust(text string) (Trust, error) {
	if strings.HasPrefix(text, publicMark) {
		key, err := readPublic(text)
		return Trust{key}, err
	}
	var trust Trust
	for line, err := range keyLines(text) {
		if err != nil {
			return nil, err
		}
		word, _, _ := strings.Cut(line, " ") // a comment may follow
		key, err := readPublic(word)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		trust = append(trust, key)
	}
	if len(trust) == 0 {
		return nil, fmt.Errorf("%s holds no key", text)
	}
	return trust, nil
}

func readPublic(text string) (ed25519.PublicKey, error) {
	encoded, ok := strings.CutPrefix(text, publicMark)
	key, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) != ed25519.PublicKeySize {
		if strings.HasPrefix(text, privateMark) {
			return nil, fmt.Errorf("a private key stands where a public one belongs; keep it to yourself")
		}
		return nil, fmt.Errorf("%.20q is no public key: one begins with %s", text, publicMark)
	}
	return key, nil
}

// keyLines are the lines of a file that are neither empty nor comments.
func keyLines(path string) func(yield func(string, error) bool) {
	return func(yield func(string, error) bool) {
		data, err := os.ReadFile(path)
		if err != nil {
			yield("", err)
			return
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line, nil) {
				return
			}
		}
	}
}

// A voucher is a key's signature.
type voucher struct {
	Key       []byte `json:"key,omitempty"`
	Signature []byte `json:"signature,omitempty"`
}

// sign signs a text for a purpose. A nil key signs nothing.
func (k *Key) sign(purpose string, text []byte) voucher {
	if k == nil {
		return voucher{}
	}
	public, _ := k.private.Public().(ed25519.PublicKey)
	return voucher{public, ed25519.Sign(k.private, purposed(purpose, text))}
}

func purposed(purpose string, text []byte) []byte {
	return append([]byte("moonwire "+purpose+"\x00"), text...)
}

// check reports what is wrong with a signature, in a word or two; "" if a trusted key
// made it. Those who trust nobody in particular take everything.
func (t Trust) check(v voucher, purpose string, text []byte) string {
	switch {
	case t == nil:
		return ""
	case len(v.Key) == 0:
		return "is not signed"
	case len(v.Key) != ed25519.PublicKeySize:
		return "has a wrong signature"
	case !slices.ContainsFunc(t, func(k ed25519.PublicKey) bool { return k.Equal(ed25519.PublicKey(v.Key)) }):
		return "is signed by " + PublicText(v.Key) + ", which is not trusted"
	case !ed25519.Verify(v.Key, purposed(purpose, text), v.Signature):
		return "has a wrong signature"
	}
	return ""
}
