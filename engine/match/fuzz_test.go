package match

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// corpus are the lists that fuzzing begins with, one pattern a line.
var corpus = [...]string{
	`router[#>] `, "a|ab\n(a|ab)(c|bcd)(d*)", `[\$#] $`, `port (\d+)`, "(?m)^r[#>] $\n\\bfoo\\b\n%", `(?:(?:\B\B(\B)|(?:(aab)|\x{FFFD})))+`,
	`\W(?:(?:\z)+?(?:^)+){2}`, "(?i)login: \n(?i:k)", `(a*)*b`, `(x+x+)+y`, `(?s)begin(.*?)end`, "é[é-ü]€\n\\pL{2,3}", `^`, "$", `(?U)a+b*`,
}

// FuzzAgainstRegexp takes a list, one pattern a line, a text and the places to cut
// it, and wants what package regexp finds: with the text whole, cut, cut into bytes,
// and for each of its beginnings read as complete.
func FuzzAgainstRegexp(f *testing.F) {
	for _, list := range corpus {
		f.Add(list, []byte("ab router# \nport 12\xff é€\xe2\x82 foo aabx "), uint64(0x5555), uint8(0))
	}
	f.Fuzz(func(t *testing.T, lines string, text []byte, cuts uint64, prev uint8) {
		if len(lines) > 80 || len(text) > 100 || !utf8.ValidString(lines) {
			return
		}
		var list []Pattern
		for line := range strings.SplitSeq(lines, "\n") {
			list = append(list, Pattern{Source: line})
		}
		if len(list) > 5 {
			return
		}
		compare(t, list, text, cuts)
		compare(t, list, text, ^uint64(0))
		everyPrefix(t, list, text)
		behindText(t, list, text, prev)
	})
}

// behindText compares with a byte before the text, which package regexp is given as
// part of the text.
func behindText(t *testing.T, list []Pattern, text []byte, prev uint8) {
	t.Helper()
	for _, p := range list {
		if strings.ContainsAny(p.Source, "^A") { // \A holds at another place
			return
		}
	}
	prev &= 0x7F
	set, err := Compile(list)
	o, oerr := newOracle(list, true)
	if err != nil || oerr != nil {
		return
	}
	m := set.NewMatcher()
	m.Reset(int(prev))
	got, _ := run(m, cut(text, ^uint64(0)))
	if want := o.find(append([]byte{prev}, text...)); !same(got, want) {
		t.Fatalf("%v in %q behind %q: got %s, want %s", list, text, prev, show(got), show(want))
	}
}
