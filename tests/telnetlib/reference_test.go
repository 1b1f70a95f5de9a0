package telnetlib

import (
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/stdlib/reference"
)

// TestReferenceMethods holds the stubs of the module's objects to their methods.
func TestReferenceMethods(t *testing.T) {
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	for class, object := range map[string]string{"Telnet": "t", "TelnetSocket": "t.sock"} {
		printed, err := run(t, `
			local t = Telnet()
			for name in pairs(getmetatable(`+object+`)) do
				if not name:find("^__") then print(name) end
			end`, false)
		if err != nil {
			t.Fatal(err)
		}
		have := strings.Fields(printed)
		var told []string
		for _, e := range r.Members(class) {
			if e.Kind == reference.Method {
				told = append(told, e.Short)
			}
		}
		slices.Sort(have)
		slices.Sort(told)
		if !slices.Equal(have, told) {
			t.Errorf("%s has      %v\nthe stubs have %v", class, have, told)
		}
	}
}
