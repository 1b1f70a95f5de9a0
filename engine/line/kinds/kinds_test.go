package kinds

import (
	"errors"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/pty"
)

// TestTable holds the forms that people are shown to what is an address.
func TestTable(t *testing.T) {
	bare := 0
	for _, k := range Kinds() {
		form := strings.NewReplacer("[:23]", "", "[:992]", "", "[:22]", "", ":port", ":99").Replace(k.Written)
		a, err := Parse(form, "")
		if err != nil || a.Scheme() != k.Scheme || Of(a).Scheme != k.Scheme {
			t.Errorf("%s: %v, %v", k.Written, a, err)
		}
		if k.Bare {
			bare++
		}
	}
	if bare != 1 {
		t.Errorf("%d kinds need no scheme", bare)
	}
}

// TestOptions gives the options values that make no sense.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"cwd", 1.0, "cwd must be a string, not a number"},
		{"tls", "yes", "tls must be true or false, not a string"},
		{"tls", Table{"ca": true}, "tls.ca must be a string, not a boolean"},
		{"tls", Table{"required": Other("a function")}, "tls.required must be true or false, not a function"},
		{"tls", Table{"insecrue": true}, "there is no tls.insecrue"},
		{"tls", Table{1.0: true}, "tls has an entry without a name: 1"},
		{"environ", "USER", `environ must be a table such as {USER="brandon"}, not a string`},
		{"environ", Table{"USER": 1.0}, "environ.USER must be a string, not a number"},
		{"environ", Table{Other("a table"): "x"}, "environ has an entry without a name: a table"},
		{"options", true, `options must be a table such as {ECHO="accept", MCCP2="refuse"}, not a boolean`},
		{"options", Table{"EHCO": "accept"}, `there is no telnet option "EHCO"`},
		{"options", Table{300.0: "accept"}, "a telnet option's number is from 0 to 255"},
		{"options", Table{true: "accept"}, "option must be a name or a number, not a boolean"},
		{"options", Table{"ECHO": "no"}, `options.ECHO must be "accept", "refuse" or "default", not "no"`},
		{"env", "x", `env must be a table such as {LANG="C"}, not a string`},
		{"env", Table{"A=B": "x"}, `env: a variable cannot be called "A=B"`},
		{"env", Table{"A": Table{}}, "env.A must be a string, not a table"},
	} {
		o, _ := OptionNamed(c.name)
		if m := o.Set(&Options{}, c.v); m == nil || m.Message != c.want {
			t.Errorf("%s = %v: %v, want %s", c.name, c.v, m, c.want)
		}
	}
}

// TestProgramsThatCannotStart say why, and what may help.
func TestProgramsThatCannotStart(t *testing.T) {
	for _, c := range []struct {
		cfg        pty.Config
		what, hint string
	}{
		{pty.Config{Args: []string{"no-such-program-here"}}, "no-such-program-here: executable file not found in $PATH", "PATH"},
		{pty.Config{Args: []string{"/etc/passwd"}}, "/etc/passwd: permission denied", ""},
		{pty.Config{Args: []string{"sh"}, Dir: "/no/such/directory"}, "there is no directory /no/such/directory", ""},
	} {
		a, err := Parse("spawn:x", "")
		if err != nil {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), a, Options{Program: c.cfg})
		e, ok := errors.AsType[*dial.Error](err)
		if !ok || l != nil || e.What != c.what || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%v: %v", c.cfg, err)
		}
	}
}

// TestOpen starts a demo host and a program.
func TestOpen(t *testing.T) {
	for _, address := range []string{"demo://", "spawn:echo hello"} {
		a, err := Parse(address, "")
		if err != nil {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), a, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Cut()
		buf := make([]byte, 10)
		if n, err := l.Read(buf); n == 0 || err != nil {
			t.Errorf("%s: read %d bytes, %v", address, n, err)
		}
	}
}
