package record_test

import (
	"testing"

	"github.com/moonwire/moonwire/engine/record"
)

// TestFinished: the keys of a line that goes on are left out, and what came after them.
func TestFinished(t *testing.T) {
	const header = `{"version": 2, "width": 80, "height": 24}` + "\n" + `[0.1, "o", "login: "]` + "\n"
	const name = `[0.2, "i", "b"]` + "\n" + `[0.2, "o", "b"]` + "\n" + `[0.3, "i", "\r\u0000"]` + "\n" + `[0.3, "o", "\r\nPassword: "]` + "\n"
	for _, test := range []struct{ name, recording, want string }{
		{"nothing typed", header, header},
		{"nothing at all", "", ""},
		{"a line", header + name, header + name},
		{"a key", header + `[0.2, "i", "b"]` + "\n" + `[0.2, "o", "b"]` + "\n", header},
		{"half a password", header + name + `[0.4, "i", "my"]` + "\n" + `[0.5, "o", "*"]` + "\n" + `[0.5, "i", "pa"]` + "\n", header + name},
		{"more than a line at once", header + name + `[0.4, "i", "my\rpa"]` + "\n", header + name},
		{"line feeds", header + `[0.2, "i", "b\n"]` + "\n", header + `[0.2, "i", "b\n"]` + "\n"},
		{"bytes", header + `[0.2, ">", "\u0080"]` + "\n", header},
		{"a byte that telnet doubles", header + `[0.2, ">", "\u00ff\u00ff"]` + "\n", header},
		{"negotiation", header + `[0.2, ">", "\u00ff\u00fd\u0001"]` + "\n", header + `[0.2, ">", "\u00ff\u00fd\u0001"]` + "\n"},
	} {
		if got := string(record.Finished([]byte(test.recording))); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
