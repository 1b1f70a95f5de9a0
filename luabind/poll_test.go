package luabind_test

import (
	"fmt"
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// BenchmarkPoll is a script that looks again and again for what does not come, and
// catches each failure without reading it.
func BenchmarkPoll(b *testing.B) {
	in := luabind.New(luabind.Config{})
	defer func() {
		if err := in.Close(); err != nil {
			b.Error(err)
		}
	}()
	script := fmt.Sprintf(`
		local s = connect("demo://")
		s:read_until("login: ", 5)
		for _ = 1, %d do pcall(s.read_until, s, "never", 0) end`, b.N)
	b.ReportAllocs()
	if err := in.Run(b.Context(), []byte(script), "poll.lua"); err != nil {
		b.Fatal(err)
	}
}
