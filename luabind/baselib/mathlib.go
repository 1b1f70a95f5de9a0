package baselib

// The math library.

import (
	"math"
	"math/rand/v2"

	lua "github.com/yuin/gopher-lua"
)

func (m *shared) openMath(L *lua.LState) {
	t := NewTable(L, 32)
	for _, f := range []struct {
		name string
		fn   func(float64) float64
	}{
		{"abs", math.Abs},
		{"acos", math.Acos},
		{"asin", math.Asin},
		{"atan", math.Atan},
		{"ceil", math.Ceil},
		{"cos", math.Cos},
		{"cosh", math.Cosh},
		{"exp", math.Exp},
		{"floor", math.Floor},
		{"log10", math.Log10},
		{"sin", math.Sin},
		{"sinh", math.Sinh},
		{"sqrt", math.Sqrt},
		{"tan", math.Tan},
		{"tanh", math.Tanh},
		{"deg", func(x float64) float64 { return x / (math.Pi / 180) }},
		{"rad", func(x float64) float64 { return x * (math.Pi / 180) }},
	} {
		m.set(L, t, f.name, func(L *lua.LState) int {
			L.Push(lua.LNumber(f.fn(checkNumber(L, 1))))
			return 1
		})
	}
	for _, f := range []struct {
		name string
		fn   func(x, y float64) float64
	}{
		{"atan2", math.Atan2},
		{"fmod", math.Mod},
		{"mod", math.Mod},
		{"pow", math.Pow},
		{"ldexp", func(x, y float64) float64 { return math.Ldexp(x, toInt(y)) }},
	} {
		m.set(L, t, f.name, func(L *lua.LState) int {
			L.Push(lua.LNumber(f.fn(checkNumber(L, 1), checkNumber(L, 2))))
			return 1
		})
	}
	m.set(L, t, "frexp", mathFrexp)
	m.set(L, t, "log", mathLog)
	m.set(L, t, "max", func(L *lua.LState) int { return extreme(L, func(a, b float64) bool { return a > b }) })
	m.set(L, t, "min", func(L *lua.LState) int { return extreme(L, func(a, b float64) bool { return a < b }) })
	m.set(L, t, "modf", mathModf)
	m.set(L, t, "random", m.mathRandom)
	m.set(L, t, "randomseed", m.mathRandomseed)
	Define(t, "huge", lua.LNumber(math.Inf(1)))
	Define(t, "pi", lua.LNumber(math.Pi))
	m.global(L, "math", t)
}

func mathFrexp(L *lua.LState) int {
	fraction, exponent := math.Frexp(checkNumber(L, 1))
	L.Push(lua.LNumber(fraction))
	L.Push(lua.LNumber(exponent))
	return 2
}

// mathLog is Lua 5.1's, with the base of Lua 5.2: math.log(x [, base]).
func mathLog(L *lua.LState) int {
	x := math.Log(checkNumber(L, 1))
	if L.Get(2) != lua.LNil {
		switch base := checkNumber(L, 2); base {
		case 2:
			x = math.Log2(checkNumber(L, 1))
		case 10:
			x = math.Log10(checkNumber(L, 1))
		default:
			x /= math.Log(base)
		}
	}
	L.Push(lua.LNumber(x))
	return 1
}

func extreme(L *lua.LState, better func(a, b float64) bool) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := checkNumber(L, i); better(x, best) {
			best = x
		}
	}
	L.Push(lua.LNumber(best))
	return 1
}

func mathModf(L *lua.LState) int {
	x := checkNumber(L, 1)
	if math.IsInf(x, 0) {
		L.Push(lua.LNumber(x))
		L.Push(lua.LNumber(0))
		return 2
	}
	whole, fraction := math.Modf(x)
	L.Push(lua.LNumber(whole))
	L.Push(lua.LNumber(fraction))
	return 2
}

// mathRandom is Lua's: math.random([m [, n]]).
func (m *shared) mathRandom(L *lua.LState) int {
	if m.random == nil {
		m.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	r := m.random.Float64()
	low, high := 1.0, 0.0
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(r))
		return 1
	case 1:
		high = math.Floor(checkNumber(L, 1))
	case 2:
		low, high = math.Floor(checkNumber(L, 1)), math.Floor(checkNumber(L, 2))
	default:
		L.RaiseError("wrong number of arguments")
	}
	if low > high {
		argError(L, L.GetTop(), "interval is empty")
	}
	L.Push(lua.LNumber(math.Floor(r*(high-low+1)) + low))
	return 1
}

func (m *shared) mathRandomseed(L *lua.LState) int {
	m.random = rand.New(rand.NewPCG(math.Float64bits(checkNumber(L, 1)), 0))
	return 0
}
