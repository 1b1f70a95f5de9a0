package luabind

import (
	"fmt"
	"net"
	"testing"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
)

// TestNamesOfMany: names stay unique, and one that is free is taken again.
func TestNamesOfMany(t *testing.T) {
	in := New(Config{})
	defer in.Close()
	open := func() *handle {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { _ = theirs.Close() })
		s, err := session.New(line.NewBytes(ours), session.Config{Address: "a", Name: in.uniqueName("a")})
		if err != nil {
			t.Fatal(err)
		}
		h := &handle{session: s}
		in.handles.add(h)
		in.names[s.Name()]++
		return h
	}
	var all []*handle
	for i := range 5000 {
		h := open()
		if want := fmt.Sprintf("a#%d", i+1); i > 0 && h.session.Name() != want {
			t.Fatalf("the name is %s, not %s", h.session.Name(), want)
		}
		all = append(all, h)
	}
	in.forget(all[41])
	if name := open().session.Name(); name != "a#42" {
		t.Errorf("the name is %s, though a#42 is free", name)
	}
	if name := open().session.Name(); name != "a#5001" {
		t.Errorf("the name is %s", name)
	}
}

// TestRefusedSubnegotiation: "refuse" is a decision, not the bytes of an answer.
func TestRefusedSubnegotiation(t *testing.T) {
	in := New(Config{})
	defer in.Close()
	if err := in.Run(t.Context(), []byte(`
		local s = connect("demo://", { on_option = function(s, command) if command == "SB" then return "refuse" end end })
		assert(s.tls == nil)
		s:read_until("login: ", 5) s:writeln("brandon") s:read_until("assword: ", 5) s:writeln("mypass")
		s:read_until("$ ", 5) s:writeln("env") 
		local text = s:read_until("$ ", 5)
		assert(not text:find("refuse"), text)`), "test"); err != nil {
		t.Fatal(err)
	}
}
