package diagnose

import (
	"regexp"
	"testing"
)

func TestFromLua(t *testing.T) {
	for in, want := range map[string]string{
		`%d+%s%w%D%S%W`: `\d+\s\w\D\S\W`,
		`%a%l%u%x%p%c`:  `[A-Za-z][a-z][A-Z][0-9A-Fa-f][[:punct:]][[:cntrl:]]`,
		`%A%L`:          `[^A-Za-z][^a-z]`,
		`[%a%d_-]+`:     `[A-Za-z\d_-]+`,
		`[^%s]-%$`:      `[^\s]*?\$`,
		`.-%(%)%.%-%%`:  `.*?\(\)\.\-%`,
		`a-b%d`:         `a-b\d`,
		`{%d|%d}`:       `\{\d\|\d\}`,
		`%1`:            "",
		`100%`:          "",
		`no class`:      "",
		"%\xff":         "",
		`[%A]`:          "",
		`%d[^]`:         `\d[^]`,
	} {
		got, ok := fromLua(in)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("fromLua(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGlobSource(t *testing.T) {
	for in, want := range map[string]string{
		`a*b?`: `a(?s:.*?)b(?s:.)`, `^a^$b$`: `\Aa\^\$b\z`, `log**`: `log[^\n]*`, `[!a-c].`: `[^a-c]\.`, `[x`: `\[x`, // one that is wrong is itself
		`[\d]emo`: `[d]emo`, "é": "é",
	} {
		if got := globSource(in); got != want {
			t.Errorf("globSource(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTrimAndBlanks(t *testing.T) {
	for _, c := range [][2]string{
		{trimEnd(`login: $`), `login:$`},
		{trimEnd(`login:\s*\r?\n`), `login:`},
		{trimEnd(`a\\ `), `a\\`},
		{trimEnd(`cost\$ `), `cost\$`},
		{trimEnd(`a\ `), `a`},
		{trimStart("^\n login"), `^login`},
		{trimStart(`\r\nlogin`), `login`},
		{blanks(`a  b[ ]c\n d`, `\s+`), `a\s+b[ ]c\s+d`},
		{anyNewline("a\nb\\nc"), `a[\r\n]+b[\r\n]+c`},
		{dropCR(`a\r?\nb\r\n`), `a\nb\n`},
		{restoreEscapes(`d+ [d+] \d+ w{2} s*x`), `\d+ [d+] \d+ \w{2} \s*x`},
		{escapeSome(`^a$b[c]\(d)$`, "$()", true), `^a\$b[c]\(d\)$`},
		{escapeSome(`^a[b`, "^$[]", false), `\^a\[b`},
		{escapeSome(`a[`, "$", false), `a[`},
		{escapeSome(`a\`, "$", false), `a\`},
		{parts(`\`, func(_ int, p string) string { return "<" + p + ">" }), `<\>`},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func TestEscapeSequencesEnd(t *testing.T) {
	for in, want := range map[string]int{
		"\x1b":           1,
		"\x1b[31mx":      5,
		"\x1b[3":         3,
		"\x1b[3\nx":      3,
		"\x1b]0;t\ax":    6,
		"\x1b]0;t\x1b\\": 7,
		"\x1b]0;t":       5,
		"\x1b(Bx":        3,
		"\x1b(":          2,
		"\x1b=x":         2,
	} {
		if got := sequence([]byte(in)); got != want {
			t.Errorf("sequence(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ in, encoding, want string }{
		{"\x80\xe9", "windows-1252", "€é"},
		{"\x81\xcd", "cp437", "ü═"},
		{"a\x00\xac\x20\x00\xd8", "utf-16le", "a€\ufffd"},
		{"\x00a\x20\xac", "utf-16be", "a€"},
		{"\xd3\xc3", "gbk", "用"},
		{"\xa5\xce", "big5", "用"},
		{"\x97\x70", "shift_jis", "用"},
		{"\xbb\xe7", "euc-kr", "사"},
		{"a", "ebcdic", ""},
	} {
		if got := string(decode([]byte(c.in), c.encoding)); got != c.want {
			t.Errorf("decode(%q, %s) = %q, want %q", c.in, c.encoding, got, c.want)
		}
	}
}

// What a view shows leads back to the text as it came.
func TestViewsLeadBack(t *testing.T) {
	text := subject{text: []byte("a\x1b[1mb\x1b[0m\x00c\r\nd“e”…\u200bf")}
	for _, c := range []struct {
		name       string
		v          *variant
		find, want string
	}{
		{"escapes", withoutEscapes(text), "ab", "a\x1b[1mb"},
		{"controls", withoutControls(text), "abc\nd", "a\x1b[1mb\x1b[0m\x00c\r\nd"},
		{"nuls", withoutNULs(text), "mc", "m\x00c"},
		{"returns", withoutReturns(text), "c\nd", "c\r\nd"},
		{"folded", folded(text), `"e"...f`, "“e”…\u200bf"},
	} {
		p, _ := compile(&work{workLimit}, regexp.QuoteMeta(c.find), "")
		s, ok := p.findLate(&work{workLimit}, c.v.subject)
		if !ok {
			t.Errorf("%s: no %q in %q", c.name, c.find, c.v.text)
			continue
		}
		o := c.v.origin(s)
		if got := string(text.text[o.start:o.end]); got != c.want {
			t.Errorf("%s: %q came from %q, want %q", c.name, c.find, got, c.want)
		}
	}
}
