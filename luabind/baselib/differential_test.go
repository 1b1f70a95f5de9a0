package baselib_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// compareWithLua runs expressions, one a line, on Lua 5.1 and here, and
// compares what they print; protect turns errors into results.
func compareWithLua(t *testing.T, expressions []string) {
	t.Helper()
	var program strings.Builder
	program.WriteString("local function show(...) for i = 1, select('#', ...) do local v = select(i, ...) io.write(type(v) == 'string' and ('%q'):format(v):gsub('\\n', 'n') or tostring(v), ' ') end io.write('\\n') end\n")
	for _, e := range expressions {
		fmt.Fprintf(&program, "do %s end\n", "show("+e+")")
	}
	theirs, ours := runBoth(t, "lua5.1", program.String())
	want := strings.Split(strings.ReplaceAll(theirs, "-nan", "nan"), "\n")
	got := strings.Split(ours, "\n")
	faults := 0
	for i, e := range expressions {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("%s\n got %.200s\nwant %.200s", e, at(got, i), at(want, i))
			if faults++; faults > 20 {
				t.Fatal("and more")
			}
		}
	}
}

// runBoth runs a program by another Lua and here, and returns what they print.
func runBoth(t *testing.T, program, source string) (theirs, ours string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("MOONWIRE_REAL") == "1" {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
	args := []string{"-"}
	if program == "luajit" {
		args = []string{"-joff", "-"} // its compiler loses values of ... in loops
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = strings.NewReader(source)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out), runHere(t, source)
}

// runHere runs a program and returns what it prints.
func runHere(t *testing.T, source string) string {
	t.Helper()
	var out bytes.Buffer
	L := baselib.New(baselib.Config{Stdout: &out})
	fn, err := baselib.Load(L, []byte(source), "stdin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := baselib.Call(t.Context(), L, fn); err != nil {
		t.Fatal(err)
	}
	if err := baselib.Close(L); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// quote writes a string as Lua 5.1 reads it.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, "\\%03d", s[i])
	}
	b.WriteByte('"')
	return b.String()
}

// A chooser makes random pieces of Lua.
type chooser struct{ *rand.Rand }

func (c chooser) of(options ...string) string { return options[c.IntN(len(options))] }

func (c chooser) repeat(most int, piece func() string) string {
	var b strings.Builder
	for range c.IntN(most + 1) {
		b.WriteString(piece())
	}
	return b.String()
}

func (c chooser) subject() string {
	return c.repeat(8, func() string {
		return c.of("a", "b", "aa", "ab", " ", "1", "23", "(", ")", "%", "x=y", "\n", "-", "[x]", "_", "é", "login: ", "$ ")
	})
}

func (c chooser) pattern() string {
	item := func() string {
		class := c.of("a", "b", ".", "%a", "%d", "%s", "%w", "%p", "%S", "[ab]", "[^a]", "[%w_]", "[a-z]", "[]]", "[^]x]",
			"[a-]", "%%", "%(", " ", "1", "%x", "[%a%d]", "%-", "%.", "x")
		return class + c.of("", "", "", "*", "+", "-", "?")
	}
	return c.of("", "", "^") + c.repeat(5, func() string {
		switch c.IntN(12) {
		case 0:
			return "(" + item() + item() + ")"
		case 1:
			return "()"
		case 2:
			return "%b()"
		case 3:
			return "(" + item() + ")"
		case 4:
			return c.of("%1", "(", ")", "[", "%", "$", "%2")
		default:
			return item()
		}
	}) + c.of("", "", "$")
}

func random(seed uint64) chooser { return chooser{rand.New(rand.NewPCG(seed, 1))} }

func TestPatternsAgainstLua(t *testing.T) {
	c := random(1)
	var cases []string
	for range 6000 {
		s, p := quote(c.subject()), quote(c.pattern())
		switch c.IntN(5) {
		case 0:
			cases = append(cases, fmt.Sprintf("pcall(string.find, %s, %s, %d)", s, p, c.IntN(12)-4))
		case 1:
			cases = append(cases, fmt.Sprintf("pcall(string.match, %s, %s, %d)", s, p, c.IntN(12)-4))
		case 2:
			cases = append(cases, fmt.Sprintf("pcall(string.gsub, %s, %s, %s)", s, p, quote(c.of("", "x", "<%0>", "%1", "%%", "[%2]", "%"))))
		case 3:
			cases = append(cases, fmt.Sprintf("pcall(string.gsub, %s, %s, %s, %d)", s, p,
				c.of("{a='1', [' ']=false, ab=2}", "function(...) return (...) .. '!' end", "function() end", "string.upper", "7"), c.IntN(4)))
		case 4:
			cases = append(cases, fmt.Sprintf("pcall(function() local t = {} for a, b in string.gmatch(%s, %s) do t[#t + 1] = tostring(a) .. '/' .. tostring(b) end return table.concat(t, ';') end)", s, p))
		}
	}
	compareWithLua(t, cases)
}

func TestFormatAgainstLua(t *testing.T) {
	c := random(2)
	numbers := []string{"0", "1", "-1", "3.7", "-3.7", "1e15", "1e100", "1/3", "123456789", "2^31", "-2^31", "2^53", "0.1", "1e-5", "1/0", "-1/0", "-0.0", "99999.5", "255", "'10'", "'0x10'", "1e-320"}
	var cases []string
	for range 6000 {
		verb := c.of("d", "i", "u", "o", "x", "X", "e", "E", "f", "g", "G", "c", "s", "q")
		width := c.of("", "", "5", "10", "2", "123")
		precision := c.of("", "", ".0", ".1", ".5", ".10", ".", ".123")
		flags := c.repeat(2, func() string { return c.of("-", "+", " ", "#", "0") })
		arg := numbers[c.IntN(len(numbers))]
		if strings.ContainsAny(verb, "ouxX") && (strings.Contains(arg, "-") || arg == "1/0" || arg == "1e100") {
			arg = "77" // beyond C's unsigned long the result is C's secret
		}
		if verb == "c" {
			arg, flags, precision = "65", strings.Trim(flags, "+ #0"), ""
		}
		if strings.ContainsAny(verb, "di") && (arg == "1/0" || arg == "1e100" || arg == "-1/0") {
			arg = "-12"
		}
		if verb == "s" || verb == "q" {
			flags = strings.Trim(flags, "+ #0")
			arg = c.of(quote(c.subject()), "12", "0.1")
		}
		if verb == "q" {
			flags, width, precision = "", "", ""
		}
		cases = append(cases, fmt.Sprintf("pcall(string.format, %s, %s)", quote("<%"+flags+width+precision+verb+">"), arg))
	}
	cases = append(cases, "pcall(string.format, '%d', 'x')", "pcall(string.format, '%y', 1)",
		"pcall(string.format, '%', 1)", "pcall(string.format, '%%')", "pcall(string.format)")
	compareWithLua(t, cases)
}

func TestNumbersAgainstLua(t *testing.T) {
	c := random(3)
	var cases []string
	for range 4000 {
		digits := c.repeat(17, func() string { return c.of("0", "1", "5", "9", "3") })
		text := c.of("", "-", "+", " ", "\t") + c.of("", "0", "00", "0x", "0X", ".", "1") + digits +
			c.of("", ".", ".5", ".125", "e3", "E-5", "e", "e+2", "x", " ", "\n", "_1", "f", "e400", ".e1", "..")
		if strings.Contains(strings.ToLower(text), "0x") && strings.ContainsAny(text, ".pP-") {
			continue // strtod reads hexadecimal fractions, strtoul wraps
		}
		switch c.IntN(4) {
		case 0, 1:
			cases = append(cases, fmt.Sprintf("tonumber(%s)", quote(text)))
		case 2:
			cases = append(cases, fmt.Sprintf("pcall(function() return %s + 1 end)", quote(text)))
		case 3:
			cases = append(cases, fmt.Sprintf("tonumber(%s, %d)", quote(strings.TrimLeft(text[:min(len(text), 9)], "-")), 2+c.IntN(35)))
		}
	}
	for range 3000 {
		f := c.NormFloat64() * []float64{1e-20, 1e-5, 1, 1e3, 1e14, 1e15, 1e16, 1e100}[c.IntN(8)]
		literal := fmt.Sprintf("%.17g", f)
		cases = append(cases, "tostring("+literal+")", "''.."+literal, literal+" ..'x'")
		if c.IntN(3) == 0 {
			cases = append(cases, fmt.Sprintf("tostring(math.floor(%s))", literal))
		}
	}
	cases = append(cases, "1e15", "1e14", "123456789012345", "1e100", "0.1", "-(0/1)", "1 / tonumber('0')", "-1 / tonumber('0')", "2^53", "2^63",
		"0.1 + 0.2", "100 / 3", "1e15 .. ''", "(0.1 + 0.2) .. ''", "-0.0", "0x10", "0xff", "010", "1e2", ".5", "3.", "'10' + 5", "'0x10' * 2", "- '2'",
		"10 == '10'", "'010' + 0", "5 % 3", "-5 % 3", "5 % -3", "5.5 % 2", "'7' % '4'", "2 ^ 0.5", "'2' ^ 3", "math.huge", "-math.huge",
		"math.floor(-3.5)", "math.ceil(-3.5)", "math.fmod(-5, 3)", "math.modf(-3.7)", "math.max(1, 5, 3)", "math.min(4, 2)",
		"math.frexp(10)", "math.ldexp(0.5, 4)", "math.log10(1000)", "math.deg(math.pi)", "math.rad(180)", "pcall(math.max)",
		"pcall(tonumber)", "pcall(tonumber, '1', 1)", "pcall(tonumber, {})", "tonumber(nil)", "tonumber('')", "tonumber(' ')", "tonumber('0x')", "tonumber('1e')", "tonumber('1 2')")
	compareWithLua(t, cases)
}

func TestTablesAgainstLua(t *testing.T) {
	c := random(4)
	var cases []string
	for range 3000 {
		list := "{" + c.repeat(6, func() string { return c.of("1,", "2,", "5,", "3.5,", "-1,", "10,") }) + "}"
		if c.IntN(3) == 0 {
			list = "{" + c.repeat(6, func() string { return c.of("'b',", "'a',", "'',", "'ab',", "'B',") }) + "}"
		}
		n := c.IntN(9) - 1
		var body string
		switch c.IntN(8) {
		case 0:
			body = fmt.Sprintf("table.insert(t, math.min(%d, #t + 1), 'new')", max(1, n))
		case 1:
			body = "table.insert(t, 'new')"
		case 2:
			body = fmt.Sprintf("r = table.remove(t, %d)", n)
		case 3:
			body = "r = table.remove(t)"
		case 4:
			body = "table.sort(t)"
		case 5:
			body = "table.sort(t, function(a, b) return a > b end)"
		case 6:
			body = fmt.Sprintf("r = table.concat(t, '%s', %d, %d)", c.of("", ",", ", "), c.IntN(4), c.IntN(6))
		case 7:
			body = fmt.Sprintf("r = select('#', unpack(t, %d, %d))", c.IntN(4)-1, c.IntN(6))
		}
		if c.IntN(3) == 0 {
			body = "t[#t] = nil " + body
		}
		cases = append(cases, fmt.Sprintf("pcall(function() local r local t = %s %s return r, #t, #t <= 10 and table.concat(t, '|') end)", list, body))
	}
	cases = append(cases, "pcall(table.concat, {1, {}, 3})", "pcall(table.concat, {1, 2}, '-', 1, 3)", "pcall(table.insert, {}, 1, 2, 3)", "pcall(table.insert, {})",
		"pcall(table.insert, nil, 1)", "pcall(table.concat)", "pcall(unpack)", "pcall(table.sort, {3, 'a', 1}) == false", "table.maxn{1, 2, [10] = 3}", "table.getn{1, 2}",
		"select(-1, 1, 2, 3)", "select(2, 1, 2, 3)", "pcall(select, 0)", "pcall(select, -5, 1)", "unpack({1, 2, 3}, 2)", "unpack({1, 2, 3}, 2, 3)", "#{unpack({1, nil, 3}, 1, 3)} > 0")
	compareWithLua(t, cases)
}

func TestStringsAgainstLua(t *testing.T) {
	c := random(5)
	var cases []string
	for range 2000 {
		s := quote(c.subject())
		i, j := c.IntN(14)-6, c.IntN(14)-6
		switch c.IntN(6) {
		case 0:
			cases = append(cases, fmt.Sprintf("string.sub(%s, %d, %d)", s, i, j))
		case 1:
			cases = append(cases, fmt.Sprintf("string.byte(%s, %d, %d)", s, i, j))
		case 2:
			cases = append(cases, fmt.Sprintf("string.rep(%s, %d)", s, i))
		case 3:
			cases = append(cases, fmt.Sprintf("string.upper(%s), string.lower(%s), string.reverse(%s), #%s", s, s, s, s))
		case 4:
			cases = append(cases, fmt.Sprintf("string.find(%s, %s, %d, true)", s, quote(c.of("a", "", "ab", "%", "(")), i))
		case 5:
			cases = append(cases, fmt.Sprintf("loadstring('return ' .. ('%%q'):format(%s))()", s))
		}
	}
	cases = append(cases, "pcall(string.rep)", "pcall(string.char, 256)", "string.char()", "string.char(72, 105)", "pcall(string.sub)", "pcall(string.sub, 'x')",
		"('x'):rep(3)", "#'abc'", "'a' < 'b'", "'a' .. 1 .. 2.5", "'Z' < 'a'")
	compareWithLua(t, cases)
}

func TestLanguageAgainstLua(t *testing.T) {
	compareWithLua(t, []string{
		"pcall(error)", "pcall(error, nil)", "pcall(error, 'x')", "pcall(error, 'x', 2)", "pcall(error, {}) == false",
		"pcall(function() error('x') end)", "pcall(function() error('x', 0) end)", "pcall(function() error('x', 2) end)",
		"pcall(function() error() end)", "pcall(assert)", "pcall(assert, false)", "pcall(assert, nil, 'm')", "assert(1, 2, 3)",
		"xpcall(function() error 'x' end, function(m) return m .. '!' end)", "xpcall(error, function() error 'x' end)",
		"pcall(pcall)", "pcall(pcall, error, 1)", "pcall(nil)", "pcall(5)",
		"select('#', pcall(function() end))", "pcall(coroutine.yield) == false",
		"coroutine.resume(coroutine.create(function(...) return select('#', ...), ... end), 1, nil)",
		"coroutine.wrap(function() coroutine.yield(1, 2) end)()", "pcall(coroutine.wrap(function() error 'x' end)) == false",
		"coroutine.running()",
		"loadstring('return 1 +')", "loadstring('x = = 1') == nil", "loadstring('return ...', 'name')(4)", "pcall(loadstring('error \"x\"', '=name'))",
		"pcall(loadstring('error \"x\"', '@name'))", "pcall(loadstring('error \"x\"', 'name'))", "pcall(loadstring('error \"x\"'))",
		"pcall(loadstring('\\n\\nerror \"x\"', 'first line\\nsecond'))",
		"loadstring('for') == nil", "(loadstring('x = }'))", "type(os.time())", "os.time{year=2020, month=1, day=1, hour=12}",
		"os.date('!%Y-%m-%d %H:%M:%S', 86400 * 365)", "os.date('!%a %A %b %B %d %j %p %y %w %U %W %x %X %c %%', 1e9)",
		"os.date('!*t', 1e9).yday", "os.date('!*t', 1e9).wday", "os.date('!*t', 1e9).isdst", "os.time{year=2021, month=14, day=-3}",
		"os.getenv('NO_SUCH_VARIABLE')", "type(os.clock())", "os.difftime(5, 3)", "tostring(nil)", "tostring(true)", "pcall(tostring)",
		"next({})", "next({10})", "rawequal('a', 'a')", "type(rawget(_G, 'print'))", "pcall(setmetatable, 1, {}) == false",
		"getmetatable('').__index == string", "('x'):len()", "unpack{('a b'):match('(%w) (%w)')}", "pcall(pairs, nil)",
		"pcall(function() local t = nil; return t.x end) == false", "pcall(function() return 1 < 'x' end)", "pcall(function() return {} < {} end)",
		"pcall(function() return nil .. 'x' end) == false", "pcall(function() return 'x' .. undefinedname end)", "pcall(function() return undefinedname .. 'x' end)",
		"pcall(function() local t = {} return 'x' .. t.field .. 'y' end)", "pcall(function() local t = {} local v return 'x' .. v end)", "pcall(function() local t = {} return 1 .. t end)",
		"pcall(function() return #5 end) == false", "pcall(function() undefinedname() end)",
		"pcall(function() local t = {} t.field() end)", "pcall(function() local t = {} t:method() end)", "pcall(function() local f f() end)",
		"pcall(function() local t = {} return t.a.b end)", "pcall(function() return undefinedname.x end)", "pcall(function() return -{} end) == false",
		"pcall(function() for i = 'x', 2 do end end)", "pcall(function() for i = 1, {} do end end)", "pcall(function() local a = {} return a + 1 end)",
		"pcall(function() return 1 + undefinedname end)", "pcall(string.rep, 'x', {})", "pcall(function() ('x'):rep({}) end)",
		"pcall(function() string.rep() end)", "pcall(setfenv, 1) == false", "io.type(io.stdout)", "io.type(5)",
		"math.pi", "_VERSION",
		"(function(...) local a, b = ... return a .. b end)('x', 0.5)", "(function(a) a = a .. 'x' .. a return a end)('q')",
		"(function(s, n) n = n .. s return n end)('s', 7)", "(function(s) local t = s .. 1 s = t .. s return s end)('z')",
		"(function(...) return 'a' .. (...) end)(1, 2)", "(function() return ('a'):rep(2) .. ('b'):rep(2) end)()",
	})
}

// expression makes an expression over the variables a, b, c and the functions
// id and two, whose value is a number, a string, a boolean or nil.
func (c chooser) expression(depth int) string {
	if depth <= 0 {
		return c.of("a", "b", "c", "1", "'s'", "nil", "true", "false", "2.5", "d")
	}
	e := func() string { return c.expression(depth - 1 - c.IntN(2)) }
	switch c.IntN(14) {
	case 0, 1:
		return e() + " and " + e()
	case 2, 3:
		return e() + " or " + e()
	case 4:
		return "not " + e()
	case 5:
		return "(" + e() + ")"
	case 6, 7:
		return "id(" + e() + ")"
	case 8:
		return "(id(" + e() + "))"
	case 9:
		return "text(" + e() + ") .. text(" + e() + ")"
	case 10:
		return "two(" + e() + ", " + e() + ")"
	case 11:
		return "(" + e() + " == " + e() + ")"
	case 12:
		return "({" + e() + ", " + e() + "})[1]"
	default:
		return "(two(" + e() + ", " + e() + "))"
	}
}

func (c chooser) statement(depth int) string {
	e := func() string { return c.expression(2) }
	v := func() string { return c.of("a", "b", "c", "d", "t.x", "t[1]", "g") }
	pair := func() string { // in which order Lua assigns to the same variable is left open
		first, second := v(), v()
		for second == first {
			second = v()
		}
		return first + ", " + second
	}
	block := func() string { return c.repeat(2, func() string { return c.statement(depth-1) + " " }) }
	n := 10
	if depth <= 0 {
		n = 6
	}
	switch c.IntN(n) {
	case 0, 1:
		return v() + " = " + e()
	case 2:
		return pair() + " = " + e() + ", " + e()
	case 3:
		return pair() + " = two(" + e() + ", " + e() + ")"
	case 4:
		return "local d = " + e()
	case 5:
		return "local d, e = " + e() + ", " + e()
	case 6:
		return "if " + e() + " then " + block() + "else " + block() + "end"
	case 7:
		return "for i = 1, 2 do " + block() + "if " + e() + " then break end end"
	case 8:
		return "do local c = " + e() + " " + block() + "end"
	default:
		return "pcall(function(b) " + block() + "error(" + e() + ") end, " + e() + ")"
	}
}

// TestProgramsAgainstLua runs random functions with parameters, assignments of
// all shapes, captured variables and protected calls that fail.
func TestProgramsAgainstLua(t *testing.T) {
	c := random(6)
	var cases []string
	for range 3000 {
		body := c.repeat(4, func() string { return c.statement(2) + " " })
		params := c.of("a, b, c", "a, b, ...", "a", "b, c, a")
		cases = append(cases, fmt.Sprintf("(function() local function id(...) return ... end local function two(x, y) return x, y end "+
			"local function text(v) return tostring(v) end local t, a, b, c, d, g = {}, 7, 8, 9 "+
			"local function f(%s) %s return a, b, c, d, t.x, t[1], g end return pcall(f, 'p', 3, false) end)()", params, body))
	}
	compareWithLua(t, cases)
}
