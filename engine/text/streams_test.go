package text_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// TestStreams feeds random streams of all that views act on, some of them for long, with
// pauses and windows of all sizes: none ends the program, and no edit takes back what
// was never told.
func TestStreams(t *testing.T) {
	parts := []string{
		"a", "bc", "abcdef", " ", "x y", "   ", "           ", strings.Repeat("x", 39), "漢", "e\u0301", "\u0301", "\xff", "\x00", "\x0c",
		"\r", "\n", "\t", "\b", "\b\b", "%               \r \r", "~              ",
		"\x1b[C", "\x1b[500C", "\x1b[D", "\x1b[3D", "\x1b[9D", "\x1b[A", "\x1b[5A", "\x1b[B", "\x1b[60G", "\x1b[H", "\x1b[3;4H", "\x1b[d", "\x1b[Z", "\x1b[I",
		"\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[2P", "\x1b[2@", "\x1b[3X", "\x1b[3b", "\x1b[4h", "\x1b[4l",
		"\x1b7", "\x1b8", "\x1b[s", "\x1b[u", "\x1bM", "\x1bD", "\x1bE", "\x1b[L", "\x1b[M", "\x1b[S", "\x1b[T", "\x1b[r", "\x1b[2;9r", "\x1b[?1049h",
	}
	shell := []string{ // what the marks of shells are made of
		"ab           \r", "a \r", " \r", "%               \r \r", "x", strings.Repeat("y", 80), "\x1b[J", "\x1b[K", "\x1b[P", "漢", "\b", "\x1b[m",
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		v, err := text.NewView([]string{"", "", "big5", "iso-8859-1"}[r.IntN(4)])
		if err != nil {
			t.Fatal(err)
		}
		v.SetWindow([]int{1, 2, 5, 10, 20, 80, 80, 80, 500}[r.IntN(9)], []int{0, 1, 24}[r.IntN(3)])
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		some := parts[:6+r.IntN(len(parts)-6)]
		if r.IntN(4) == 0 {
			some = shell
		}
		var story strings.Builder
		func() {
			defer func() {
				if fault := recover(); fault != nil {
					t.Fatalf("%v: %s", fault, &story)
				}
			}()
			seen := 0
			told := func(out []byte) {
				from := 0
				for _, e := range v.Edits() {
					seen += e.At - from
					from = e.At
					for range e.Again + 1 {
						seen -= e.Back
						if e.At > len(out) || e.Back < 1 || seen < 0 {
							t.Fatalf("%+v of %d bytes, %d seen: %s", e, len(out), seen, &story)
						}
						seen++ // the byte that takes its place, but for the last
					}
					seen--
					from += e.Again
				}
				seen += len(out) - from
			}
			for range 1 + r.IntN(12) {
				var stream strings.Builder
				for range 1 + r.IntN(16) {
					stream.WriteString(some[r.IntN(len(some))])
				}
				times := 1
				if r.IntN(12) == 0 {
					times += r.IntN(1500)
				}
				fmt.Fprintf(&story, "%d times %q, ", times, stream.String())
				told(v.Append(nil, []byte(strings.Repeat(stream.String(), times))))
				switch r.IntN(12) {
				case 0:
					told(v.Flush(nil))
				case 1:
					told(v.Mark(nil))
				case 2:
					told(v.Sync(nil))
				case 3:
					v.SetWindow(1+r.IntN(100), r.IntN(30))
				case 4:
					v.Reset()
				}
			}
		}()
	}
}

// A line of nothing but characters that take no column is not gone through for each call.
func TestNoColumnsWithoutEnd(t *testing.T) {
	v := newView(t, "")
	v.Append(nil, []byte("x"))
	for range 100_000 {
		v.Append(nil, []byte("\u0301"))
	}
	if out := text.Apply(nil, v.Append(nil, []byte("\x1b[Dy")), v.Edits()); string(out) != "y" {
		t.Errorf("got %q", out)
	}
}
