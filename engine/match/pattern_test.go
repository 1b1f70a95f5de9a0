package match

import (
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	big := strings.Repeat("(?:a{900}|b)", 50)
	for _, c := range []struct {
		list                   []Pattern
		index, offset          int
		message, hint, inError string
	}{
		{nil, -1, -1, "empty", "", "the list of patterns is empty"},
		{[]Pattern{{Source: "a"}, {Source: "b(?=c)"}}, 1, 1, "(?=", "lookaround", `pattern 2, "b(?=c)":`},
		{[]Pattern{{Source: `(?<!x)c`}}, 0, 0, "(?<", "lookaround", "at byte 1"},
		{[]Pattern{{Source: `(a)\1`}}, 0, 3, `\1`, "back-references", "at byte 4"},
		{[]Pattern{{Source: "a*+"}}, 0, 1, "*+", "possessive", ""},
		{[]Pattern{{Source: "(?>a)"}}, 0, 0, "(?>", "atomic", ""},
		{[]Pattern{{Source: "a{1001}"}}, 0, 1, "repeat", "1000", ""},
		{[]Pattern{{Source: "(a{100}){100}"}}, 0, 8, "repeat", "1000", ""},
		{[]Pattern{{Source: "*a"}}, 0, 0, "*", `\*`, ""},
		{[]Pattern{{Source: "a("}}, 0, 1, "missing closing", `\(`, ""},
		{[]Pattern{{Source: "a[)]\\))"}}, 0, 6, "unexpected", `\)`, ""},
		{[]Pattern{{Source: "[[:digit:]][a"}}, 0, 11, "missing closing ]", `\[`, ""},
		{[]Pattern{{Source: `a\`}}, 0, 1, "trailing backslash", `\\`, ""},
		{[]Pattern{{Source: "é\xff"}}, 0, 2, "UTF-8", "exact", ""},
		{[]Pattern{{Source: "a", Flags: "ix"}}, 0, -1, "unknown flag x", "i, s, m", `with flags "ix"`},
		{[]Pattern{{Kind: Exact, Source: "a", Flags: "s"}}, 0, -1, "unknown flag s", "literal", ""},
		{[]Pattern{{Kind: Glob, Source: "a[b"}}, 0, 1, "missing closing ]", "", "glob"},
		{[]Pattern{{Kind: EventKind}}, 0, -1, "unknown event", "", ""},
		{[]Pattern{{Kind: 9}}, 0, -1, "unknown kind", "", ""},
		{[]Pattern{{Source: big}}, 0, -1, "too large", "32768", ""},
		{[]Pattern{{Kind: Exact, Source: strings.Repeat("x", 40000)}}, 0, -1, "too large", "32768", ""},
		{[]Pattern{{Source: strings.Repeat("()", 501)}}, 0, -1, "500 groups", "(?:", ""},
		{[]Pattern{{Source: strings.Repeat("(a{20})", 300)}}, 0, -1, "so many groups", "(?:", ""},
		{make([]Pattern, 1001), -1, -1, "1000 patterns", "", ""},
	} {
		_, err := Compile(c.list)
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%.80v: %v", c.list, err)
			continue
		}
		if e.Index != c.index || e.Offset != c.offset {
			t.Errorf("%.80v: index %d, offset %d, want %d and %d: %v", c.list, e.Index, e.Offset, c.index, c.offset, e)
		}
		if !strings.Contains(e.Message, c.message) || !strings.Contains(e.Hint, c.hint) || c.hint == "" && e.Hint != "" || !strings.Contains(e.Error(), c.inError) {
			t.Errorf("%.80v: %v, hint %q", c.list, err, e.Hint)
		}
		if len(e.Error()) > 300 {
			t.Errorf("a message of %d bytes", len(e.Error()))
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		glob, text string
		want       string // what matches of it, "!" if nothing does
	}{
		{"login:", "the login: ", "login:"},
		{"a*c", "xabbcbc", "abbc"},
		{"*c", "abcbc", "abc"},
		{"a*", "xab\ncd", "ab"},
		{"*", "ab", "ab"},
		{"a**", "xab", "ab"},
		{"a?c", "ac abc", "abc"},
		{"a?c", "a\nc", "a\nc"},
		{"[a-c]x", "dxbx", "bx"},
		{"[^a-c]x", "axdx", "dx"},
		{"[!a-c]x", "axdx", "dx"},
		{"[]x]y", "]y", "]y"},
		{"[a-]y", "-y", "-y"},
		{`[\]]y`, "]y", "]y"},
		{`\*`, "a*", "*"},
		{"^a", "ba", "!"},
		{"^a", "ab", "a"},
		{"a$", "ab", "!"},
		{"a$", "ba", "a"},
		{"a$b", "a$b", "a$b"},
		{"a^b", "a^b", "a^b"},
		{"(x)+.", "(x)+.", "(x)+."},
		{"é?", "éü", "éü"},
		{"% *#", "% Bad #", "% Bad #"},
	} {
		m := mustCompile(t, Pattern{Kind: Glob, Source: c.glob}).NewMatcher()
		got := "!"
		if r, _ := run(m, pieces{[]byte(c.text)}); r != nil {
			got = c.text[r.Start:r.End]
		}
		if got != c.want {
			t.Errorf("glob %q in %q: %q, want %q", c.glob, c.text, got, c.want)
		}
	}
}

func TestFlagsAndNames(t *testing.T) {
	set := mustCompile(t,
		Pattern{Source: `(?P<user>\w+)@(?P<host>\w+)(x)`, Flags: "i"}, Pattern{Kind: Exact, Source: "A+b", Flags: "i"},
		Pattern{Kind: EventKind, Event: Prompt}, Pattern{Source: `a.b`, Flags: "s"}, Pattern{Source: "^z$", Flags: "m"}, Pattern{Source: "q+", Flags: "U"})
	if n := set.Names(0); strings.Join(n, ",") != ",user,host," || len(set.Names(1)) != 1 || set.Names(2) != nil {
		t.Errorf("names %q, %q, %q", n, set.Names(1), set.Names(2))
	}
	if i, ok := set.Waits(Prompt); i != 2 || !ok {
		t.Error("the event is not found")
	}
	if _, ok := set.Waits(EOF); ok {
		t.Error("an event is found that is not there")
	}
	for text, want := range map[string]int{"me@hereX": 0, "a+B": 1, "a\nb": 3, "\nz\n": 4, "qq": 5} {
		r, _ := run(set.NewMatcher(), pieces{[]byte(text)})
		if r == nil || r.Index != want {
			t.Errorf("%q: got %s", text, show(r))
		}
	}
	r, _ := run(set.NewMatcher(), pieces{[]byte("qq")})
	if r.End != 1 {
		t.Errorf("lazy: %s", show(r))
	}
}
