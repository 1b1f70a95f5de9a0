package ssh

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/moonwire/moonwire/engine/dial"
)

// agentTime is how long an agent may take to answer.
const agentTime = 3 * time.Second

// An offered key can be offered to the host. It implements ssh.MultiAlgorithmSigner.
type offered struct {
	auth       *auth
	name       string
	pub        ssh.PublicKey
	algorithms []string
	signer     func() (ssh.AlgorithmSigner, error) // is called once the host wants the key
	agent      *string                             // who signs, nil for moonwire itself
}

// PublicKey implements ssh.Signer.
func (o *offered) PublicKey() ssh.PublicKey { return o.pub }

// Algorithms implements ssh.MultiAlgorithmSigner. The library asks when it offers the key.
func (o *offered) Algorithms() []string {
	if !slices.Contains(o.auth.offers, o.name) {
		o.auth.offers = append(o.auth.offers, o.name)
	}
	return o.algorithms
}

// Sign implements ssh.Signer.
func (o *offered) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return o.SignWithAlgorithm(rand, data, "")
}

// SignWithAlgorithm implements ssh.AlgorithmSigner.
func (o *offered) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := o.signer()
	if err == nil {
		var sig *ssh.Signature
		o.auth.d.agent.Store(o.agent)
		defer o.auth.d.agent.Store(nil)
		if sig, err = signer.SignWithAlgorithm(rand, data, algorithm); err == nil {
			return sig, nil
		}
		err = &failure{what: o.name + " cannot sign: " + strings.TrimPrefix(err.Error(), "agent: "), hint: agentHint, err: err}
	}
	o.auth.fatal = err
	return nil, err
}

const agentHint = "ssh-add -l lists the keys that the agent has"

// offer makes a key one that can be offered, nil if no allowed algorithm goes with it.
func (a *auth) offer(name string, pub ssh.PublicKey, agent *string, signer func() (ssh.AlgorithmSigner, error)) []ssh.Signer {
	names := []string{strings.TrimSuffix(pub.Type(), "-cert-v01@openssh.com")}
	if names[0] == ssh.KeyAlgoRSA {
		names = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	may := a.d.algorithms.PublicKeyAuths
	names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(may, n) })
	if len(names) == 0 {
		a.notes = append(a.notes, name+" is "+pub.Type()+", which is not allowed")
		return nil
	}
	return []ssh.Signer{&offered{a, name, pub, names, signer, agent}}
}

// signers are the keys to offer: those that were given, else the agent's and those that
// lie about. Keys that were given and can't be used are an error.
func (a *auth) signers() (list []ssh.Signer, err error) {
	s := a.d.settings
	if s.Agent == Yes || s.Agent == Unsaid && len(s.Keys) == 0 {
		found, err := a.agentKeys()
		switch {
		case err != nil && s.Agent == Yes:
			return nil, err
		case err != nil:
			a.notes = append(a.notes, err.Error())
		}
		list = found
	}
	for _, key := range s.Keys {
		found, err := a.key(key)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	if len(s.Keys) > 0 || s.Agent == Yes {
		return list, nil
	}
	for _, name := range s.keyFiles {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			continue
		}
		found, err := a.key(name)
		if err != nil {
			a.notes = append(a.notes, err.Error())
			if f, ok := errors.AsType[*failure](err); ok && a.keyHint == "" {
				a.keyHint = f.hint
			}
			continue
		}
		for _, f := range found {
			if !slices.ContainsFunc(list, func(have ssh.Signer) bool { return sameKey(have.PublicKey(), f.PublicKey()) }) {
				list = append(list, f)
			}
		}
	}
	return list, nil
}

func sameKey(a, b ssh.PublicKey) bool { return string(a.Marshal()) == string(b.Marshal()) }

// agentKeys are the keys of the agent.
func (a *auth) agentKeys() (list []ssh.Signer, err error) {
	s := a.d.settings
	if s.agent == "" {
		return nil, &failure{what: "there is no agent: SSH_AUTH_SOCK is not set", hint: "eval $(ssh-agent); ssh-add starts one"}
	}
	a.d.agent.Store(&s.agent)
	defer a.d.agent.Store(nil)
	conn, err := net.DialTimeout("unix", s.agent, agentTime)
	if err != nil {
		return nil, &failure{what: "the agent at " + s.agent + " does not answer: " + dial.Cause(err), hint: "it has ended, perhaps: eval $(ssh-agent); ssh-add starts another", err: err}
	}
	a.d.atEnd(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(agentTime)) // it may be dead and still be connected to
	keys, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, noList(s.agent, err)
	}
	if a.agentEmpty = len(keys) == 0; a.agentEmpty {
		a.notes = append(a.notes, "the agent at "+s.agent+" has no keys")
	}
	_ = conn.SetReadDeadline(time.Time{}) // before it signs it may ask its owner
	for _, k := range keys {
		pub := k.PublicKey()
		signer, ok := k.(ssh.AlgorithmSigner)
		if !ok || s.only && s.Agent != Yes && !s.hasFile(pub) {
			continue
		}
		list = append(list, a.offer("the agent's key "+ssh.FingerprintSHA256(pub), pub, &s.agent, func() (ssh.AlgorithmSigner, error) { return signer, nil })...)
	}
	return list, nil
}

// noList says why an agent does not list its keys.
func noList(socket string, err error) error {
	why := err.Error() // the library keeps the text alone
	if i := strings.LastIndex(why, ": "); i >= 0 {
		why = why[i+2:]
	}
	hint := "is it an agent's socket? ssh-add -l asks it as well"
	if strings.HasSuffix(why, os.ErrDeadlineExceeded.Error()) {
		why = "it says nothing within " + agentTime.String()
		hint = "it hangs, perhaps: eval $(ssh-agent); ssh-add starts another"
	}
	return &failure{what: "the agent at " + socket + " does not list its keys: " + why, hint: hint, err: err}
}

// hasFile reports whether a key is one of those that ssh_config names.
func (s *settings) hasFile(key ssh.PublicKey) bool {
	for _, name := range s.keyFiles {
		if k := publicKey(name + ".pub"); k != nil && sameKey(k, key) {
			return true
		}
	}
	return false
}

// publicKey reads a file that holds a public key or a certificate; nil if it does not.
func publicKey(path string) ssh.PublicKey {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	k, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return k
}

// key reads a private key, which is a file's name or the key itself.
func (a *auth) key(given string) ([]ssh.Signer, error) {
	s := a.d.settings
	name, text := "the key that was given", []byte(given)
	var path string
	if !strings.Contains(given, "-----BEGIN ") {
		path = s.expand(given)
		name = "the key " + path
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, &failure{what: name + " cannot be read: " + dial.Cause(err), err: err}
		}
	}
	signer, err := parseKey(text, "")
	missing, locked := errors.AsType[*ssh.PassphraseMissingError](err)
	if err != nil && !locked {
		return nil, badKey(name, path, text, err)
	}
	if path != "" { // later, as a public key is open to all
		if err := closedToOthers(path); err != nil {
			return nil, err
		}
	}
	load := func() (ssh.AlgorithmSigner, error) { return signer, nil }
	var pub ssh.PublicKey
	if locked {
		load = func() (ssh.AlgorithmSigner, error) { return a.unlock(name, path, text) }
		if pub = missing.PublicKey; pub == nil {
			pub = publicKey(path + ".pub")
		}
		if pub == nil { // the file does not say which key it is
			if signer, err = a.unlock(name, path, text); err != nil {
				return nil, err
			}
			load = func() (ssh.AlgorithmSigner, error) { return signer, nil }
		}
	}
	if pub == nil {
		pub = signer.PublicKey()
	}
	var list []ssh.Signer
	if path != "" {
		if cert, ok := publicKey(path + "-cert.pub").(*ssh.Certificate); ok && sameKey(cert.Key, pub) {
			list = a.offer(name+" with its certificate", cert, nil, load)
		}
	}
	return append(list, a.offer(name, pub, nil, load)...), nil
}

// parseKey reads a private key that can sign.
func parseKey(text []byte, passphrase string) (ssh.AlgorithmSigner, error) {
	var signer ssh.Signer
	var err error
	if passphrase != "" {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(passphrase))
	} else {
		signer, err = ssh.ParsePrivateKey(text)
	}
	if err != nil {
		return nil, err
	}
	as, ok := signer.(ssh.AlgorithmSigner)
	if !ok { // no test: every key that the library reads is one
		return nil, errors.New("the key cannot sign")
	}
	return as, nil
}

// unlock reads a key with its passphrase.
func (a *auth) unlock(name, path string, text []byte) (ssh.AlgorithmSigner, error) {
	d := a.d
	passphrase, wrong := d.settings.Passphrase, &failure{what: "the passphrase is not that of " + name}
	for try := 0; ; try++ {
		if passphrase == "" || try > 0 {
			var err error
			passphrase, err = d.ask(Question{Kind: Passphrase, Text: "Enter passphrase for " + strings.TrimPrefix(name, "the ") + ": "})
			if errors.Is(err, ErrNobody) {
				if try > 0 {
					return nil, wrong
				}
				return nil, &failure{what: name + " has a passphrase", hint: `give ssh={passphrase=secret "NAME"}, or add the key to an agent (ssh-add)`}
			}
			if err != nil {
				return nil, err
			}
		}
		signer, err := parseKey(text, passphrase)
		if err == nil {
			return signer, nil
		}
		if !wrongPassphrase(err) {
			return nil, badKey(name, path, text, err)
		}
		if try >= maxTries {
			return nil, wrong
		}
	}
}

// badKey says why a key can't be used. Of its text nothing is told.
func badKey(name, path string, text []byte, err error) error {
	f := &failure{what: name + " is no private key that is known here", err: err}
	if path == "" {
		path = "FILE"
	}
	head, _, _ := strings.Cut(string(text[:min(len(text), 200)]), "\n")
	switch {
	case strings.HasPrefix(head, "PuTTY-User-Key-File"):
		f.what = name + " is in PuTTY's format"
		f.hint = fmt.Sprintf("puttygen %s -O private-openssh -o FILE writes it in OpenSSH's", path)
	case strings.HasPrefix(head, "ssh-"), strings.HasPrefix(head, "ecdsa-"), strings.HasPrefix(head, "sk-"):
		f.what = name + " is a public key"
		f.hint = "the private one lies beside it, without .pub"
	case strings.Contains(head, "BEGIN ENCRYPTED PRIVATE KEY"), strings.Contains(head, "BEGIN SSH2 ENCRYPTED"):
		f.what = name + " is encrypted in a way that is not known here"
		f.hint = fmt.Sprintf("ssh-keygen -p -f %s writes it in OpenSSH's format", path)
	case len(bytes.TrimSpace(text)) == 0:
		f.what = name + " is empty"
	case strings.HasPrefix(head, "-----BEGIN ") && !bytes.Contains(text, []byte("-----END ")):
		f.what = name + " is cut off"
		f.hint = "it ends before its last line, " + strings.Replace(strings.TrimSpace(head), "BEGIN", "END", 1)
	case strings.Contains(string(text), "PRIVATE KEY-----"):
		f.what = name + " cannot be used: " + strings.TrimPrefix(err.Error(), "ssh: ")
		f.hint = `ssh={client="openssh"} uses the system's ssh, which knows more kinds of keys (of a token, for one)`
	}
	return f
}

// wrongPassphrase reports whether a key could not be decrypted.
func wrongPassphrase(err error) bool {
	return errors.Is(err, x509.IncorrectPasswordError)
}
