package kinds

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/pty"
)

// TestTable holds the table to the schemes that addresses have, and its forms to what is
// an address.
func TestTable(t *testing.T) {
	var have []dial.Scheme
	for _, k := range Kinds() {
		have = append(have, k.Scheme)
		form := strings.NewReplacer("[:23]", "", "[:992]", "", ":port", ":99").Replace(k.Form)
		if a, err := dial.Parse(form, ""); err != nil || a.Scheme != k.Scheme {
			t.Errorf("%s: %v, %v", k.Form, a, err)
		}
	}
	if !slices.Equal(have, dial.Schemes()) {
		t.Errorf("the table has %v, addresses %v", have, dial.Schemes())
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
		l, err := Open(t.Context(), dial.Address{Scheme: dial.Spawn, Path: "x"}, Options{Program: c.cfg})
		e, ok := errors.AsType[*dial.Error](err)
		if !ok || l != nil || e.What != c.what || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%v: %v", c.cfg, err)
		}
	}
}

// TestOpen starts a demo host and a program.
func TestOpen(t *testing.T) {
	for _, address := range []string{"demo://", "spawn:echo hello"} {
		a, err := dial.Parse(address, "")
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
