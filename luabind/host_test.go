package luabind

import (
	"bytes"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestHost: a script sees its host, and connect takes it.
func TestHost(t *testing.T) {
	var out bytes.Buffer
	in := New(Config{Stdout: &out})
	defer in.Close()
	in.SetHost(&fleet.Host{
		Name: "r1", Address: "demo://", Groups: []string{"a", "b"},
		Vars:    map[string]any{"site": "ams", "n": 1.5, "list": []any{"x", map[string]any{"k": true}}, "connect": map[string]any{"timeout": 7.0, "name": "other"}},
		Secrets: map[string]string{"password": "hunter2"},
	})
	script, err := CompileScript([]byte(`
local s, again = connect(host), connect(host, { name = "mine", timeout = 9 })
local third = connect(host)
print(s.name, s.timeout, again.name, again.timeout, third.name, host.groups[2], host.n, host.list[2].k, tostring(host.password))
s:read_until("login: ")
return { s.address, host.site, "the word hunter2", 15 }`), "test")
	if err != nil {
		t.Fatal(err)
	}
	if in.Touched() {
		t.Error("it was touched before it ran")
	}
	value, err := in.ValueOf(t.Context(), script)
	if err != nil || string(value) != `["demo://","ams","the word <secret host.password>",15]` {
		t.Errorf("%s, %v", value, err)
	}
	if err := in.Flush(); err != nil || out.String() != "other\t7\tmine\t9\tother#2\tb\t1.5\ttrue\t<secret host.password>\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestLargeValue: the size of a value is bounded.
func TestLargeValue(t *testing.T) {
	in := New(Config{})
	defer in.Close()
	list := in.L.NewTable()
	for range 9 {
		list.Append(lua.LString(strings.Repeat("x", 1<<18)))
	}
	if _, err := in.toJSON(list, "it", 1<<20); err == nil || err.Error() != "it[5] is larger than 1 MB as JSON" {
		t.Error(err)
	}
}
