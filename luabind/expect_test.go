package luabind_test

import (
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// TestNoSuchGroup: a match has nil where it has no group, whatever the number.
func TestNoSuchGroup(t *testing.T) {
	in := luabind.New(luabind.Config{})
	defer func() { _ = in.Close() }()
	script := `
		local _, m = connect("demo://"):expect({ "(lo)gin(x)?" }, 5)
		assert(m[1] == "lo" and m[2] == false)
		for _, i in ipairs{ 3, -1, 0.5, 1.5, 1e300, -1e300, math.huge, 0 / 0, 2 ^ 62, -2 ^ 63 } do
			assert(m[i] == nil, i)
		end`
	if err := in.Run(t.Context(), []byte(script), "groups"); err != nil {
		t.Error(err)
	}
}
