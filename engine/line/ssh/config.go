package ssh

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kevinburke/ssh_config"

	"github.com/moonwire/moonwire/engine/dial"
)

// useOpenSSH is the hint for what only the system's ssh can do.
const useOpenSSH = `ssh={client="openssh"} uses the system's ssh, which knows it; ssh={config=false} reads no ssh_config`

// A file is what ssh_config says of a host.
type file struct {
	host  string
	parts []*ssh_config.Config // the user's before the system's
	paths []string
}

// readFile reads ssh_config.
func (s *settings) readFile(cfg *Config) error {
	s.file = &file{host: s.host}
	if cfg.NoFile {
		return nil
	}
	paths := []string{filepath.Join(s.home, ".ssh", "config"), systemFile}
	if cfg.File != "" {
		paths = []string{s.expand(cfg.File)}
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && cfg.File == "" {
			continue
		}
		if err != nil {
			return &failure{what: "ssh_config " + path + " cannot be read: " + dial.Cause(err), err: err}
		}
		c, err := ssh_config.Decode(bytes.NewReader(text))
		if err != nil {
			return &failure{what: "ssh_config " + path + ": " + strings.TrimPrefix(err.Error(), "ssh_config: "), hint: useOpenSSH, err: err}
		}
		s.file.parts, s.file.paths = append(s.file.parts, c), append(s.file.paths, path)
	}
	return s.file.supported()
}

// systemFile is read behind the user's own.
const systemFile = "/etc/ssh/ssh_config"

// get is the first value of a keyword, "" if there is none.
func (f *file) get(keyword string) (string, error) {
	values, err := f.all(keyword)
	if len(values) == 0 {
		return "", err
	}
	return values[0], nil
}

// all are all values of a keyword.
func (f *file) all(keyword string) (values []string, err error) {
	for i, c := range f.parts {
		found, err := c.GetAll(f.host, keyword)
		if err != nil {
			return nil, &failure{what: "ssh_config " + f.paths[i] + ": " + err.Error(), hint: useOpenSSH, err: err}
		}
		for _, v := range found {
			values = append(values, unquote(v))
		}
	}
	return values, nil
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// unsupported are the keywords that change the way to a host, or whom to trust, and that
// only the system's ssh honours, with the values that change nothing.
var unsupported = [...]struct {
	keyword  string
	harmless []string
}{
	{"ProxyCommand", []string{"none"}},
	{"CanonicalizeHostname", []string{"no"}},
	{"AddressFamily", []string{"any"}},
	{"BindAddress", nil},
	{"BindInterface", nil},
	{"KnownHostsCommand", []string{"none"}},
	{"RevokedHostKeys", []string{"none"}},
	{"CASignatureAlgorithms", nil},
	{"PKCS11Provider", []string{"none"}},
	{"RemoteCommand", []string{"none"}},
}

// supported checks that nothing is asked for which is not done here.
func (f *file) supported() error {
	for _, u := range unsupported {
		v, err := f.get(u.keyword)
		if err != nil {
			return err
		}
		if v != "" && !slices.Contains(u.harmless, strings.ToLower(v)) {
			return &failure{what: "ssh_config says " + u.keyword + " " + v + ", which is not supported", hint: useOpenSSH}
		}
	}
	return nil
}

// settings are what is known of a login before it begins.
type settings struct {
	*Config
	file       *file
	home       string
	host, port string // where to connect to
	alias      string // the name that the address gives
	known      string // the name in known_hosts, with its port
	user       string
	keyFiles   []string // to try, where Config names none
	only       bool     // of an agent's keys those alone of which there is a file
	agent      string   // its socket, "" if there is none
	trusted    []string // files of known hosts; the first takes new ones
	hashed     bool     // names of hosts are hashed there
	jumps      []dial.Address
	methods    []string // the methods that may be used, nil is all
}

// settle finds out what an address means.
func settle(a dial.Address, cfg *Config) (*settings, error) {
	s := &settings{Config: cfg, home: cfg.Home, host: a.Host, alias: a.Host, port: a.Port}
	me, err := user.Current()
	if s.home == "" {
		if s.home, _ = s.lookup("HOME"); s.home == "" && err == nil {
			s.home = me.HomeDir
		}
	}
	if err := s.readFile(cfg); err != nil {
		return nil, err
	}
	var failed error
	get := func(keyword, otherwise string) string {
		v, err := s.file.get(keyword)
		if err != nil && failed == nil {
			failed = err
		}
		if v == "" {
			return otherwise
		}
		return v
	}
	if s.port == "" {
		s.port = get("Port", "22")
	}
	if s.user = a.User; s.user == "" {
		s.user = cfg.User
	}
	if s.user == "" {
		s.user = get("User", "")
	}
	if s.user == "" && err == nil {
		s.user = me.Username
	}
	s.host = strings.NewReplacer("%%", "%", "%h", s.host).Replace(get("HostName", s.host))
	s.known = net.JoinHostPort(s.host, s.port)
	if alias := get("HostKeyAlias", ""); alias != "" {
		s.known = net.JoinHostPort(alias, "22") // where no port is written
	}
	s.only = strings.EqualFold(get("IdentitiesOnly", "no"), "yes")
	s.hashed = strings.EqualFold(get("HashKnownHosts", "no"), "yes")
	if cfg.HostKey == "" {
		if s.HostKey = strings.ToLower(get("StrictHostKeyChecking", "ask")); s.HostKey == "no" || s.HostKey == "off" {
			s.HostKey = AcceptNew // OpenSSH takes changed keys too; that is never done here
		}
	}
	s.files(get)
	s.chooseMethods(get)
	if err := s.jumpHosts(get("ProxyJump", "none")); err != nil {
		return nil, err
	}
	return s, failed
}

// files finds the files of keys and of hosts, and the agent's socket.
func (s *settings) files(get func(keyword, otherwise string) string) {
	if names, _ := s.file.all("IdentityFile"); len(names) > 0 { // what is wrong with the file was told
		for _, name := range names {
			if !strings.EqualFold(name, "none") {
				s.keyFiles = append(s.keyFiles, s.expand(name))
			}
		}
	} else {
		for _, name := range []string{"id_rsa", "id_ecdsa", "id_ed25519"} {
			s.keyFiles = append(s.keyFiles, filepath.Join(s.home, ".ssh", name))
		}
	}
	s.agent, _ = s.lookup("SSH_AUTH_SOCK")
	switch socket := get("IdentityAgent", "SSH_AUTH_SOCK"); {
	case strings.EqualFold(socket, "none"):
		s.agent = ""
	case strings.HasPrefix(socket, "$"):
		s.agent, _ = s.lookup(strings.Trim(socket, "${}"))
	case socket != "SSH_AUTH_SOCK":
		s.agent = s.expand(socket)
	}
	if s.KnownHosts != "" {
		s.trusted = []string{s.expand(s.KnownHosts)}
		return
	}
	for name := range strings.FieldsSeq(get("UserKnownHostsFile", "~/.ssh/known_hosts ~/.ssh/known_hosts2")) {
		s.trusted = append(s.trusted, s.expand(name))
	}
	for name := range strings.FieldsSeq(get("GlobalKnownHostsFile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2")) {
		s.trusted = append(s.trusted, s.expand(name))
	}
}

// chooseMethods reads which methods may be used to log in.
func (s *settings) chooseMethods(get func(keyword, otherwise string) string) {
	s.methods = []string{"publickey", "keyboard-interactive", "password"}
	if said := get("PreferredAuthentications", ""); said != "" {
		s.methods = strings.Split(said, ",")
	}
	for keyword, method := range map[string]string{
		"PubkeyAuthentication": "publickey", "KbdInteractiveAuthentication": "keyboard-interactive", "PasswordAuthentication": "password",
	} {
		if strings.EqualFold(get(keyword, "yes"), "no") {
			s.methods = slices.DeleteFunc(s.methods, func(m string) bool { return m == method })
		}
	}
}

// jumpHosts reads the hosts that the connection goes through.
func (s *settings) jumpHosts(said string) error {
	if strings.EqualFold(said, "none") || s.Dial != nil {
		return nil
	}
	for hop := range strings.SplitSeq(said, ",") {
		form := Form()
		a, err := dial.Forms{&form}.Parse("ssh://"+strings.TrimPrefix(strings.TrimSpace(hop), "ssh://"), "")
		if err != nil {
			return &failure{what: "ssh_config says ProxyJump " + said + ": " + err.Error(), err: err}
		}
		s.jumps = append(s.jumps, a)
	}
	return nil
}

func (s *settings) lookup(name string) (string, bool) {
	if s.LookupEnv != nil {
		return s.LookupEnv(name)
	}
	return os.LookupEnv(name)
}

// expand gives a file's name with ~ and the tokens of ssh_config replaced.
func (s *settings) expand(name string) string {
	if rest, found := strings.CutPrefix(name, "~/"); found {
		name = filepath.Join(s.home, rest)
	}
	return strings.NewReplacer("%%", "%", "%d", s.home, "%h", s.host, "%n", s.alias, "%p", s.port, "%r", s.user).Replace(name)
}

// key tells connections apart: where it is the same they can be shared.
func (s *settings) key() string {
	parts := []string{s.user, s.host, s.port, s.known, s.Route, s.Password, s.Passphrase, s.HostKey, s.agent, strconv.Itoa(int(s.Agent)), s.File, strconv.FormatBool(s.NoFile)}
	for _, list := range [][]string{s.Keys, s.keyFiles, s.trusted, s.Legacy, s.methods} {
		parts = append(parts, strings.Join(list, "\x00"))
	}
	return strings.Join(parts, "\x00\x00")
}
