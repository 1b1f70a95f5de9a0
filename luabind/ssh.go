package luabind

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/line/ssh"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// sshKeys are the options of ssh, by name.
var sshKeys = [...]struct {
	name string
	read optionReader
}{
	{"user", func(c *call, o *connectOptions, v lua.LValue) { o.line.SSH.User = c.StringOption("ssh.user", v) }},
	{"password", func(c *call, o *connectOptions, v lua.LValue) {
		o.line.SSH.Password = c.secretOption("ssh.password", v)
	}},
	{"key", func(c *call, o *connectOptions, v lua.LValue) {
		if t, ok := v.(*lua.LTable); ok {
			for i := 1; i <= t.Len(); i++ {
				o.line.SSH.Keys = append(o.line.SSH.Keys, c.keyOption("ssh.key "+strconv.Itoa(i), t.RawGetInt(i)))
			}
			return
		}
		o.line.SSH.Keys = []string{c.keyOption("ssh.key", v)}
	}},
	{"passphrase", func(c *call, o *connectOptions, v lua.LValue) {
		o.line.SSH.Passphrase = c.secretOption("ssh.passphrase", v)
	}},
	{"agent", func(c *call, o *connectOptions, v lua.LValue) {
		if o.line.SSH.Agent = ssh.No; c.BoolOption("ssh.agent", v) {
			o.line.SSH.Agent = ssh.Yes
		}
	}},
	{"known_hosts", func(c *call, o *connectOptions, v lua.LValue) {
		o.line.SSH.KnownHosts = c.StringOption("ssh.known_hosts", v)
	}},
	{"host_key", func(c *call, o *connectOptions, v lua.LValue) {
		o.line.SSH.HostKey = c.StringOption("ssh.host_key", v)
		if how := o.line.SSH.HostKey; how != "ask" && how != "yes" && how != ssh.AcceptNew && !strings.HasPrefix(how, "SHA256:") {
			c.FailHint("ssh.host_key must be \"ask\", \"yes\", \"accept-new\" or a fingerprint, not "+strconv.Quote(how), "a key's fingerprint begins with SHA256:")
		} else if how == ssh.AcceptNew && c.in.config.Steps != nil {
			c.FailHint("ssh.host_key must not be \"accept-new\" in a fleet: nobody would look at what was accepted", "put the keys into known_hosts first, as ssh-keyscan prints them")
		}
	}},
	{"legacy", readLegacy},
	{"config", func(c *call, o *connectOptions, v lua.LValue) {
		if b, ok := v.(lua.LBool); ok {
			o.line.SSH.NoFile = !bool(b)
			return
		}
		o.line.SSH.File = c.StringOption("ssh.config", v)
	}},
	{"command", func(c *call, o *connectOptions, v lua.LValue) {
		if o.line.SSH.Command = c.StringOption("ssh.command", v); strings.TrimSpace(o.line.SSH.Command) == "" {
			c.Fail("ssh.command is empty")
		}
	}},
	{"pty", func(c *call, o *connectOptions, v lua.LValue) {
		if o.line.SSH.Pty = ssh.No; c.BoolOption("ssh.pty", v) {
			o.line.SSH.Pty = ssh.Yes
		}
	}},
	{"client", func(c *call, o *connectOptions, v lua.LValue) {
		if name := c.StringOption("ssh.client", v); name != "openssh" {
			c.FailHint("ssh.client must be \"openssh\", not "+strconv.Quote(name), "leave it out for the client that is part of moonwire")
		}
		o.line.SSH.System = true
	}},
	{"on_prompt", func(c *call, o *connectOptions, v lua.LValue) {
		f, ok := v.(*lua.LFunction)
		if !ok {
			c.WrongType("ssh.on_prompt", "a function", v)
		}
		o.onPrompt = f
	}},
}

// readSSH reads the option ssh.
func readSSH(c *call, o *connectOptions, v lua.LValue) {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.WrongType("ssh", `a table such as {password=secret "router"}`, v)
	}
	for _, key := range c.Keys(t, "ssh") {
		known := false
		for _, k := range sshKeys {
			if k.name == key {
				known = true
				k.read(c, o, t.RawGetString(key))
			}
		}
		if !known {
			option, _ := kinds.OptionNamed("ssh")
			c.FailHint("there is no ssh."+key, args.Suggest(key, option.Keys))
		}
	}
}

// readLegacy reads legacy=true, a name of an algorithm or a list of them.
func readLegacy(c *call, o *connectOptions, v lua.LValue) {
	var names []string
	switch v := v.(type) {
	case lua.LBool:
		if v {
			o.line.SSH.Legacy = []string{ssh.LegacyAll}
		}
		return
	case *lua.LTable:
		for i := 1; i <= v.Len(); i++ {
			names = append(names, c.StringOption("ssh.legacy "+strconv.Itoa(i), v.RawGetInt(i)))
		}
	default:
		names = []string{c.StringOption("ssh.legacy", v)}
	}
	known := ssh.LegacyNames()
	for _, n := range names {
		if !slices.Contains(known, n) {
			c.FailHint("ssh.legacy: there is no old algorithm "+strconv.Quote(n), "there are "+strings.Join(known, ", "))
		}
	}
	o.line.SSH.Legacy = names
}

// secretOption reads a secret, or a text that is one from here on.
func (c *call) secretOption(name string, v lua.LValue) string {
	if ud, ok := v.(*lua.LUserData); ok {
		if s, ok := ud.Value.(*secretValue); ok {
			c.sent = append(c.sent, s.name)
			return s.value
		}
	}
	s, ok := v.(lua.LString)
	if !ok {
		c.WrongType(name, `a secret, as in secret "router"`, v)
	}
	c.in.config.Secrets.Add(mask.Secret{Name: name, Value: string(s)})
	return string(s)
}

// keyOption reads a key: a file's name, or the key itself, which is a secret.
func (c *call) keyOption(name string, v lua.LValue) string {
	if s, ok := v.(lua.LString); ok && !strings.Contains(string(s), "-----BEGIN ") {
		return string(s)
	}
	return c.secretOption(name, v)
}

// loginOf completes the options of a login by ssh.
func (in *Interp) loginOf(address string, o *connectOptions) ssh.Config {
	cfg := o.line.SSH
	cfg.Pool, cfg.LookupEnv = &in.ssh, in.config.LookupEnv
	cfg.Ask = in.asker(address, o)
	if o.onPrompt != nil {
		cfg.Asker = o.onPrompt
	}
	return cfg
}

// asker asks what a login by ssh has to ask: the script's hook, if there is one, and the
// operator.
func (in *Interp) asker(address string, o *connectOptions) func(ctx context.Context, q ssh.Question) (string, error) {
	t := in.currentTask()
	return func(ctx context.Context, q ssh.Question) (text string, err error) {
		t.reenter(func() {
			answered := false
			if q.Kind == ssh.Interactive && o.onPrompt != nil {
				text, answered, err = in.askHook(ctx, address, o.onPrompt, q)
			}
			if err == nil && !answered {
				text, err = in.askOperator(ctx, address, q)
			}
			if err == nil && !q.Echo {
				in.config.Secrets.Add(mask.Secret{Name: "ssh", Value: text})
			}
		})
		return text, err
	}
}

// askHook asks the script's hook.
func (in *Interp) askHook(ctx context.Context, address string, hook *lua.LFunction, q ssh.Question) (text string, answered bool, err error) {
	about := in.L.CreateTable(0, 3)
	about.RawSetString("echo", lua.LBool(q.Echo))
	about.RawSetString("name", lua.LString(q.Name))
	about.RawSetString("instruction", lua.LString(q.Instruction))
	returned, err := baselib.Call(ctx, in.at, hook, lua.LString(q.Text), about)
	if err != nil || len(returned) == 0 {
		return "", false, err
	}
	switch v := returned[0].(type) {
	case *lua.LNilType:
		return "", false, nil
	case lua.LString:
		return string(v), true, nil
	case lua.LNumber:
		return baselib.Number(v), true, nil
	case *lua.LUserData:
		if s, ok := v.Value.(*secretValue); ok {
			if err := in.maySend(s.name, address); err != nil {
				return "", false, err
			}
			return s.value, true, nil
		}
	}
	return "", false, &args.UsageError{Message: "on_prompt: the hook must return a string, a secret or nil, not " + args.Kind(returned[0])}
}

// askOperator asks at the terminal.
func (in *Interp) askOperator(ctx context.Context, address string, q ssh.Question) (text string, err error) {
	if in.config.Prompt == nil {
		return "", ssh.ErrNobody
	}
	giveBack, err := in.ownTerminal()
	if err != nil {
		return "", err
	}
	defer giveBack()
	prompt := q.Text
	if q.Kind == ssh.Interactive { // the host's words are marked as such, and act on no terminal
		prompt = ""
		for _, said := range []string{q.Name, q.Instruction, q.Text} {
			if said != "" {
				prompt += "(" + address + ") " + harmless(said) + "\n"
			}
		}
		if prompt = strings.TrimSuffix(prompt, "\n"); prompt != "" && !strings.HasSuffix(prompt, " ") {
			prompt += " "
		}
	}
	in.attendant.Block(func() { text, err = in.config.Prompt(ctx, prompt, q.Echo) })
	if errors.Is(err, terminal.ErrNoTerminal) {
		return "", ssh.ErrNobody
	}
	return text, err
}

// harmless is a text without what a terminal would act on.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			return r
		case r == '\r':
			return -1
		}
		return '?'
	}, s)
}
