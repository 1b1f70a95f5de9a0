package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// A host that draws its line again costs what is new in it.
func TestRedrawsTellWhatIsNew(t *testing.T) {
	for _, c := range []struct {
		name, in, seen string
		text           int // bytes of the log
	}{
		{"the same line", strings.Repeat("\rReading package lists", 9), "Reading package lists", 21},
		{"a counter", "\r  1% done\r  2% done\r  3% done", "  3% done", 9 + 2*7},
		{"a wide line", strings.Repeat("\r日本語 ok", 5), "日本語 ok", 12},
		{"a wide line that changes", "日本語\r日本人", "日本人", 9 + 3},
		{"half of a wide character", "日x\r 日", " 日", 4 + 4},
		{"blanks over what was erased", "ab\x1b[5Cc\rab     c", "ab     c", 8},
		{"blanks that were erased are printed", "ab\x1b[3Cc\rab   \x1b[K", "ab   ", 6},
		{"a bar", "\r[###   ]\r[####  ]", "[####  ]", 8 + 4},
		{"half a redraw", "abcdef\rabc", "abc", 6},
		{"a character drawn over another", "e\u0301x\re\u0301x", "e\u0301x", 4 + 4},
		{"a spinner that stands still", "work |\b|\b|\b|", "work |", 6},
		{"wrapped rows", "abcd\x1b[H\x1b[2Jabcd", "abcd\nabcd", 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			everyWay(t, "utf-8", c.in, c.seen)
			if l := told(t, "utf-8", []byte(c.in)); len(l.text) != c.text {
				t.Errorf("the log has %d bytes, want %d: %q %v", len(l.text), c.text, l.text, l.edits)
			}
		})
	}
}

// What is told at a pause is what is seen then, wherever in a redraw it is.
func TestPausesWithinRedraws(t *testing.T) {
	words := []string{"abc", "\r", "\b", "ab", "日本", "日", " ", "  ", "x", "\x1b[2D", "\x1b[C", "\x1b[K", "\x1b[3G", "\r\n", "e\u0301", "\t", "\x1b[@", "\x1b[P", "\x1b[4h", "\x1b[4l"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var in strings.Builder
		for range 2 + r.IntN(14) {
			in.WriteString(words[r.IntN(len(words))])
		}
		paused, err := text.NewView("")
		if err != nil {
			t.Fatal(err)
		}
		paused.SetWindow(7, 24)
		all := new(log)
		for i := range len(in.String()) {
			all.take(paused, paused.Append(nil, []byte{in.String()[i]}))
			all.take(paused, paused.Sync(nil))
			once, _ := text.NewView("")
			once.SetWindow(7, 24)
			l := new(log)
			l.take(once, once.Append(nil, []byte(in.String()[:i+1])))
			l.take(once, once.Sync(nil))
			// A blank that erases is text until the cursor has left it, as pauses tell.
			got, want := strings.TrimRight(all.seen(), " "), strings.TrimRight(l.seen(), " ")
			if got != want {
				t.Fatalf("%q after %d bytes: seen %q with pauses, %q without", in.String(), i+1, got, want)
			}
		}
	}
}

// A redraw that changes nothing is work of the peer's all the same.
func TestRedrawn(t *testing.T) {
	v, err := text.NewView("")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in   string
		want bool
	}{{"日 $ ", false}, {"\r", false}, {"日", true}, {" $ ", true}, {"\x00\x1b[m", false}, {"\b", true}, {"\x1b[1C\b", true}, {" ", true}, {"ls", false}} {
		v.Append(nil, []byte(c.in))
		if got := v.Redrawn(); got != c.want {
			t.Errorf("%q: got %v", c.in, got)
		}
	}
}

// A cursor that goes up and down again is in the line that it left.
func TestUpAndDownAgain(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"up and down", "ab\x1b[A\x1b[Bc", "abc"},
		{"down and up", "ab\x1b[B\x1b[Ac", "abc"},
		{"in two steps", "ab\x1b[2A\x1b[B\x1b[Bc", "abc"},
		{"and to the left", "ab\x1b[A\x1b[D\x1b[Bc", "ac"},
		{"from an empty line", "x\n\x1b[A\x1b[By", "x\ny"},
		{"not so far", "ab\x1b[2A\x1b[Bc", "ab\n  c"},
		{"by way of elsewhere", "ab\x1b[5;1H\x1b[A\x1b[Bc", "ab\nc"},
		{"from the first row", "\x1b[1;1Hab\x1b[2A\x1b[2Bc", "ab\n  c"},
		{"to the screen's edge", "ab\x1b[99A\x1b[99Bc", "ab\n  c"},
		{"again and again", strings.Repeat("\x1b[A\x1b[Bx", 50), strings.Repeat("x", 50)},
	} {
		t.Run(c.name, func(t *testing.T) { everyWay(t, "utf-8", c.in, c.want) })
	}
}

// A window that is told before the first line holds in it.
func TestWindowOfTheFirstLine(t *testing.T) {
	for _, before := range []string{"", "one\r\n", "\x1b[m", "$ "} {
		v, err := text.NewView("")
		if err != nil {
			t.Fatal(err)
		}
		first := v.Append(nil, []byte(before))
		v.SetWindow(10, 24)
		out := v.Append(nil, []byte("abcdefghijkl\rXY"))
		want := "abcdefghijXY"
		if before == "$ " { // it began in a wider one
			want = "XY"
		}
		seen := string(text.Apply(first, out, v.Edits()))
		if line := seen[strings.LastIndexByte(seen, '\n')+1:]; line != want {
			t.Errorf("behind %q: got %q", before, line)
		}
	}
}

// Whether something came that ends a pause does not depend on how it was cut, even if the
// cursor is where it was again, or a character is none that is seen.
func TestWorkAndCuts(t *testing.T) {
	for _, c := range []struct {
		encoding, before, in string
		want                 bool
	}{
		{"", "ab\b", "\x1b[C\b", true},
		{"", "ab", "\x1b[D\x1b[C", true},
		{"", "ab", "\b\x1b[5;3H", true},
		{"", "\x1b7ab", "\x1b8\x1b[2C", true},
		{"", "ab", "\x1b[A\x1b[B", false},
		{"", "ab\x1b[D\x1b7", "\x1b[?1049h\x1b8", true},
		{"", "ab\x1b[C", "\x1b[K\xe6", true},
		{"", "ab", "\x1b[m\x00\x1b[?25l", false},
		{"", "ab", "\u200e", true},
		{"", "", "\x1b[C\u0301", true},
		{"", "ab\b", "\u0080", true},
		{"gb18030", "ab", "\x81\x36\xa5\x31", true}, // U+200E
		{"hz-gb-2312", "ab", "~{", true},
		{"utf-16le", "a\x00", "\x1b\x00[\x00m\x00", true},
	} {
		changed := func(pieces ...string) (changed bool) {
			v := newView(t, c.encoding)
			v.Append(nil, []byte(c.before))
			for _, p := range pieces {
				held := v.Held()
				out := v.Append(nil, []byte(p))
				changed = changed || len(out)+len(v.Edits()) > 0 || v.Redrawn() || !held && v.Held()
			}
			return changed
		}
		if got := changed(c.in); got != c.want {
			t.Errorf("%s %q behind %q: got %v", c.encoding, c.in, c.before, got)
		}
		single := make([]string, len(c.in))
		for i := range single {
			single[i] = c.in[i : i+1]
		}
		if got := changed(single...); got != c.want {
			t.Errorf("%s %q behind %q, byte by byte: got %v", c.encoding, c.in, c.before, got)
		}
	}
}
