package luabind_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/moonwire/moonwire/luabind"
)

// columnsOf is what Unicode says.
func columnsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// TestColumnsWidth holds the module's lists to Unicode's, on both sides of each border
// and here and there between.
func TestColumnsWidth(t *testing.T) {
	var out bytes.Buffer
	in := luabind.New(luabind.Config{Stdout: &out, Stdin: strings.NewReader("")})
	var text strings.Builder
	var want []string
	before := 1
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		n := columnsOf(r)
		if n == before && r%101 != 0 {
			continue // in the middle of a range
		}
		before = n
		for _, c := range []rune{r - 1, r} {
			if utf8.ValidRune(c) && c >= 0x80 {
				want = append(want, fmt.Sprintf("%x %d", c, columnsOf(c)))
				fmt.Fprintf(&text, "%c", c)
			}
		}
	}
	const code = `local text = ...
local columns = require "columns"
for char in text:gmatch("[\192-\247][\128-\191]+") do print(columns.width(char)) end`
	if err := in.Run(t.Context(), []byte(code), "width", text.String()); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(out.String())
	if len(got) != len(want) {
		t.Fatalf("%d characters, want %d", len(got), len(want))
	}
	wrong := 0
	for i, w := range want {
		if !strings.HasSuffix(w, " "+got[i]) {
			if wrong++; wrong < 10 {
				t.Errorf("U+%s columns: got %s", w, got[i])
			}
		}
	}
}
