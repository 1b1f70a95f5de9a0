package kinds

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/pty"
	"github.com/moonwire/moonwire/engine/line/serial"
	"github.com/moonwire/moonwire/engine/line/ssh"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/line/via"
	"github.com/moonwire/moonwire/engine/telnet"
)

// Options say how a line is opened. Each kind takes what it knows.
type Options struct {
	Dial dial.Options
	Via  []via.Hop // what a network connection goes through, in this order
	// Connect, if set, opens the connection in place of the network and of programs.
	Connect func(ctx context.Context, a dial.Address, o dial.Options) (dial.Conn, error)

	Terminal      []string // the terminal's names, the best first
	Columns, Rows int      // of the window
	Encoding      string   // of the host's text
	Raw           bool     // no text is made of what comes

	Telnet  tline.Config  // of telnet lines; what stands above and Dial.TLS are added
	Serial  serial.Config // of serial ports
	Program pty.Config    // of programs; likewise
	// Environ, if set, returns the variables that programs get beside those of the
	// option env; otherwise they get all of ours.
	Environ func() []string
	SSH     ssh.Config // of ssh; likewise
	// Demo, if set, is the demo host; otherwise each connection has a host of its own,
	// which ends with it.
	Demo *DemoHost
}

// environ returns the variables that programs get beside those of the option env.
func (o *Options) environ() []string {
	if o.Environ != nil {
		return o.Environ()
	}
	return os.Environ()
}

// A Feature is what a kind of line may have, with the options of connect that need it.
type Feature struct {
	Lack    string // what is said of a line without it, as in "starts no program"
	Options []Option
}

// An Option is one of connect that goes with some kinds of lines only.
type Option struct {
	Name string
	Hint string   // what to do instead where it does not apply
	Keys []string // those of its table, if no others may be there
	// Set puts a value into o. It is nil for functions and secrets, which the binding reads.
	Set func(o *Options, v any) *Mistake
}

// Values of options are string, float64, bool, Table, or Other.
type (
	// Table is a table. Its keys are of type string or float64.
	Table map[any]any
	// Other is any other value; it names what that is, as in "a function".
	Other string
)

// A Mistake is an option's value that makes no sense.
type Mistake struct {
	Message string
	Unknown string   // the key that is not known, if that is the mistake
	Known   []string // the keys that are
}

func wrongType(name, want string, v any) *Mistake {
	return &Mistake{Message: name + " must be " + want + ", not " + kindOf(v)}
}

// kindOf names the type of an option's value, with its article.
func kindOf(v any) string {
	switch v := v.(type) {
	case string:
		return "a string"
	case float64:
		return "a number"
	case bool:
		return "a boolean"
	case Other:
		return string(v)
	}
	return "a table"
}

// shown returns a value as a message shows it.
func shown(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return kindOf(v)
}

var speaksTelnet = Feature{"does not speak telnet", []Option{
	{Name: "options", Hint: "telnet options are for telnet://", Set: setPolicies},
	{Name: "environ", Hint: "env= sets a program's variables", Set: setEnviron},
	{Name: "on_option", Hint: "telnet options are for telnet://"},
}}

var hasTLS = Feature{"has no TLS", []Option{
	{Name: "tls", Hint: "telnets:// is telnet over TLS", Keys: tlsKeys[:], Set: setTLS},
}}

var startsProgram = Feature{"starts no program", []Option{
	{Name: "cwd", Hint: "spawn does", Set: func(o *Options, v any) (m *Mistake) {
		o.Program.Dir, m = text("cwd", v)
		return m
	}},
}}

var takesVariables = Feature{"starts no program", []Option{
	{Name: "env", Hint: "spawn does; environ= is what a telnet host is told", Set: setEnv},
}}

var speaksSSH = Feature{"is not ssh", []Option{
	{Name: "ssh", Hint: "ssh://user@host is", Keys: sshKeys[:]}, // it may hold secrets and functions
}}

var sshKeys = [...]string{"agent", "client", "command", "config", "host_key", "key", "known_hosts", "legacy", "on_prompt", "passphrase", "password", "pty", "user"}

var overNetwork = Feature{"is on this machine", []Option{
	{Name: "via", Hint: "via is for lines over the network"},
}}

const aboutSerial = "serial:/dev/ttyUSB0 and rfc2217://host:port have one"

var hasPort = Feature{"has no serial port", []Option{
	{Name: "baud", Hint: aboutSerial, Set: func(o *Options, v any) (m *Mistake) {
		o.Serial.Baud, m = whole("baud", v, 1, 12_000_000)
		return m
	}},
	{Name: "bits", Hint: aboutSerial, Set: func(o *Options, v any) (m *Mistake) {
		o.Serial.Bits, m = whole("bits", v, 5, 8)
		return m
	}},
	{Name: "parity", Hint: aboutSerial, Set: func(o *Options, v any) *Mistake {
		n, m := word("parity", v, serial.Parities[:])
		o.Serial.Parity = serial.Parity(n)
		return m
	}},
	{Name: "stop", Hint: aboutSerial, Set: func(o *Options, v any) *Mistake {
		if n, ok := v.(float64); ok {
			v = shown(n)
		}
		n, m := word("stop", v, serial.Stops[:])
		o.Serial.Stop = serial.Stop(n)
		return m
	}},
	{Name: "flow", Hint: aboutSerial, Set: func(o *Options, v any) *Mistake {
		n, m := word("flow", v, serial.Flows[:])
		o.Serial.Flow = serial.Flow(n)
		return m
	}},
}}

// whole reads a whole number.
func whole(name string, v any, least, most float64) (int, *Mistake) {
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) || n < least || n > most {
		return 0, &Mistake{Message: fmt.Sprintf("%s must be a whole number from %.0f to %.0f, not %s", name, least, most, shown(v))}
	}
	return int(n), nil
}

// word returns the place of a word in a list, from 1 on.
func word(name string, v any, list []string) (int, *Mistake) {
	i := -1
	if s, ok := v.(string); ok {
		i = slices.Index(list, s)
	}
	if i < 0 {
		return 0, &Mistake{Message: name + " must be one of " + strings.Join(list, ", ") + ", not " + shown(v)}
	}
	return i + 1, nil
}

// features are all that there are.
var features = [...]*Feature{&speaksTelnet, &hasTLS, &overNetwork, &hasPort, &startsProgram, &takesVariables, &speaksSSH}

// OptionNames lists the options that go with some kinds only.
func OptionNames() []string {
	var names []string
	for _, f := range features {
		for _, o := range f.Options {
			names = append(names, o.Name)
		}
	}
	return names
}

// OptionNamed returns an option, and the feature that it needs; nil if there is none of
// the name.
func OptionNamed(name string) (*Option, *Feature) {
	for _, f := range features {
		for i := range f.Options {
			if f.Options[i].Name == name {
				return &f.Options[i], f
			}
		}
	}
	return nil, nil
}

// Lacks returns why an option does not go with the kind, and what to do instead; "" if it
// goes with it.
func (k *Kind) Lacks(option string) (why, hint string) {
	o, f := OptionNamed(option)
	if o == nil || slices.Contains(k.Has, f) {
		return "", ""
	}
	return option + " does not go with " + k.Prefix() + ", which " + f.Lack, o.Hint
}

func text(name string, v any) (string, *Mistake) {
	s, ok := v.(string)
	if !ok {
		return "", wrongType(name, "a string", v)
	}
	return s, nil
}

func flag(name string, v any) (bool, *Mistake) {
	b, ok := v.(bool)
	if !ok {
		return false, wrongType(name, "true or false", v)
	}
	return b, nil
}

// names lists the keys of a table that may only have names, in their order, so that of two
// mistakes always the same one is told.
func (t Table) names(of string) ([]string, *Mistake) {
	list := make([]string, 0, len(t))
	for k := range t {
		s, ok := k.(string)
		if !ok {
			return nil, &Mistake{Message: of + " has an entry without a name: " + shown(k)}
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list, nil
}

// setEnviron sets the variables that a telnet host is told, in the order of their names.
func setEnviron(o *Options, v any) *Mistake {
	t, ok := v.(Table)
	if !ok {
		return wrongType("environ", `a table such as {USER="brandon"}`, v)
	}
	names, m := t.names("environ")
	o.Telnet.Telnet.Environ = nil
	for _, name := range names {
		var value string
		if value, m = text("environ."+name, t[name]); m != nil {
			return m
		}
		o.Telnet.Telnet.Environ = append(o.Telnet.Telnet.Environ, telnet.EnvVar{Name: name, Value: value})
		if name == "DISPLAY" { // what XDISPLOC tells, where options accept it
			o.Telnet.Telnet.Display = value
		}
	}
	return m
}

// setPolicies sets the answers to telnet options, which have a name or a number.
func setPolicies(o *Options, v any) *Mistake {
	t, ok := v.(Table)
	if !ok {
		return wrongType("options", `a table such as {ECHO="accept", MCCP2="refuse"}`, v)
	}
	keys := make([]any, 0, len(t))
	for k := range t {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	policies := make(map[telnet.Option]telnet.Policy, len(t))
	for _, k := range keys {
		option, m := TelnetOption(k)
		if m != nil {
			return m
		}
		switch t[k] {
		case true, "accept":
			policies[option] = telnet.Accept
		case false, "refuse":
			policies[option] = telnet.Refuse
		case "default":
		default:
			return &Mistake{Message: fmt.Sprintf(`options.%v must be "accept", "refuse" or "default", not %s`, k, shown(t[k]))}
		}
	}
	o.Telnet.Telnet.Policies = policies
	return nil
}

// TelnetOption returns the option that a name or a number stands for.
func TelnetOption(v any) (telnet.Option, *Mistake) {
	switch v := v.(type) {
	case string:
		if o, ok := telnet.OptionByName(v); ok {
			return o, nil
		}
		return 0, &Mistake{Message: "there is no telnet option " + strconv.Quote(v), Unknown: v, Known: TelnetOptions()}
	case float64:
		if v >= 0 && v <= 255 && v == float64(int(v)) {
			return telnet.Option(v), nil
		}
		return 0, &Mistake{Message: "a telnet option's number is from 0 to 255"}
	}
	return 0, wrongType("option", "a name or a number", v)
}

// TelnetOptions lists the telnet options that have a name.
func TelnetOptions() []string {
	var names []string
	for i := range 256 {
		if name := telnet.Option(i).String(); name != strconv.Itoa(i) && !strings.Contains(name, " ") {
			names = append(names, name)
		}
	}
	return names
}

var tlsKeys = [...]string{"ca", "cert", "key", "server_name", "insecure", "required"}

// setTLS sets how TLS is done: true, false, or a table.
func setTLS(o *Options, v any) (m *Mistake) {
	o.Dial.TLS = &dial.TLS{}
	t, ok := v.(Table)
	if !ok {
		var on bool
		if on, m = flag("tls", v); !on {
			o.Dial.TLS = nil
		}
		return m
	}
	names, m := t.names("tls")
	for _, name := range names {
		v, full := t[name], "tls."+name
		switch name {
		case "ca":
			o.Dial.TLS.CA, m = text(full, v)
		case "cert":
			o.Dial.TLS.Cert, m = text(full, v)
		case "key":
			o.Dial.TLS.Key, m = text(full, v)
		case "server_name":
			o.Dial.TLS.ServerName, m = text(full, v)
		case "required":
			o.Telnet.RequireTLS, m = flag(full, v)
		case "insecure":
			o.Dial.TLS.Insecure, m = flag(full, v)
		default:
			m = &Mistake{Message: "there is no " + full, Unknown: name, Known: tlsKeys[:]}
		}
		if m != nil {
			return m
		}
	}
	return m
}

// setEnv sets the variables that a program gets beside ours; false takes one away.
func setEnv(o *Options, v any) *Mistake {
	t, ok := v.(Table)
	if !ok {
		return wrongType("env", `a table such as {LANG="C"}`, v)
	}
	names, m := t.names("env")
	if m != nil {
		return m
	}
	var added []string
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return &Mistake{Message: "env: a variable cannot be called " + strconv.Quote(name)}
		}
		if t[name] == false {
			continue
		}
		value, m := text("env."+name, t[name])
		if m != nil {
			return m
		}
		added = append(added, name+"="+value)
	}
	o.Program.Env = nil
	for _, have := range o.environ() {
		if name, _, _ := strings.Cut(have, "="); t[name] == nil {
			o.Program.Env = append(o.Program.Env, have)
		}
	}
	o.Program.Env, o.SSH.Env = append(o.Program.Env, added...), added
	return nil
}
