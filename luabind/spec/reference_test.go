package spec

import (
	"slices"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// TestReference holds what is described of files of tests to what there is.
func TestReference(t *testing.T) {
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	in := luabind.New(luabind.Config{})
	defer in.Close()
	before := names(in.L.G.Global)
	Open(in, "x_test.lua", func(error) int { return 1 })
	globals := slices.DeleteFunc(names(in.L.G.Global), func(n string) bool { return slices.Contains(before, n) })
	assert, ok := in.L.GetGlobal("assert").(*lua.LTable)
	if !ok {
		t.Fatal("assert is no table")
	}
	for _, c := range []struct {
		owner      string
		registered []string
	}{
		{"", globals},
		{"assert", names(assert)},
		{"replay", slices.Sorted(slices.Values(replayKeys[:]))},
	} {
		var described []string
		for _, e := range r.Entries() {
			if e.Owner == c.owner && (c.owner != "" || e.Test && e.Kind == reference.Function) {
				described = append(described, e.Short)
			}
		}
		slices.Sort(described)
		if !slices.Equal(described, c.registered) {
			t.Errorf("of %q there is %q, and described %q", c.owner, c.registered, described)
		}
	}
}

// names returns the names in a table, sorted.
func names(t *lua.LTable) []string {
	var names []string
	t.ForEach(func(k, _ lua.LValue) { names = append(names, k.String()) })
	slices.Sort(names)
	return names
}
