package reference

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func load(t *testing.T) *Reference {
	t.Helper()
	r, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLookup: every way to write a name, and the order where it stands for several.
func TestLookup(t *testing.T) {
	r := load(t)
	for name, want := range map[string]string{
		"connect":         "connect",
		"connect()":       "connect",
		"expect":          "session:expect",
		"s:expect":        "session:expect",
		"s.expect":        "session:expect",
		"session:expect":  "session:expect",
		"session.expect":  "session:expect",
		":expect":         "session:expect",
		"connect.timeout": "connect.timeout",
		"timeout":         "connect.timeout interact.timeout expect.timeout run.timeout session.timeout",
		"match.before":    "match.before",
		"before":          "match.before",
		"eof":             "EOF",
		"json":            "json",
		"json.decode":     "json.decode",
		"session":         "session error.session",
		"moonwire.match":  "match",
		"window":          "window connect.window",
		"options":         "options session:options connect.options",
		"interact":        "interact session:interact",
		"exit status":     "exit status",
		"exit-status":     "exit status",
		"Exit_Status":     "exit status",
		"no such name":    "",
		"":                "",
	} {
		var got []string
		for _, e := range r.Lookup(name) {
			got = append(got, e.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, not %q", name, got, want)
		}
	}
}

// TestRender: everything fits a terminal, and nothing is empty.
func TestRender(t *testing.T) {
	r := load(t)
	const width = 80
	texts := map[string]string{"": r.Overview(Style{})}
	for _, e := range r.Entries() {
		texts[e.Name] = r.Render(e, Style{})
		if e.Summary() == "" {
			t.Errorf("%s is not described", e.Name)
		}
	}
	for name, text := range texts {
		if strings.Count(text, "\n") < 2 {
			t.Errorf("%s is %q", name, text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			code := strings.HasPrefix(line, "    ")
			if n := utf8.RuneCountInString(line); n > width && !code || n > 110 {
				t.Errorf("%s has a line of %d: %s", name, n, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s has blanks at the end of %q", name, line)
			}
		}
	}
}

// TestStyle: paragraphs are as wide as the terminal, between two bounds, and colours change
// nothing but the colour.
func TestStyle(t *testing.T) {
	r := load(t)
	sequence := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, width := range []int{1, 40, 100, 1000} {
		colored := r.Overview(Style{Width: width, Color: true})
		if plain := r.Overview(Style{Width: width}); sequence.ReplaceAllString(colored, "") != plain || plain == colored {
			t.Errorf("at %d the overview in colour is another", width)
		}
		for _, e := range r.Entries() {
			text := r.Render(e, Style{Width: width})
			colored := r.Render(e, Style{Width: width, Color: true})
			if sequence.ReplaceAllString(colored, "") != text {
				t.Errorf("at %d %s in colour is another:\n%q\n%q", width, e.Name, colored, text)
			}
		}
	}
	longest := func(width int) int {
		n := 0
		for line := range strings.SplitSeq(r.Render(r.Lookup("expect")[0], Style{Width: width}), "\n") {
			if !strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "s:") {
				n = max(n, utf8.RuneCountInString(line))
			}
		}
		return n
	}
	for _, width := range []int{60, 80, 100} {
		if n := longest(width); n > width || n < width-15 {
			t.Errorf("at %d the longest line has %d", width, n)
		}
	}
}

// TestTopics: the pages there must be, each with a title of its own.
func TestTopics(t *testing.T) {
	var names []string
	for _, e := range load(t).Topics() {
		names = append(names, e.Name)
		title, _, _ := strings.Cut(e.Text, "\n")
		if !strings.HasPrefix(title, "# ") || !strings.Contains(title, ": ") {
			t.Errorf("%s begins with %q", e.Name, title)
		}
	}
	for _, name := range []string{
		"matching", "options", "errors", "interact", "secrets", "exit status", "recording", "traces",
		"porting telnetlib", "porting expect", "porting pexpect", "porting ssh", "porting minicom", "porting commands",
	} {
		if !slices.Contains(names, name) {
			t.Errorf("there is no page about %s", name)
		}
	}
}

// TestReferences: what a text calls a topic is one.
func TestReferences(t *testing.T) {
	r := load(t)
	for _, e := range r.Entries() {
		text := strings.Join(strings.Fields(e.Text), " ")
		for {
			_, after, found := strings.Cut(text, "topic `")
			if !found {
				break
			}
			name, rest, _ := strings.Cut(after, "`")
			if found := r.Lookup(name); len(found) == 0 || found[0].Kind != Topic {
				t.Errorf("%s speaks of the topic %s", e.Name, name)
			}
			text = rest
		}
	}
}

// TestSummary: the first sentence, as it reads in a list.
func TestSummary(t *testing.T) {
	for text, want := range map[string]string{
		"One. Two.":                    "One.",
		"One\nline. And two.":          "One line.",
		"See `a. B` there. Then.":      "See `a. B` there.",
		"Such as e.g. this one. Then.": "Such as e.g. this one.",
		"No end\n\nmore":               "No end",
	} {
		if got := (&Entry{Kind: Function, Text: text}).Summary(); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestSignature: optional parameters in brackets.
func TestSignature(t *testing.T) {
	r := load(t)
	for name, want := range map[string]string{
		"connect":     "connect(address [, port] [, options])",
		"read_all":    "s:read_all([timeout])",
		"write":       "s:write(...)",
		"json.encode": "json.encode(value [, indent])",
		"EOF":         "EOF",
	} {
		if got := r.Lookup(name)[0].Signature(); got != want {
			t.Errorf("%s is written %s", name, got)
		}
	}
}

// TestKeysAndNames: what completion asks for.
func TestKeysAndNames(t *testing.T) {
	r := load(t)
	if keys := r.Keys("expect"); !slices.Equal(keys, []string{"order", "settle", "timeout"}) {
		t.Errorf("expect takes %q", keys)
	}
	if keys := r.Keys("write"); keys != nil {
		t.Errorf("write takes %q", keys)
	}
	names := r.Names()
	for _, name := range []string{"connect", "connect.timeout", "matching", "session:expect"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among the names", name)
		}
	}
}

// TestStubMistakes: each kind of mistake in a stub is told with its place.
func TestStubMistakes(t *testing.T) {
	for source, want := range map[string]string{
		"---A comment\n\nx = nil":           "meta/x.lua:2: a comment that belongs to nothing: A comment",
		"---@nonsense":                      "meta/x.lua:1: an annotation that is not known: @nonsense",
		"---@field x number":                "meta/x.lua:1: a field without a class: x number",
		"---@class moonwire.c\n---@field x": "meta/x.lua:2: a field without a type: x",
		"---@param x":                       "meta/x.lua:1: a parameter without a type: x",
		"function nothing:method() end":     "meta/x.lua:1: nothing is known of nothing",
		"print(1)":                          "meta/x.lua:1: a declaration that is not known: print(1)",
	} {
		err := (&Reference{}).addStub("x.lua", source)
		if err == nil || err.Error() != want {
			t.Errorf("%q gives %v", source, err)
		}
	}
}

// TestTypes: one file, with what is ours alone left out.
func TestTypes(t *testing.T) {
	types := load(t).Types()
	if strings.Count(types, "---@meta") != 1 || !strings.HasPrefix(types, "---@meta\n") {
		t.Error("there must be one ---@meta, in the first line")
	}
	for _, want := range []string{
		"\nfunction session:read_until(text, timeout) end\n",
		"\nfunction read_until(text, timeout) end\n",
		"\n---@overload fun(name: \"json\"): json\n",
	} {
		if !strings.Contains(types, want) {
			t.Errorf("%q is not in it", want)
		}
	}
	if strings.Contains(types, "---@global") {
		t.Error("---@global is in it")
	}
}

// TestPlain: each thing that topics are written with.
func TestPlain(t *testing.T) {
	markdown := "# title: words\n\nA paragraph\nof two lines.\n\n- an item that goes on\n  here\n- two\n\n1. one\n\n" +
		"| a | b |\n|---|---|\n| `x \\| y` | " + strings.Repeat("word ", 30) + "|\n\n```lua\nif x then\n\n  y()\n```"
	want := `Title: words
============

A paragraph of two lines.

- an item that goes on here
- two

1. one

  a        b
  -------  ---------------------------------------------------------------------
  ` + "`x | y`" + `  word word word word word word word word word word word word word word
           word word word word word word word word word word word word word word
           word word

    if x then

      y()
`
	if got := new(Style).plain(markdown); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestParameters: what a comment says of parameters is what the declaration takes.
func TestParameters(t *testing.T) {
	for _, e := range load(t).Entries() {
		if e.Kind != Function && e.Kind != Method {
			continue
		}
		_, rest, _ := strings.Cut(e.raw[len(e.raw)-1], "(")
		declared, _, _ := strings.Cut(rest, ")")
		var described []string
		for _, p := range e.Params {
			described = append(described, p.Name)
			if p.Type == "" {
				t.Errorf("%s: %s has no type", e.Name, p.Name)
			}
		}
		if got := strings.Join(described, ", "); got != declared {
			t.Errorf("%s takes (%s), and (%s) is described", e.Name, declared, got)
		}
	}
}
