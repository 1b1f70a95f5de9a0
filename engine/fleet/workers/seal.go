package workers

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"sync"
)

// Secrets are what the queue of a run knows alone. They are kept with the run, so that
// one that is resumed knows its workers again.
type Secrets struct {
	Private []byte `json:"private"` // the half of Bundle.Public
	Tickets []byte `json:"tickets"` // makes tickets
}

// NewSecrets makes some.
func NewSecrets() Secrets {
	private, _ := ecdh.X25519().GenerateKey(rand.Reader) // it never fails
	tickets := make([]byte, 32)
	_, _ = rand.Read(tickets) // nor does this
	return Secrets{private.Bytes(), tickets}
}

// A channel is what a worker and the queue of a run have in common: the keys of what goes
// either way.
type channel struct{ up, down []byte }

var errAgree = errors.New("the key is none")

// agree makes the channel of a private key and somebody else's public one; worker is the
// public key of the worker among them.
func agree(private, public, worker []byte, run string) (*channel, error) {
	mine, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		return nil, errAgree
	}
	other, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, errAgree
	}
	shared, err := mine.ECDH(other)
	if err != nil {
		return nil, errAgree
	}
	key := func(way string) []byte {
		k, _ := hkdf.Key(sha256.New, shared, worker, "moonwire "+run+" "+way, 32) // it is not too long
		return k
	}
	return &channel{key("up"), key("down")}, nil
}

func publicOf(private []byte) []byte {
	k, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		return nil
	}
	return k.PublicKey().Bytes()
}

// sumOf is the sum that only those who have the key can make.
func sumOf(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// A ticketer makes the sums of tickets, with a key that nobody else has.
type ticketer struct {
	mu   sync.Mutex
	hash hash.Hash
	text []byte // what the last sum is of
}

func newTicketer(key []byte) *ticketer { return &ticketer{hash: hmac.New(sha256.New, key)} }

// sum is the sum of a ticket of a worker.
func (t *ticketer) sum(worker [publicSize]byte, of *ticket) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text[:0], worker[:]...)
	t.text = binary.BigEndian.AppendUint64(t.text, of.Attempt.Number)
	t.text = binary.BigEndian.AppendUint64(t.text, of.Attempt.Delivered)
	t.text = append(t.text, of.Host...)
	t.hash.Reset()
	t.hash.Write(t.text)
	return t.hash.Sum(nil)
}

// made reports whether a ticket was made for a worker.
func (t *ticketer) made(worker []byte, of *ticket) bool {
	return hmac.Equal(t.sum([publicSize]byte(worker), of), of.Sum)
}

// The sizes of what stands before a message's object.
const (
	publicSize = 32
	sumSize    = 32
)

// sealUp makes a message of a worker: its public key, a sum, and what it says as JSON.
func (c *channel) sealUp(worker []byte, kind string, body []byte) []byte {
	data := append(make([]byte, 0, publicSize+sumSize+len(body)), worker...)
	data = append(data, sumOf(c.up, []byte(kind), []byte{0}, body)...)
	return append(data, body...)
}

// openUp checks and reads a message of a worker behind its public key.
func (c *channel) openUp(data []byte, kind string, v any) bool {
	return open(c.up, data[publicSize:], kind, v)
}

// sealDown makes an answer of what it says as JSON.
func (c *channel) sealDown(kind string, body []byte) []byte {
	return append(sumOf(c.down, []byte(kind), []byte{0}, body), body...)
}

// openDown checks and reads an answer.
func (c *channel) openDown(data []byte, kind string, v any) bool {
	return open(c.down, data, kind, v)
}

func open(key, data []byte, kind string, v any) bool {
	if len(data) < sumSize {
		return false
	}
	sum, body := data[:sumSize], data[sumSize:]
	return hmac.Equal(sum, sumOf(key, []byte(kind), []byte{0}, body)) && json.Unmarshal(body, v) == nil
}
