package baselib

// string.format: C's printf for numbers, %q as Lua reads it back, and %s for
// any value.

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A directive is one %-item of a format.
type directive struct {
	minus, plus, space, alternate, zero bool
	width                               int
	precision                           int // -1 where there is none
	verb                                byte
}

// strFormat is Lua's: string.format(format, ...).
func (m *shared) strFormat(L *lua.LState) int {
	format := checkText(L, 1)
	var b []byte
	arg := 1
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			b = append(b, format...)
			break
		}
		b = append(b, format[:i]...)
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			b = append(b, '%')
			format = format[1:]
			continue
		}
		var d directive
		d, format = parseDirective(L, format)
		arg++
		b = appendDirective(L, b, d, arg)
		if len(b) > maxString {
			// no test: it takes more memory than a test should
			L.RaiseError("resulting string too large")
		}
	}
	L.Push(lua.LString(b))
	return 1
}

// parseDirective reads what follows a % and returns the rest of the format.
func parseDirective(L *lua.LState, s string) (directive, string) {
	d := directive{precision: -1}
	i := 0
flags:
	for ; i < len(s); i++ {
		switch s[i] {
		case '-':
			d.minus = true
		case '+':
			d.plus = true
		case ' ':
			d.space = true
		case '#':
			d.alternate = true
		case '0':
			d.zero = true
		default:
			break flags
		}
		if i >= 5 {
			L.RaiseError("invalid format (repeated flags)")
		}
	}
	number := func() (n int) {
		for digits := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			n = n*10 + int(s[i]-'0')
			digits++
			if digits > 2 {
				L.RaiseError("invalid format (width or precision too long)")
			}
		}
		return n
	}
	d.width = number()
	if i < len(s) && s[i] == '.' {
		i++
		d.precision = number()
	}
	if i >= len(s) {
		L.RaiseError("%s", "invalid option '%' to 'format'")
	}
	d.verb = s[i]
	return d, s[i+1:]
}

func appendDirective(L *lua.LState, b []byte, d directive, arg int) []byte {
	if strings.IndexByte("cdiouxXeEfgGqs", d.verb) < 0 {
		L.RaiseError("invalid option '%%%c' to 'format'", d.verb)
	}
	if arg > L.GetTop() {
		expected := "number"
		if d.verb == 'q' || d.verb == 's' {
			expected = "string"
		}
		argError(L, arg, "%s expected, got no value", expected)
	}
	switch d.verb {
	case 'c':
		return d.pad(b, string([]byte{byte(checkInt(L, arg))}))
	case 'd', 'i':
		n := checkInt(L, arg)
		u := uint64(n)
		if n < 0 {
			u = -u
		}
		return d.integer(b, strconv.FormatUint(u, 10), d.sign(n < 0))
	case 'o', 'u', 'x', 'X':
		return d.integer(b, d.unsigned(uint64(checkInt64(L, arg))), "")
	case 'e', 'E', 'f', 'g', 'G':
		return d.float(b, checkNumber(L, arg))
	case 'q':
		return appendQuoted(b, checkText(L, arg))
	default:
		s := Tostring(L, L.Get(arg))
		if d.precision >= 0 && d.precision < len(s) {
			s = s[:d.precision]
		}
		return d.pad(b, s)
	}
}

// checkInt64 lets numbers beyond int64 wrap, as a C cast to unsigned does.
func checkInt64(L *lua.LState, n int) int64 {
	f := checkNumber(L, n)
	if f >= math.MaxInt64 && f < math.MaxUint64 {
		return int64(uint64(f))
	}
	return int64(toInt(f))
}

func (d *directive) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case d.plus:
		return "+"
	case d.space:
		return " "
	}
	return ""
}

func (d *directive) unsigned(u uint64) string {
	switch d.verb {
	case 'o':
		s := strconv.FormatUint(u, 8)
		if d.alternate && s[0] != '0' {
			s = "0" + s
		}
		return s
	case 'x', 'X':
		s := strconv.FormatUint(u, 16)
		if d.verb == 'X' {
			s = strings.ToUpper(s)
		}
		return s
	}
	return strconv.FormatUint(u, 10)
}

// integer writes digits with the precision's zeros, prefix, sign and padding.
func (d *directive) integer(b []byte, digits, sign string) []byte {
	if d.alternate && d.verb|0x20 == 'x' && digits != "0" {
		sign = "0" + string(d.verb)
	}
	if d.precision == 0 && digits == "0" && !(d.alternate && d.verb == 'o') {
		digits = ""
	}
	if n := d.precision - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	return d.padNumber(b, sign, digits, d.zero && d.precision < 0)
}

func (d *directive) float(b []byte, f float64) []byte {
	negative := math.Signbit(f) && !math.IsNaN(f)
	upper := d.verb == 'E' || d.verb == 'G'
	if math.IsNaN(f) || math.IsInf(f, 0) {
		text := "inf"
		if math.IsNaN(f) {
			text = "nan"
		}
		if upper {
			text = strings.ToUpper(text)
		}
		return d.padNumber(b, d.sign(negative), text, false)
	}
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	verb := d.verb | 0x20
	if verb == 'g' && precision == 0 {
		precision = 1
	}
	digits := strconv.FormatFloat(math.Abs(f), verb, precision, 64)
	if d.alternate {
		digits = alternateFloat(digits, verb, precision)
	}
	if upper {
		digits = strings.ToUpper(digits)
	}
	return d.padNumber(b, d.sign(negative), digits, d.zero)
}

// alternateFloat adds the point, and for %g the zeros, that # asks for.
func alternateFloat(digits string, verb byte, precision int) string {
	mantissa, exponent := digits, ""
	if i := strings.IndexByte(digits, 'e'); i >= 0 {
		mantissa, exponent = digits[:i], digits[i:]
	}
	if !strings.Contains(mantissa, ".") {
		mantissa += "."
	}
	if verb == 'g' {
		significant := strings.TrimLeft(strings.Replace(mantissa, ".", "", 1), "0")
		if significant == "" {
			significant = "0"
		}
		if n := precision - len(significant); n > 0 {
			mantissa += strings.Repeat("0", n)
		}
	}
	return mantissa + exponent
}

func (d *directive) padNumber(b []byte, sign, digits string, zero bool) []byte {
	fill := d.width - len(sign) - len(digits)
	if zero && !d.minus && fill > 0 {
		b = append(b, sign...)
		for range fill {
			b = append(b, '0')
		}
		return append(b, digits...)
	}
	return d.pad(b, sign+digits)
}

// pad writes text with blanks up to the width.
func (d *directive) pad(b []byte, s string) []byte {
	fill := d.width - len(s)
	if d.minus {
		b = append(b, s...)
	}
	for range fill {
		b = append(b, ' ')
	}
	if !d.minus {
		b = append(b, s...)
	}
	return b
}

// appendQuoted writes a string as Lua source that means the same bytes.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b = append(b, '\\', c)
		case '\r':
			b = append(b, `\r`...)
		case 0:
			b = append(b, `\000`...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
