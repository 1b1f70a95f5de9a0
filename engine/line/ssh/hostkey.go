package ssh

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"github.com/moonwire/moonwire/engine/dial"
)

// hosts is what is known of the keys of hosts.
type hosts struct {
	db      *knownhosts.HostKeyDB // nil if nothing is known
	standIn map[string]string     // files that stand in for others, of which lines were left out
}

// readHosts reads the files that there are. A line that means nothing is left out, as
// OpenSSH does, so that it does not take the others with it.
func readHosts(files []string) (h *hosts, err error) {
	standIn := make(map[string]string)
	h = &hosts{standIn: standIn}
	var there []string
	defer func() {
		for name := range standIn {
			_ = os.Remove(name) // it lies among temporary files
		}
	}()
	for _, name := range files {
		text, err := os.ReadFile(name)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return nil, &failure{what: "the known hosts in " + name + " cannot be read: " + dial.Cause(err), err: err}
		}
		kept, whole := meaningful(text)
		if !whole {
			f, err := os.CreateTemp("", "known_hosts")
			if err != nil {
				return nil, err
			}
			h.standIn[f.Name()] = name
			_, err = f.Write(kept)
			if cerr := f.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return nil, err
			}
			name = f.Name()
		}
		there = append(there, name)
	}
	if len(there) > 0 {
		if h.db, err = knownhosts.NewDB(there...); err != nil {
			return nil, &failure{what: "the known hosts cannot be read: " + err.Error(), err: err}
		}
	}
	return h, nil
}

// meaningful empties the lines of text that are no entries.
func meaningful(text []byte) (kept []byte, whole bool) {
	whole = true
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) == 0 || trimmed[0] == '#' {
			continue
		}
		_, names, _, _, _, err := ssh.ParseKnownHosts(append(slices.Clone(trimmed), '\n'))
		if err != nil || !areHosts(names) {
			lines[i], whole = nil, false
		}
	}
	return bytes.Join(lines, []byte("\n")), whole
}

// areHosts reports whether names can stand before a key.
func areHosts(names []string) bool {
	for _, name := range names {
		name = strings.TrimPrefix(name, "!")
		if strings.HasPrefix(name, "|") {
			parts := strings.Split(name, "|")
			if len(parts) != 4 || parts[1] != "1" || !isBase64(parts[2]) || !isBase64(parts[3]) {
				return false
			}
		} else if strings.ContainsAny(name, "[]") {
			if _, _, err := net.SplitHostPort(name); err != nil {
				return false
			}
		}
	}
	return true
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

// file is the name by which a person knows a file.
func (h *hosts) file(name string) string {
	if real, ok := h.standIn[name]; ok {
		return real
	}
	return name
}

// algorithms puts the algorithms of the keys that are known of a host first.
func (h *hosts) algorithms(host string, may []string) []string {
	if h.db == nil {
		return may
	}
	var first []string
	for _, name := range h.db.HostKeyAlgorithms(host) {
		if slices.Contains(may, name) {
			first = append(first, name)
		}
	}
	return slices.Concat(first, slices.DeleteFunc(slices.Clone(may), func(n string) bool { return slices.Contains(first, n) }))
}

// anywhere stands for the address of a host, which known_hosts is not asked for: its name
// is what counts.
var anywhere = &net.TCPAddr{IP: net.IPv4zero}

// keyName is how OpenSSH calls a kind of key.
func keyName(key ssh.PublicKey) string {
	name := strings.TrimSuffix(key.Type(), "-cert-v01@openssh.com")
	switch {
	case name == ssh.KeyAlgoRSA:
		return "RSA"
	case strings.HasPrefix(name, "ecdsa"):
		return "ECDSA"
	case name == ssh.KeyAlgoED25519:
		return "ED25519"
	}
	return name
}

// minRSA is the shortest RSA key, in bits, that a host may have; crypto/rsa refuses
// shorter ones as well.
const minRSA = 1024

// checkHost decides whether a key is the host's.
func (d *dialing) checkHost(key ssh.PublicKey) error {
	s := d.settings
	if k, ok := key.(ssh.CryptoPublicKey); ok {
		if r, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() < minRSA {
			return &failure{
				what: fmt.Sprintf("the host's RSA key has %d bits, which anyone can break", r.N.BitLen()),
				hint: "give the host a new key; no option allows one below 1024 bits",
			}
		}
	}
	print := ssh.FingerprintSHA256(key)
	if strings.HasPrefix(s.HostKey, "SHA256:") {
		if s.HostKey == print {
			return nil
		}
		return &failure{what: "the host's key is not the one that host_key names: its " + keyName(key) + " key is " + print, hint: changedHint}
	}
	err := error(&xknownhosts.KeyError{})
	if d.hosts.db != nil {
		err = d.hosts.db.HostKeyCallback()(s.known, anywhere, key)
	}
	if err == nil {
		return nil
	}
	if revoked, ok := errors.AsType[*xknownhosts.RevokedError](err); ok {
		return &failure{
			what: fmt.Sprintf("the host's %s key %s is marked as revoked in %s:%d", keyName(key), print, d.hosts.file(revoked.Revoked.Filename), revoked.Revoked.Line),
			hint: "someone who has stolen the key may be answering; ask whoever runs the host", err: err,
		}
	}
	wrong, ok := errors.AsType[*xknownhosts.KeyError](err)
	if !ok {
		return &failure{what: "the host's key cannot be checked: " + err.Error(), err: err}
	}
	if len(wrong.Want) > 0 {
		return d.changed(key, wrong.Want)
	}
	return d.unknown(key)
}

const changedHint = "someone could be eavesdropping on you right now (man-in-the-middle attack), or the host has a new key; ask whoever runs it"

// changed says that the host has another key than the one that is known.
func (d *dialing) changed(key ssh.PublicKey, want []xknownhosts.KnownKey) error {
	w := want[0]
	for _, k := range want {
		if k.Key.Type() == key.Type() {
			w = k
		}
	}
	file := d.hosts.file(w.Filename)
	return &failure{
		what: fmt.Sprintf("REMOTE HOST IDENTIFICATION HAS CHANGED: its %s key is %s, another one is known in %s:%d", keyName(key), ssh.FingerprintSHA256(key), file, w.Line),
		hint: fmt.Sprintf("%s, and remove the old one by ssh-keygen -f '%s' -R '%s'", changedHint, file, knownhosts.Normalize(d.settings.known)),
		err:  &xknownhosts.KeyError{Want: want},
	}
}

// unknown decides about a key of a host of which no key is known.
func (d *dialing) unknown(key ssh.PublicKey) error {
	s := d.settings
	name, print := knownhosts.Normalize(s.known), ssh.FingerprintSHA256(key)
	line := knownhosts.Line([]string{s.known}, key)
	f := &failure{
		what: fmt.Sprintf("Host key verification failed: the host's %s key %s is not known", keyName(key), print),
		hint: fmt.Sprintf("compare it with what whoever runs the host says, and add this line to %s: %s", s.trusted[0], line),
		err:  &xknownhosts.KeyError{},
	}
	switch s.HostKey {
	case AcceptNew:
		d.note("the host's %s key %s was not known and is now", keyName(key), print)
		return d.remember(key)
	case "ask":
	default: // yes
		return f
	}
	text := fmt.Sprintf("The authenticity of host '%s' can't be established.\n%s key fingerprint is %s.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ", name, keyName(key), print)
	for range maxTries {
		answer, err := d.ask(Question{Kind: HostKey, Text: text, Echo: true})
		if errors.Is(err, ErrNobody) {
			f.hint += `; ssh={host_key="accept-new"} adds the keys of hosts that are new`
			return f
		}
		if err != nil {
			return err
		}
		switch answer = strings.TrimSpace(answer); {
		case strings.EqualFold(answer, "yes"), answer == print:
			return d.remember(key)
		case strings.EqualFold(answer, "no"):
			return &failure{what: "Host key verification failed: the answer was no"}
		}
		text = "Please type 'yes', 'no' or the fingerprint: "
	}
	return &failure{what: "Host key verification failed: there was no answer"}
}

// remember adds a host's key to the first file. A file that cannot be written is told
// and changes nothing else.
func (d *dialing) remember(key ssh.PublicKey) error {
	s := d.settings
	name := knownhosts.Normalize(s.known)
	if s.hashed {
		name = xknownhosts.HashHostname(name)
	}
	line := xknownhosts.Line([]string{name}, key)
	if s.hashed { // Line would take it for a name
		line = name + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	}
	if err := appendLine(s.trusted[0], line); err != nil {
		d.note("the host's key could not be added to %s: %s", s.trusted[0], dial.Cause(err))
	}
	return nil
}

// appendLine adds a line to a file, whose last line may be unfinished.
func appendLine(path, line string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	last := []byte{'\n'}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		_, _ = f.ReadAt(last, info.Size()-1) // what can't be read is taken for a whole line
	}
	if last[0] != '\n' {
		line = "\n" + line
	}
	_, err = f.WriteString(line + "\n") // in one piece: others may add lines, too
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
