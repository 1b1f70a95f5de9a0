package baselib_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// A programmer makes small random programs, which should end. They tell what they do by p.
type programmer struct {
	chooser
	jumps  bool // may use goto
	labels int
	loops  int
}

func (g *programmer) name() string { return g.of("a", "b", "c", "d") }

func (g *programmer) expr(depth int) string {
	if depth <= 0 {
		return g.of("a", "b", "c", "d", "1", "2", "nil", "true", "false", "'x'", "t.k", "t[1]", "#t", "...")
	}
	e := func() string { return g.expr(depth - 1) }
	switch g.IntN(14) {
	case 0:
		return e() + " and " + e()
	case 1:
		return e() + " or " + e()
	case 2:
		return "not (" + e() + ")"
	case 3:
		return "(" + e() + ") " + g.of("==", "~=") + " (" + e() + ")"
	case 4:
		return "n(" + e() + ") " + g.of("+", "-", "*", "<", "<=", ">") + " n(" + e() + ")"
	case 5:
		return "id(" + e() + ", " + e() + ")"
	case 6:
		return "(id(" + e() + "))"
	case 7:
		return "#{" + e() + ", " + g.of("", "k = ") + e() + "}"
	case 8:
		return "({" + e() + ", k = " + e() + ", " + e() + "})[1]"
	case 9:
		return "(function(...) " + g.block(depth-2) + " return " + e() + " end)(" + e() + ")"
	case 10:
		return "select('#', " + e() + ", " + e() + ")"
	case 11:
		return "tostring(n(" + e() + ")) .. 'y' .. n(" + e() + ")"
	case 12:
		return "pcall(id, " + e() + ")"
	}
	return e()
}

func (g *programmer) block(depth int) string {
	if depth < 0 {
		return ""
	}
	var b strings.Builder
	for range g.IntN(4) {
		b.WriteString(g.statement(depth) + " ")
	}
	if g.loops > 0 && g.IntN(6) == 0 {
		b.WriteString("do break end ")
	}
	return b.String()
}

// body is a block in a loop.
func (g *programmer) body(depth int) string {
	g.loops++
	defer func() { g.loops-- }()
	if !g.jumps || g.IntN(2) == 0 {
		return g.block(depth)
	}
	g.labels++
	n := g.labels
	return fmt.Sprintf("%s if %s then goto l%d end %s ::l%d::", g.block(depth), g.expr(1), n, g.block(depth), n)
}

func (g *programmer) statement(depth int) string {
	d := depth - 1
	if depth <= 0 {
		return g.of("p(a, b)", "p(c, d)", g.name()+" = "+g.expr(1), "local "+g.name()+" = "+g.expr(1))
	}
	switch g.IntN(15) {
	case 0:
		return "local " + g.name() + " = " + g.expr(2)
	case 1:
		return "local " + g.name() + ", " + g.name() + " = " + g.expr(1) + ", " + g.expr(2)
	case 2:
		return g.name() + " = " + g.expr(2)
	case 3:
		return g.name() + ", " + g.name() + " = " + g.expr(1) + ", " + g.expr(1)
	case 4:
		return "t." + g.of("k", "m") + " = " + g.expr(1)
	case 5:
		return "if " + g.expr(2) + " then " + g.block(d) + " else " + g.block(d) + " end"
	case 6:
		return "for " + g.name() + " = 1, " + g.of("2", "'3'", "n(a)") + " do " + g.body(d) + " end"
	case 7:
		return "for _, " + g.name() + " in ipairs{" + g.expr(1) + ", 1, 2} do " + g.body(d) + " end"
	case 8:
		g.labels++
		n := g.labels
		return fmt.Sprintf("local w%[1]d = 0 while (%[2]s) and w%[1]d < 3 do w%[1]d = w%[1]d + 1 %[3]s end",
			n, g.of("true", "true", "'s'", g.expr(1)), g.body(d))
	case 9:
		g.labels++
		n := g.labels
		jumps := g.jumps
		g.jumps = false // until may not see locals that a goto jumps over
		body := g.body(d)
		g.jumps = jumps
		return fmt.Sprintf("local w%[1]d = 0 repeat local v = %[2]s w%[1]d = w%[1]d + 1 %[3]s until w%[1]d > 2 or %[4]s", n, g.expr(1), body, g.expr(1))
	case 10:
		loops := g.loops
		g.loops = 0
		body := g.block(d)
		g.loops = loops
		return "fs[#fs + 1] = function(...) p(a, b, c) " + g.name() + " = " + g.expr(1) + " " + body + " end"
	case 11:
		return "do " + g.block(d) + " end"
	case 12:
		return "p(" + g.expr(2) + ")"
	case 13:
		return "local co = coroutine.wrap(function(...) local x, y = coroutine.yield(" + g.expr(1) + ") p(x, y) return " + g.expr(1) + " end) p(co(a)) p(co(" + g.of("", "b", "b, c") + "))"
	}
	return "p(pcall(function(...) " + strings.ReplaceAll(g.blockOutside(d), "do break end", "") + " return " + g.expr(1) + " end, a))"
}

func (g *programmer) blockOutside(depth int) string {
	loops := g.loops
	g.loops = 0
	defer func() { g.loops = loops }()
	return g.block(depth)
}

func (g *programmer) program() string {
	return "local a, b, c, d = 1, 'x' local t, fs = {7, k = 3}, {} " + g.block(4) + " " + g.block(3) +
		" p(a, b, c, d, t.k, t.m) for i = 1, math.min(#fs, 4) do p(pcall(fs[i], i)) end p(a, b, c, d)"
}

// programsHead runs each program for itself and prints one line of what it told.
const programsHead = `local function run(i, source)
	local out, told = {}, 0
	local env = setmetatable({}, {__index = _G})
	function env.p(...)
		told = told + 1
		if told > 300 then error("enough") end
		for i = 1, select('#', ...) do
			local v = select(i, ...)
			local kind = type(v)
			if kind == 'table' or kind == 'function' or kind == 'thread' then v = kind end
			if kind == 'string' and v:find(':%d+:') then v = 'an error' end
			out[#out + 1] = tostring(v)
		end
		out[#out + 1] = ';'
	end
	function env.n(v) return tonumber(v) or 0 end
	function env.id(...) return ... end
	local f, err = loadstring(source, '=p')
	if not f then print(i, 'syntax') return end
	setfenv(f, env)
	local ok = pcall(f, 5, 6)
	print(i, ok, (table.concat(out, ' '):gsub('\n', ' ')))
end
`

// comparePrograms runs programs here and by another Lua.
func comparePrograms(t *testing.T, lua string, programs []string) {
	t.Helper()
	path, err := exec.LookPath(lua)
	if err != nil {
		if os.Getenv("MOONWIRE_REAL") == "1" {
			t.Fatalf("%s is not installed", lua)
		}
		t.Skipf("%s is not installed", lua)
	}
	const batch = 500
	for from := 0; from < len(programs); from += batch {
		some := programs[from:min(from+batch, len(programs))]
		var b strings.Builder
		b.WriteString(programsHead)
		for i, p := range some {
			fmt.Fprintf(&b, "run(%d, [==[%s]==])\n", i, p)
		}
		cmd := exec.CommandContext(t.Context(), path, "-")
		cmd.Stdin = strings.NewReader(b.String())
		theirs, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", lua, err)
		}
		var ours bytes.Buffer
		L := baselib.New(baselib.Config{Stdout: &ours})
		fn, err := baselib.Load(L, []byte(b.String()), "programs")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := baselib.Call(t.Context(), L, fn); err != nil {
			t.Fatal(err)
		}
		if err := baselib.Close(L); err != nil {
			t.Fatal(err)
		}
		want, got := strings.Split(string(theirs), "\n"), strings.Split(ours.String(), "\n")
		for i, p := range some {
			if at(got, i) != at(want, i) {
				t.Fatalf("%s\n got %.600s\nwant %.600s", p, at(got, i), at(want, i))
			}
		}
	}
}

func setting(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// TestPrograms compares random programs with Lua 5.1, and with LuaJIT where they
// use goto. MOONWIRE_SEED and MOONWIRE_PROGRAMS choose which and how many.
func TestPrograms(t *testing.T) {
	seed, n := setting("MOONWIRE_SEED", rand.Uint64()), setting("MOONWIRE_PROGRAMS", 0)
	if n == 0 {
		t.Skip("MOONWIRE_PROGRAMS is not set")
	}
	for _, lua := range []string{"lua5.1", "luajit"} {
		t.Run(lua, func(t *testing.T) {
			t.Logf("MOONWIRE_SEED=%d", seed)
			g := &programmer{chooser: random(seed), jumps: lua == "luajit"}
			var programs []string
			for range n {
				g.labels = 0
				programs = append(programs, g.program())
			}
			comparePrograms(t, lua, programs)
		})
	}
}

// TestLoopShapes runs every kind of loop with every kind of first statement and
// condition.
func TestLoopShapes(t *testing.T) {
	conditions := []string{
		"false", "nil", "true", "1", "'s'", "not false", "not nil", "not 1", "false or x", "nil and x", "x and false",
		"true and x", "1 and x", "x or nil", "false or false", "not (false or x)", "x == 1", "false == x", "1 == (false and x)",
	}
	var firsts []string
	for _, c := range conditions {
		firsts = append(firsts, "if "+c+" then p(1) end", "if "+c+" then break end", "local d = "+c, "x = "+c,
			"while "+c+" do p(2) break end", "repeat local e = "+c+" until true", "do if "+c+" then p(3) end end", "p("+c+")", "t["+c+" or 1] = 2")
	}
	firsts = append(firsts, "", "do break end", "do end", "do do break end end", "for j = 1, 0 do end", "while true do break end")
	var programs []string
	for _, x := range []string{"nil", "1"} {
		head := "local x, n, t = " + x + ", 0, {} "
		for _, first := range firsts {
			for _, loop := range []string{
				"for i = 1, 2 do %s p(i) end", "for k, v in ipairs{7, 8} do %s p(k, v) end",
				"while n < 2 do %s n = n + 1 p(n) if n > 5 then break end end",
				"repeat %s n = n + 1 p(n) until n > 2", "for k in pairs{1} do %s end",
			} {
				programs = append(programs, head+fmt.Sprintf(loop, first)+" p(x, n)")
			}
		}
		for _, c := range conditions {
			programs = append(programs, head+"while ("+c+") and n < 3 do n = n + 1 p(n) end p(n)",
				head+"while "+c+" do n = n + 1 if n > 3 then break end end p(n)",
				head+"repeat n = n + 1 if n > 3 then break end until "+c+" p(n)",
				head+"for i = 1, 2 do while "+c+" do n = n + 1 if n > 3 then break end end end p(n)")
		}
	}
	t.Logf("%d shapes", len(programs))
	comparePrograms(t, "lua5.1", programs)
}
