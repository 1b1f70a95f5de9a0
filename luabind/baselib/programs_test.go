package baselib_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A programmer makes small random programs, which should end. They tell what they do by p.
type programmer struct {
	chooser
	jit    bool // for LuaJIT
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
	switch g.IntN(22) {
	case 13:
		return g.library(depth - 1)
	case 14:
		return "s(" + e() + "):" + g.of("len()", "upper()", "rep(2)", "sub(2)", "sub(-1)", "byte()", "find('x')", "match('%w+')", "gsub('1', '2')", "reverse()")
	case 15:
		return "m " + g.of("+", "-", "*", "/", "%", "^", "..", "==", "<", "<=") + " " + g.of("m", "n("+e()+")")
	case 16:
		return g.of("m.x", "m[1]", "m:get("+e()+")", "m("+e()+")", "-m", "#m", "m.y.z", "(m .. 'x')", "('x' .. m)", "not m")
	case 17:
		return "(" + e() + ")" + g.of("", "", ".k", "[1]", "()")
	case 18:
		return "select(" + g.of("1", "2", "-1", "'#'") + ", " + e() + ", ...)"
	case 19:
		if g.jit { // it has no arg
			return e()
		}
		return "arg and type(arg)"
	case 20:
		return "((" + e() + ") or (" + e() + ")) and (" + e() + ")"
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
		// Where a list has holes, any border may be its length: no item is nil.
		return "#{(" + e() + ") or 1, " + g.of("", "k = ") + "(" + e() + ") or 1" + g.of("", ", id(1, 2)", ", k = id(1, 2)") + "}"
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

// library is a call of the string, table or io library.
func (g *programmer) library(depth int) string {
	e := func() string { return g.expr(depth - 1) }
	raise := "pcall(error, " + e() + ")"
	if g.jit { // it counts another level where a function ends in return pcall(error, message, 2)
		raise = "pcall(error, (" + e() + "))"
	}
	return g.of(
		"string.format('%s|%5.1f|%q', s("+e()+"), n("+e()+"), s("+e()+"))",
		"string.format('%d %x %g', n(a), n("+e()+") % 100, n("+e()+"))",
		"table.concat({s("+e()+"), n("+e()+"), "+g.of("1", "'z'")+"}, s(b))",
		"table.remove({("+e()+") or 1, ("+e()+") or 2})",
		"table.remove({("+e()+") or 1, ("+e()+") or 2, 3}, 1)",
		"unpack({("+e()+") or 1, ("+e()+") or 2})",
		"unpack({"+e()+", k = 1, "+e()+", ...}, 2, 3)",
		"(function(l) table.insert(l, ("+e()+") or 3) table.insert(l, 1, 'i') return #l, l[1], l[2] end)({})",
		"(function(l) table.sort(l) return l[1], l[2], l[3] end)({n("+e()+"), 2, n("+e()+")})",
		"type("+e()+")", "tonumber("+e()+")", "tonumber((s("+e()+"):gsub('-', '')), 16)", "rawequal("+e()+", "+e()+")",
		"next({"+e()+"})", "rawget(t, "+g.of("'k'", "1", "'no'")+")", "math.floor(n("+e()+"))", "math.max(n("+e()+"), 1, n("+e()+"))",
		"file("+e()+", "+g.of("'*l'", "'*n'", "'*a'", "3", "0")+")", raise, "pcall(t.k, "+e()+")",
		"xpcall(function() return "+e()+" + 1 end, function(e) return type(e) end)",
		"string.find(s("+e()+"), s("+e()+"), 1, true)", "s("+e()+"):gsub('.', "+g.of("{x = 'q'}", "function(c) return c .. c end", "'%0%0'")+")",
	)
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
	switch g.IntN(23) {
	case 22:
		if !g.jumps {
			return "do " + g.block(d) + " end"
		}
		g.labels++ // a loop by goto
		n := g.labels
		loops := g.loops
		g.loops = 0
		body := g.block(d)
		g.loops = loops
		return fmt.Sprintf("do local w%[1]d = 0 ::l%[1]d:: %[2]s w%[1]d = w%[1]d + 1 %[3]s if w%[1]d < 3 then goto l%[1]d end end", n, g.statement(d), body)
	case 21:
		it := "({it = function(s, c) p(s, c) c = math.max(tonumber(c) or 0, 0) + 1 if c < 3 then return c, s end end}).it"
		return "for " + g.of("a", "a, b", "_, c, d", "k, v, w, x") + " in " +
			g.of(it, it+", "+g.expr(1), it+", "+g.expr(1)+", "+g.expr(1), "next, {"+g.expr(1)+", k = 2}",
				"(function(...) return "+it+", ... end)("+g.expr(1)+")", it+", (function(...) return ... end)("+g.expr(1)+")") +
			" do " + g.body(d) + " end"
	case 14:
		return "t[" + g.of("1", "'k'", "#t", "#t + 1") + "] = (" + g.expr(1) + ") or 4"
	case 15:
		return "for k, v in pairs({" + g.expr(1) + ", 2, k = " + g.expr(1) + "}) do " + g.of("", "if k == 'k' then t[k] = v end ", "p(k) ") + g.body(d) + " end"
	case 16:
		return "local function " + g.name() + "(...) " + g.blockOutside(d) + " return " + g.expr(1) + ", ... end"
	case 17:
		return "do local x = {10, 20, 30, k = 1, m = 2} local c = 0 for k, v in pairs(x) do c = c + 1 if " + g.of("v == 30", "true", "k == 'k'", "v == 10") +
			" then x[k] = nil end end p(c, next(x) == nil) end"
	case 18:
		return "p(coroutine.resume(coroutine.create(function(...) " + g.blockOutside(d) + " return pcall(function(...) return " + g.expr(1) + " end, ...) end), a, b))"
	case 19:
		return "p(pcall(coroutine.wrap(function(...) p(...) " + g.blockOutside(d) + " local x = " + g.expr(1) + " return x .. 1 end), c))"
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
		return "for " + g.name() + " = 1, " + g.of("2", "'3'", "math.min(n(a), 3)") + " do " + g.body(d) + " end"
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
		return "fs[#fs + 1] = function(...) p(a, b, c) " + g.name() + " = " + g.expr(1) + " " + body + g.of(" end", " return "+g.expr(1)+" end", " return a, ... end")
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
const programsHead = `local name = os.tmpname()
local function run(i, source)
	local out, told = {}, 0
	local env = setmetatable({}, {__index = _G})
	function env.p(...)
		told = told + 1
		if told > 300 then error("enough") end
		if scopes then -- those without a name differ, and LuaJIT has no arg
			local i, name, value = 1, debug.getlocal(2, 1)
			while name do
				if not name:find('^%(') and (words or name ~= 'arg') then out[#out + 1] = name .. '=' .. type(value) end
				i = i + 1
				name, value = debug.getlocal(2, i)
			end
			out[#out + 1] = ':'
		end
		for i = 1, select('#', ...) do
			local v = select(i, ...)
			local kind = type(v)
			if kind == 'table' and v.kind == 'internal' then v = tostring(v) kind = 'fault' end
			if kind == 'table' or kind == 'function' or kind == 'thread' then v = kind end
			if v == 0 then v = 0 end -- there are two, and LuaJIT prints them in two ways
			if kind == 'string' and v:find('enough') then v = 'enough' end -- a wrapped coroutine's has another place
			if kind == 'string' and (v:find('p:%d+:') or v:find('attempt to') or v:find('bad argument')) then v = words and v:gsub('0x%x+', ''):gsub('p:1: p:1: ', 'p:1: '):gsub(" %(with '.*'%)", ''):gsub("%a+ '[^']*' %((a %a+ value)%)", '%1') or 'an error' end
			if kind == 'string' then v = v:gsub('^%-0', '0') end
			out[#out + 1] = tostring(v)
		end
		out[#out + 1] = ';'
	end
	function env.n(v) return (tonumber(v) or 0) + 0 end
	env.arg = 'global'
	function env.id(...) return ... end
	function env.s(v)
		local kind = type(v)
		return (kind == 'string' or kind == 'number') and tostring(v == 0 and 0 or v):sub(1, 60) or kind -- loops double them
	end
	function env.file(v, how)
		local f = assert(io.open(name, 'w'))
		f:write(env.s(v), ' 12x\n', 'more')
		f:close()
		f = io.open(name)
		local first, second = f:read(how, '*l')
		f:close()
		return first, second
	end
	local function value(o) return type(o) == 'table' and 7 or o end
	env.m = setmetatable({}, {
		__index = function(_, k) told = told + 1 return k == 'get' and function(_, v) return v end or k end,
		__call = function(_, ...) return select('#', ...), ... end, __unm = function() return 'unm' end,
		__add = function(x, y) return value(x) + value(y) end, __sub = function(x, y) return value(x) - value(y) end,
		__mul = function(x, y) return value(x) * value(y) end, __div = function(x, y) return 'div' end,
		__mod = function() return 'mod', 2 end, __pow = function() return 'pow' end,
		__concat = function(x, y) return env.s(value(x)) .. env.s(value(y)) end,
		__eq = function() return true end, __lt = function(x, y) return value(x) < value(y) end,
		__le = function(x, y) return value(x) <= value(y) end,
	})
	local f, err = loadstring(source, '=p')
	if not f then print(i, 'syntax') return end
	setfenv(f, env)
	local ok, err = pcall(f, 5, 6)
	told = 0
	env.p(ok, err)
	-- Recursion through pcall goes as deep as each Lua lets it.
	print(i, #out > 300 and 'long' or (table.concat(out, ' '):gsub('\n', ' ')))
end
`

// A peer is another Lua that programs are compared with, and what is compared.
type peer struct {
	lua    string
	scopes bool // which locals are live where p is called
}

// batch is a program that runs programs.
func (with peer) batch(programs []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "local words = %v\n", with.lua == "lua5.1") // LuaJIT has other words for errors
	fmt.Fprintf(&b, "local scopes = %v\n", with.scopes)
	b.WriteString(programsHead)
	for i, p := range programs {
		fmt.Fprintf(&b, "run(%d, [==[%s]==])\n", i, p)
	}
	b.WriteString("os.remove(name)\n")
	return b.String()
}

// comparePrograms runs programs here and by another Lua.
func comparePrograms(t *testing.T, with peer, programs []string) {
	t.Helper()
	const batch = 500
	for from := 0; from < len(programs); from += batch {
		some := programs[from:min(from+batch, len(programs))]
		theirs, ours := runBoth(t, with.lua, with.batch(some))
		want, got := strings.Split(theirs, "\n"), strings.Split(ours, "\n")
		for i, p := range some {
			if at(got, i) != at(want, i) {
				t.Fatalf("%s\n got %.600s\nwant %.600s\nor in short\n%s", p, at(got, i), at(want, i), reduce(t, with, p))
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
// use goto: what they do, and of a fifth of them which locals are live where. MOONWIRE_SEED
// and MOONWIRE_PROGRAMS choose which and how many; the seed is told where a program fails.
func TestPrograms(t *testing.T) {
	few := uint64(100)
	if os.Getenv("MOONWIRE_REAL") == "1" {
		few = 3000
	}
	if underRace {
		few = 100 // there is one goroutine
	}
	seed, n := setting("MOONWIRE_SEED", rand.Uint64()), setting("MOONWIRE_PROGRAMS", few)
	for _, with := range []peer{{lua: "lua5.1"}, {lua: "luajit"}, {lua: "lua5.1", scopes: true}, {lua: "luajit", scopes: true}} {
		name, n := with.lua, n
		if with.scopes {
			name, n = name+", scopes", n/5
		}
		t.Run(name, func(t *testing.T) {
			t.Logf("MOONWIRE_SEED=%d", seed)
			g := &programmer{chooser: random(seed), jit: with.lua == "luajit", jumps: with.lua == "luajit"}
			var programs []string
			for range n {
				g.labels = 0
				programs = append(programs, g.program())
			}
			comparePrograms(t, with, programs)
		})
	}
}

// TestLoopShapes runs every kind of loop with every kind of first statement and
// condition.
func TestLoopShapes(t *testing.T) {
	conditions := []string{
		"false", "nil", "true", "1", "'s'", "not false", "not nil", "not 1", "false or x", "nil and x", "x and false",
		"true and x", "1 and x", "x or nil", "false or false", "not (false or x)", "x == 1", "false == x", "1 == (false and x)",
		"x == (false or nil)", "x ~= (2 and nil)", "x == (x == (nil or false))", "t[false or 1]", "t[2 and 1] == x",
	}
	var firsts []string
	for _, c := range conditions {
		firsts = append(firsts, "if "+c+" then p(1) end", "if "+c+" then break end", "local d = "+c, "x = "+c,
			"while "+c+" do p(2) break end", "repeat local e = "+c+" until true", "do if "+c+" then p(3) end end", "p("+c+")", "t["+c+" or 1] = 2", "x = x == ("+c+")", "x = t[("+c+") and 1]", "n = n + (t[("+c+") and 1] or 0)", "local m = n * 1 m = t[1 + n] == ("+c+")", "t[1] = x == ("+c+")", "x, t[2] = x, t[("+c+") and 1]")
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
	comparePrograms(t, peer{lua: "lua5.1"}, programs)
	programs = nil
	for _, first := range firsts { // a goto back to each of them
		if !strings.Contains(first, "break") || strings.HasPrefix(first, "while") {
			programs = append(programs, "local x, n, t = nil, 0, {} ::top:: do "+first+" end n = n + 1 p(n) if n < 3 then goto top end p(x, n)",
				"local x, n, t = nil, 0, {} while n < 9 do ::top:: do "+first+" end n = n + 1 p(n) if n % 3 > 0 then goto top end end p(x, n)")
		}
	}
	comparePrograms(t, peer{lua: "luajit"}, programs)
}
