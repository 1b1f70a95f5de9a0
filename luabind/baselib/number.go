package baselib

// Numbers as text and text as numbers, by Lua 5.1's rules.

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// Number returns a number as Lua writes it, with the 14 significant digits of
// C's %.14g.
func Number(n lua.LNumber) string {
	var buf [32]byte
	return string(appendNumber(buf[:0], float64(n)))
}

func appendNumber(dst []byte, f float64) []byte {
	switch {
	case f > -1e14 && f < 1e14 && f == float64(int64(f)):
		if f == 0 && math.Signbit(f) {
			return append(dst, "-0"...)
		}
		return strconv.AppendInt(dst, int64(f), 10)
	case math.IsNaN(f):
		return append(dst, "nan"...) // C shows its sign, which differs between processors
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, f, 'g', 14, 64)
}

// Text returns a string, or a number as text; ok is false for anything else.
func Text(value lua.LValue) (s string, ok bool) {
	switch v := value.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return Number(v), true
	}
	return "", false
}

// isSpace is C's isspace in the C locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

const spaces = " \t\n\v\f\r"

// ParseNumber reads a numeral as Lua does, see [syntax.ParseNumber].
func ParseNumber(s string) (lua.LNumber, bool) {
	f, ok := syntax.ParseNumber(s)
	return lua.LNumber(f), ok
}

// toNumber is what arithmetic and the library make of a value.
func toNumber(value lua.LValue) (lua.LNumber, bool) {
	switch v := value.(type) {
	case lua.LNumber:
		return v, true
	case lua.LString:
		return ParseNumber(string(v))
	}
	return 0, false
}

// tonumber is Lua's: tonumber(value [, base]).
func tonumber(L *lua.LState) int {
	value := L.CheckAny(1)
	if L.Get(2) == lua.LNil || optInt(L, 2, 10) == 10 {
		if n, ok := toNumber(value); ok {
			L.Push(n)
		} else {
			L.Push(lua.LNil)
		}
		return 1
	}
	s := checkText(L, 1)
	base := optInt(L, 2, 10)
	if base < 2 || base > 36 {
		argError(L, 2, "base out of range")
	}
	L.Push(parseInBase(s, base))
	return 1
}

// parseInBase reads an integer as C's strtoul does, but keeps its sign.
func parseInBase(s string, base int) lua.LValue {
	s = strings.Trim(s, spaces)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	if s == "" {
		return lua.LNil
	}
	var n float64
	for i := range len(s) {
		digit := digitValue(s[i])
		if digit >= base {
			return lua.LNil
		}
		n = n*float64(base) + float64(digit)
	}
	if negative {
		n = -n
	}
	return lua.LNumber(n)
}

// digitValue is the value of a digit in bases up to 36, or 36.
func digitValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return 36
}
