package syntax

import (
	"math"
	"strconv"
	"strings"
)

// spaces is what C's isspace knows in the C locale.
const spaces = " \t\n\v\f\r"

// ParseNumber reads a numeral as Lua does: decimal, with fraction and exponent
// if need be, or hexadecimal, with blanks around it. gopher-lua would take 010
// as octal, and 1_000, 0b1 and inf as numbers.
func ParseNumber(s string) (number float64, ok bool) {
	s = strings.Trim(s, spaces)
	body := strings.TrimLeft(s, "+-")
	if len(s)-len(body) > 1 || body == "" {
		return 0, false
	}
	negative := s[0] == '-'
	var f float64
	var err error
	if len(body) > 2 && body[0] == '0' && body[1]|0x20 == 'x' {
		f, err = parseHex(body)
	} else {
		for i := range len(body) {
			if c := body[i]; !(c >= '0' && c <= '9' || c == '.' || c|0x20 == 'e' || c == '+' || c == '-') {
				return 0, false
			}
		}
		f, err = strconv.ParseFloat(body, 64)
	}
	if err != nil && !math.IsInf(f, 0) { // out of range is infinity, as in C
		return 0, false
	}
	if negative {
		f = -f
	}
	return f, true
}

func parseHex(s string) (float64, error) {
	for i := 2; i < len(s); i++ {
		if s[i] == '_' {
			return 0, strconv.ErrSyntax
		}
	}
	if n, err := strconv.ParseUint(s[2:], 16, 64); err == nil {
		return float64(n), nil
	}
	if !strings.ContainsAny(s, "pP") {
		s += "p0"
	}
	return strconv.ParseFloat(s, 64)
}
