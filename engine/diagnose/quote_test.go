package diagnose

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":                         `""`,
		"login: \r\n":              `"login: \r\n"`,
		"\x1b[0m\x00":              `"\x1b[0m\0"`,
		"\x007":                    `"\x007"`,
		"\t\"\\":                   `"\t\"\\"`,
		"Grüße 日本":                 `"Grüße 日本"`,
		"\xff\xfe":                 `"\xff\xfe"`,
		"a\u00a0b\u200b\u202e":     `"a\194\160b\226\128\139\226\128\174"`,
		"e\u0301":                  `"e\204\129"`,
		"\x7f":                     `"\x7f"`,
		string(rune(0xfffd)) + "x": "\"\ufffdx\"",
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
		if got := string(AppendQuote(nil, []byte(in))); got != want {
			t.Errorf("AppendQuote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestQuoteCuts(t *testing.T) {
	const s = "0123456789"
	for _, c := range [][2]string{
		{QuoteMiddle(s, 10), `"0123456789"`},
		{QuoteMiddle(s, 6), `"01" ... 4 bytes ... "6789"`},
		{QuoteMiddle(s, 0), `"" ... 8 bytes ... "89"`},
		{QuoteMiddle("ééééé", 6), `"é" ... 4 bytes ... "éé"`},
		{QuoteTail(s, 10, 0), `"0123456789"`},
		{QuoteTail(s, 3, 0), `... 7 bytes ... "789"`},
		{QuoteTail(s, 3, 5), `... 12 bytes ... "789"`},
		{QuoteTail(s, 99, 5), `... 5 bytes ... "0123456789"`},
		{QuoteTail("éé", 3, 0), `... 2 bytes ... "é"`},
		{QuoteHead(s, 99), `"0123456789"`},
		{QuoteHead(s, 3), `"012" ... 7 bytes`},
		{QuoteHead("\x80\x80\x80\x80\x80\x80", 5), `"\x80\x80\x80\x80\x80" ... 1 bytes`},
	} {
		if c[0] != c[1] {
			t.Errorf("got %s, want %s", c[0], c[1])
		}
	}
}

func TestLuaString(t *testing.T) {
	for in, want := range map[string]string{
		"login: ":          `"login: "`,
		`\$ $`:             `[[\$ $]]`,
		`say "x"`:          `[[say "x"]]`,
		`a\[[x]]b`:         `[=[a\[[x]]b]=]`,
		`[\d]`:             `[=[[\d]]=]`,
		"\x1b[\\d":         `"\027[\\d"`,
		"\"\r\n\t":         `"\"\r\n\t"`,
		"\xff\\":           `"\255\\"`,
		"é":                `"é"`,
		`\ ]] ]=] ]==]`:    `"\\ ]] ]=] ]==]"`,
		`\]=]`:             `"\\]=]"`,
		"\u00a01":          `"\194\1601"`,
		`]\` + "\"" + `]=`: `[[]\"]=]]`,
	} {
		if got := LuaString(in); got != want {
			t.Errorf("LuaString(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestReportLines(t *testing.T) {
	f := Facts{Call: "expect", Waited: 12345 * 1e6, Pending: []byte(strings.Repeat("x", 300)), Reason: Interrupted}
	for range 10 {
		f.Patterns = append(f.Patterns, Pattern{Source: strings.Repeat("long ", 40)})
	}
	f.Patterns[1] = Pattern{Source: "a", Flags: "i"}
	f.Patterns[2] = Pattern{Kind: Glob, Source: "a*"}
	f.Patterns[3] = Pattern{Kind: Event, Source: "EOF"}
	lines := Diagnose(f).Lines()
	for i, want := range []string{
		`interrupted after 12.3s of waiting for "` + strings.Repeat("long ", 15) + `long... or regex("a", "i") or glob "a*" or EOF or 6 more`,
		`  pending: ... 60 bytes ... "` + strings.Repeat("x", 240) + `"`,
		`  1: "` + strings.Repeat("long ", 15) + `long...: nothing like it came`,
		`  2: regex("a", "i"): nothing like it came`,
		`  3: glob "a*": nothing like it came`,
		`  4: EOF: the peer did not close`,
	} {
		if i >= len(lines) || lines[i] != want {
			t.Errorf("line %d: got\n%s\nwant\n%s", i, lines[i], want)
		}
	}
	if want := "  ... 2 more patterns"; lines[10] != want {
		t.Errorf("line 10: got %s, want %s", lines[10], want)
	}
	if got := Diagnose(Facts{}).What; got != "waited 0s for text" {
		t.Errorf("without patterns: %s", got)
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain \"text\" \\ é\n\tnext": "plain \"text\" \\ é\n\tnext",
		"\x1b[2J\r\a\x00":             `\x1b[2J\r\x07\0`,
		"\xff \x9b \u009b \ufffd":     "\\xff \\x9b \\194\\155 \ufffd",
		"\u202eabc\u200b\u00a0":       `\226\128\174abc\226\128\139\194\160`,
		"e\u0301":                     "e\u0301",
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
