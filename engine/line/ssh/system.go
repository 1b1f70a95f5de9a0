package ssh

import (
	"strings"

	"github.com/moonwire/moonwire/engine/dial"
)

// SystemArgs returns the command line of the system's ssh for Config.System. What it asks
// comes as text, so what answers questions does not go with it. Errors are of type
// *dial.Error.
func SystemArgs(a dial.Address, cfg Config) ([]string, error) {
	for _, o := range []struct {
		name  string
		given bool
		hint  string
	}{
		{"password", cfg.Password != "", `its question comes as text: s:read_until("assword:") s:writeln(secret "NAME")`},
		{"passphrase", cfg.Passphrase != "", `its question comes as text: s:read_until("passphrase") s:read_until(":") s:writeln(secret "NAME")`},
		{"on_prompt", cfg.Asker != nil, "what the host asks comes as text"},
		{"agent", cfg.Agent != Unsaid, "ssh_config says it: IdentityAgent"},
		{"legacy", len(cfg.Legacy) > 0, "ssh_config says it: KexAlgorithms, Ciphers, MACs, HostKeyAlgorithms"},
		{"pty=false", cfg.Pty == No, "it runs on a terminal here"},
		{"via", cfg.Dial != nil, "ssh_config says it: ProxyJump, ProxyCommand"},
		{"host_key", strings.HasPrefix(cfg.HostKey, "SHA256:"), "a file known_hosts holds it"},
	} {
		if o.given {
			return nil, &dial.Error{Address: a.String(), What: o.name + ` does not go with client="openssh"`, Hint: o.hint}
		}
	}
	args := []string{"ssh", "-tt"}
	option := func(name, value string) {
		if value != "" {
			args = append(args, name, value)
		}
	}
	option("-p", a.Port)
	user := a.User
	if user == "" {
		user = cfg.User
	}
	option("-l", user)
	for _, key := range cfg.Keys {
		if strings.Contains(key, "-----BEGIN ") {
			return nil, &dial.Error{Address: a.String(), What: `a key that is no file does not go with client="openssh"`, Hint: "name its file"}
		}
		option("-i", key)
	}
	if option("-F", cfg.File); cfg.NoFile {
		option("-F", "none")
	}
	if cfg.KnownHosts != "" {
		option("-o", `UserKnownHostsFile="`+cfg.KnownHosts+`"`)
	}
	if cfg.HostKey != "" {
		option("-o", "StrictHostKeyChecking="+cfg.HostKey)
	}
	for _, v := range cfg.Env {
		option("-o", `SetEnv "`+v+`"`)
	}
	if cfg.Command != "" { // what ssh itself has to say is not the command's
		option("-o", "LogLevel=ERROR")
	}
	args = append(args, "--", a.Host)
	if cfg.Command != "" {
		args = append(args, cfg.Command)
	}
	return args, nil
}
