package luabind_test

import (
	"errors"
	"testing"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// TestHooksThatFail: what a hook raises comes out of the wait as it was, and what a
// hook must not do is told as what it is.
func TestHooksThatFail(t *testing.T) {
	for name, script := range map[string]string{
		"a table": `
			local s = connect("demo://", { on_option = function() error({ kind = "mine", code = 5 }) end })
			local ok, e = pcall(s.read_until, s, "login: ", 5)
			assert(not ok and e.code == 5 and e.kind == "mine", tostring(e))`,
		"a string": `
			local s = connect("demo://", { on_option = function() error("broken", 0) end })
			local ok, e = pcall(s.read_until, s, "login: ", 5)
			assert(not ok and e == "broken", tostring(e))`,
		"a wait": `
			local s = connect("demo://", { on_option = function(s) s:read_line() end })
			local ok, e = pcall(s.read_until, s, "login: ", 5)
			assert(not ok and e.kind == "usage" and e.message:find("hook can not wait", 1, true), tostring(e))`,
		"close": `
			local s = connect("demo://", { on_option = function(s) s:close() end })
			local ok, e = pcall(s.read_until, s, "login: ", 5)
			assert(not ok and e.kind == "closed", tostring(e))`,
		"a session that is closed": `
			local s = connect("demo://", { on_option = function() error("stale") end })
			pcall(s.read_until, s, "login: ", 5)
			s:close()
			s = connect("demo://")
			s:read_until("login: ", 5)`,
	} {
		in := luabind.New(luabind.Config{})
		if err := in.Run(t.Context(), []byte(script), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestExitCanNotBeCaught in an action, a hook or a coroutine.
func TestExitCanNotBeCaught(t *testing.T) {
	for _, script := range []string{
		`connect("demo://"):expect{ { "login: ", function() pcall(os.exit, 7) end }, timeout = 5 }`,
		`local s = connect("demo://", { on_option = function() pcall(os.exit, 7) end }) pcall(s.read_until, s, "login: ", 5)`,
		`coroutine.wrap(function() connect("demo://"):expect{ { "login: ", function() os.exit(7) end } } end)()`,
	} {
		in := luabind.New(luabind.Config{})
		err := in.Run(t.Context(), []byte(script), "exit")
		if exit, ok := errors.AsType[*baselib.Exit](err); !ok || exit.Code != 7 {
			t.Errorf("%s: %v", script, err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTimeoutOfNothing: connect's timeout=0 means what it says.
func TestTimeoutOfNothing(t *testing.T) {
	in := luabind.New(luabind.Config{})
	defer func() { _ = in.Close() }()
	if err := in.Run(t.Context(), []byte(`assert(connect("demo://", { timeout = 0 }).timeout == 0)`), "timeout"); err != nil {
		t.Error(err)
	}
}
