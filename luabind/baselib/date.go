package baselib

// os.date and os.time.

import (
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// osDate is Lua's: os.date([format [, time]]).
func osDate(L *lua.LState) int {
	format := optText(L, 1, "%c")
	t := time.Now()
	if L.Get(2) != lua.LNil {
		t = time.Unix(int64(checkInt(L, 2)), 0)
	}
	if utc, ok := strings.CutPrefix(format, "!"); ok {
		t, format = t.UTC(), utc
	}
	if !strings.HasPrefix(format, "*t") {
		L.Push(lua.LString(strftime(format, t)))
		return 1
	}
	fields := L.CreateTable(0, 9)
	for _, f := range []struct {
		name  string
		value int
	}{
		{"year", t.Year()},
		{"month", int(t.Month())},
		{"day", t.Day()},
		{"hour", t.Hour()},
		{"min", t.Minute()},
		{"sec", t.Second()},
		{"wday", int(t.Weekday()) + 1},
		{"yday", t.YearDay()},
	} {
		fields.RawSetString(f.name, lua.LNumber(f.value))
	}
	fields.RawSetString("isdst", lua.LBool(t.IsDST()))
	L.Push(fields)
	return 1
}

// strftime is C's, in the C locale.
func strftime(format string, t time.Time) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			b.WriteString(format)
			return b.String()
		}
		b.WriteString(format[:i])
		c := format[i+1]
		format = format[i+2:]
		switch c {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'j':
			fmt.Fprintf(&b, "%03d", t.YearDay())
		case 'w':
			fmt.Fprint(&b, int(t.Weekday()))
		case 'u':
			fmt.Fprint(&b, (int(t.Weekday())+6)%7+1)
		case 'U':
			fmt.Fprintf(&b, "%02d", (t.YearDay()+6-int(t.Weekday()))/7)
		case 'W':
			fmt.Fprintf(&b, "%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7)
		case 'V':
			_, week := t.ISOWeek()
			fmt.Fprintf(&b, "%02d", week)
		case 'G':
			year, _ := t.ISOWeek()
			fmt.Fprint(&b, year)
		case 'g':
			year, _ := t.ISOWeek()
			fmt.Fprintf(&b, "%02d", year%100)
		case 'C':
			fmt.Fprintf(&b, "%02d", t.Year()/100)
		case 's':
			fmt.Fprint(&b, t.Unix())
		case 'k':
			fmt.Fprintf(&b, "%2d", t.Hour())
		case 'l':
			fmt.Fprintf(&b, "%2d", (t.Hour()+11)%12+1)
		case 'P':
			b.WriteString(strings.ToLower(t.Format("PM")))
		default:
			if layout := strftimeLayout(c); layout != "" {
				b.WriteString(t.Format(layout))
			} else {
				b.WriteString("%" + string(rune(c)))
			}
		}
	}
}

// strftimeLayout is Go's layout for a conversion of C's, "" if there is none.
func strftimeLayout(c byte) string {
	switch c {
	case 'a':
		return "Mon"
	case 'A':
		return "Monday"
	case 'b', 'h':
		return "Jan"
	case 'B':
		return "January"
	case 'c':
		return "Mon Jan _2 15:04:05 2006"
	case 'd':
		return "02"
	case 'D', 'x':
		return "01/02/06"
	case 'e':
		return "_2"
	case 'F':
		return "2006-01-02"
	case 'H':
		return "15"
	case 'I':
		return "03"
	case 'm':
		return "01"
	case 'M':
		return "04"
	case 'p':
		return "PM"
	case 'r':
		return "03:04:05 PM"
	case 'R':
		return "15:04"
	case 'S':
		return "05"
	case 'T', 'X':
		return "15:04:05"
	case 'y':
		return "06"
	case 'Y':
		return "2006"
	case 'z':
		return "-0700"
	case 'Z':
		return "MST"
	}
	return ""
}

// osTime is Lua's: os.time([table]).
func osTime(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(time.Now().Unix()))
		return 1
	}
	t := checkTable(L, 1)
	field := func(name string, otherwise int) int {
		value := t.RawGetString(name)
		n, ok := toNumber(value)
		if !ok {
			if otherwise < 0 {
				L.RaiseError("field '%s' missing in date table", name)
			}
			return otherwise
		}
		return toInt(float64(n))
	}
	year, month, day := field("year", -1), field("month", -1), field("day", -1)
	hour, minute, second := field("hour", 12), field("min", 0), field("sec", 0)
	when := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.Local)
	if dst, ok := t.RawGetString("isdst").(lua.LBool); ok && bool(dst) && !when.IsDST() {
		when = when.Add(-time.Hour) // as mktime takes a summer time that is none
	}
	L.Push(lua.LNumber(when.Unix()))
	return 1
}
