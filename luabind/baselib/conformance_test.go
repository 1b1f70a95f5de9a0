package baselib_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// gopherLuaDir is where the module's own Lua tests are.
func gopherLuaDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/gopher-lua").Output()
	if err != nil {
		t.Skipf("the go command does not tell where gopher-lua is: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// The programs that gopher-lua's own tests run; the rest of Lua 5.1's is
// beyond it.
var (
	ownPrograms   = strings.Fields("base coroutine db issues os table vm math strings goto")
	lua51Programs = strings.Fields("attrib calls closure constructs events literals locals math sort strings vararg pm files")
)

// TestGopherLuaSuite runs the Lua programs that gopher-lua is tested with, its
// own and Lua 5.1's: whatever passes there must pass here.
//
// It has one goroutine and takes a minute under the race detector, which then sees
// nothing that the other tests do not show it.
func TestGopherLuaSuite(t *testing.T) {
	if underRace {
		t.Skip("runs without the race detector")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(gopherLuaDir(t))); err != nil {
		t.Fatal(err)
	}
	var passed []string
	suite := func(folder string, programs []string) {
		for _, program := range programs {
			t.Run(folder+"/"+program, func(t *testing.T) {
				t.Chdir(filepath.Join(dir, folder))
				file := program + ".lua"
				unset(t, "_____GLUATEST______")
				plain := runPlain(file)
				unset(t, "_____GLUATEST______")
				adapt(t, program)
				mended := runMended(t, file)
				switch {
				case plain == nil && mended != nil:
					t.Errorf("passes on gopher-lua, fails here: %v", mended)
				case mended == nil:
					passed = append(passed, program)
				default:
					t.Logf("fails on both: %v; %v", plain, mended)
				}
			})
		}
	}
	suite("_glua-tests", ownPrograms)
	suite("_lua5.1-tests", lua51Programs)
	t.Logf("%d of %d pass: %s", len(passed), len(ownPrograms)+len(lua51Programs), strings.Join(passed, " "))
}

// The expectations of gopher-lua's programs that are its own words, or its own
// results, and the ones of Lua 5.1 that are asked for instead.
var otherWords = map[string][]string{
	"math": {`string.find(msg, "wrong number of arguments")`, `string.find(msg, "number expected, got no value")`},
	"strings": {
		"GopherLua does not support the string.dump", "unable to dump given function",
		"hello hello %c world world %c", "hello hello c world world c",
	},
	"vm": {
		"__unm undefined", "attempt to perform arithmetic on ",
		"for statement init must be a number", "'for' initial value must be a number",
		"for statement limit must be a number", "'for' limit must be a number",
		"for statement step must be a number", "'for' step must be a number",
		"cannot perform add operation between table and function", "attempt to perform arithmetic on a table value",
		"cannot perform concat operation between table and function", "attempt to concatenate a table value",
	},
	"coroutine": {
		"can not resume a running thread", "cannot resume running coroutine",
		"can not resume a dead thread", "cannot resume dead coroutine",
	},
	"issues": {
		"assert(result == ", "local _ = (result == ", // the layout of tracebacks
		"attempt to call a non-function object", "attempt to call field 'notfound' (a nil value)",
		"bad argument #1 to pcall", "bad argument #1 to 'pcall'",
		"assert(ecode == 1)", "assert(ecode > 1)", // the system's number, EISDIR
	},
}

func adapt(t *testing.T, program string) {
	file := program + ".lua"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(otherWords[program]...).Replace(string(source))
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// unset takes a variable from the environment until the test ends.
func unset(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // brings back what it was
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

func runMended(t *testing.T, file string) error {
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	L := baselib.New(baselib.Config{LookupEnv: os.LookupEnv})
	defer baselib.Close(L)
	fn, err := baselib.Load(L, source, file)
	if err == nil {
		_, err = baselib.Call(context.Background(), L, fn)
	}
	return err
}

// runPlain runs a program on gopher-lua as it is.
func runPlain(file string) error {
	L := lua.NewState(lua.Options{RegistrySize: 1024 * 20, CallStackSize: 1024})
	defer L.Close()
	L.SetGlobal("print", L.NewFunction(func(*lua.LState) int { return 0 }))
	return L.DoFile(file)
}
