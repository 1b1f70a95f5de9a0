package match

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// An edit of the text in tryBack: so many bytes are taken back, and others appended.
type edit struct {
	back int
	text string
}

// tryBack appends to a text and takes back, and wants of a Matcher that goes with it what
// one knows that is fed the text as it stands.
func tryBack(t *testing.T, list []Pattern, edits []edit, anchors bool) {
	t.Helper()
	set, err := Compile(list)
	if err != nil {
		return
	}
	m := set.NewMatcher()
	if anchors {
		m.Anchor()
	}
	var text []byte
	for i, e := range edits {
		to := max(len(text)-e.back, 0)
		m.Back(int64(to), Bytes(text))
		text = text[:to]
		fresh := set.NewMatcher()
		fresh.Feed(text)
		same := func(what string) bool {
			got, ok := m.Best(Bytes(text))
			want, wanted := fresh.Best(Bytes(text))
			if ok != wanted || m.Status() != fresh.Status() || fmt.Sprint(got) != fmt.Sprint(want) || m.Pos() != fresh.Pos() {
				t.Fatalf("%v, %d of %v %s, at %q: got %v %v %v, want %v %v %v", list, i, edits, what, text, m.Status(), got, ok, fresh.Status(), want, wanted)
			}
			return m.Status() != Decided
		}
		if !same("taken back") {
			return
		}
		m.Feed([]byte(e.text))
		text = append(text, e.text...)
		fresh.Feed([]byte(e.text))
		if !same("appended") {
			return
		}
	}
}

// tryStep is tryBack for Step, and for Spin: each text is given once more, a byte in the
// place of the last.
func tryStep(t *testing.T, list []Pattern, edits []edit, anchors bool) {
	t.Helper()
	set, err := Compile(list)
	if err != nil {
		return
	}
	m := set.NewMatcher()
	if anchors {
		m.Anchor()
	}
	var text []byte
	for i, e := range edits {
		same := func(what string) bool {
			t.Helper()
			fresh := set.NewMatcher()
			fresh.Feed(text)
			got, ok := m.Best(Bytes(text))
			want, wanted := fresh.Best(Bytes(text))
			if ok != wanted || m.Status() != fresh.Status() || fmt.Sprint(got) != fmt.Sprint(want) || m.Pos() != fresh.Pos() {
				t.Fatalf("%v, %d of %v %s, at %q: got %v %v %v, want %v %v %v", list, i, edits, what, text, m.Status(), got, ok, fresh.Status(), want, wanted)
			}
			return m.Status() != Decided
		}
		to := max(len(text)-e.back, 0)
		old := text
		text = append(text[:to:to], e.text...)
		var n int
		var decided bool
		if i%5 == 3 { // the trail ends
			m.Back(int64(to), Bytes(old))
			n, _ = m.Feed([]byte(e.text))
			decided = m.Status() == Decided
		} else {
			n, decided = m.Step(int64(to), []byte(e.text), Bytes(old))
		}
		if text = text[:to+n]; n < len(e.text) && !decided {
			t.Fatalf("%v, %d of %v: %d bytes of %q", list, i, edits, n, e.text)
		}
		if !same("stepped") {
			return
		}
		if i%3 == 2 {
			if keep := m.Keep(); keep > int64(len(text)) || !same("kept") {
				t.Fatalf("keeps %d of %q", keep, text)
			}
		}
		for spin := []byte(e.text); len(text) > 0 && len(spin) > 0; spin = spin[1:] {
			n := m.Spin(spin)
			for _, b := range spin[:n] {
				text = append(text[:len(text)-1:len(text)-1], b)
				if _, st := set.NewMatcher().Feed(text); st == Decided {
					t.Fatalf("%v, %d of %v: %q decides and was passed over", list, i, edits, text)
				}
			}
			if !same("spun") {
				return
			}
			if spin = spin[n:]; len(spin) == 0 {
				break
			}
			old := text
			text = append(text[:len(text)-1:len(text)-1], spin[0])
			if m.Step(int64(len(text)-1), spin[:1], Bytes(old)); !same("spun by a step") {
				return
			}
		}
	}
}

func TestStep(t *testing.T) {
	for _, list := range backLists {
		for _, anchors := range []bool{false, true} {
			tryStep(t, list, []edit{
				{0, "a roc"},
				{1, "uter 12"},
				{3, "x"},
				{0, "|/-|/-"},
				{1, ""},
				{0, "\xe6\x97"},
				{2, "日"},
				{3, "\xe6"},
				{1, "\xe6\x97\xa5本"},
				{0, strings.Repeat("long ", 60)},
				{250, "y"},
				{3, "y|/-x"},
				{100, "router#"},
				{0, " "},
				{1, "5"},
				{9, "xxx"},
			}, anchors)
		}
	}
}

var backLists = [][]Pattern{
	{{Source: `router[#>] $`}},
	{{Source: `\b\d+\b`}, {Source: `(?m)^x+$`}},
	{{Source: `日本`}, {Source: `a.*b`}},
	{{Source: `a|ab`}, {Source: `\z`}},
}

func TestBack(t *testing.T) {
	for _, list := range backLists {
		for _, anchors := range []bool{false, true} {
			tryBack(t, list, []edit{
				{0, "a roc"}, {1, "uter 12"}, {3, "x"}, {0, "\xe6\x97"}, {2, "日"}, {3, "\xe6"}, {1, "\xe6\x97\xa5本"}, {100, "router#"}, {0, " "}, {1, "5"}, {9, "xxx"},
			}, anchors)
		}
	}
}

// FuzzBack tries edits at random.
func FuzzBack(f *testing.F) {
	for _, list := range corpus {
		f.Add(list, []byte("\x00router\x03# \x01x\x02\xe6\x97\xa5\x04a b12"))
	}
	f.Fuzz(func(t *testing.T, source string, script []byte) {
		if len(source) > 60 || len(script) > 300 {
			return
		}
		var edits []edit
		for _, b := range script {
			if b < 8 || len(edits) == 0 {
				edits = append(edits, edit{back: int(b) % 8 * 3})
				continue
			}
			edits[len(edits)-1].text += string([]byte{b})
		}
		tryBack(t, []Pattern{{Source: source}, {Source: "x+$"}}, edits, len(script)%2 == 0)
		tryStep(t, []Pattern{{Source: source}, {Source: "x+$"}}, edits, len(script)%2 == 0)
	})
}

// A long line that is edited over and over is looked at in proportion to the edits.
func TestBackIsLinear(t *testing.T) {
	set, err := Compile([]Pattern{{Source: `(?m)^end$`}})
	if err != nil {
		t.Fatal(err)
	}
	m := set.NewMatcher()
	m.Anchor()
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = 'x'
	}
	m.Feed(text)
	c := &counting{text: text}
	for range 10_000 {
		m.Back(int64(len(text)-100), c)
		m.Feed(text[len(text)-100:])
	}
	// The first goes back to the anchor, all others to a place just before the end.
	if c.asked > 3*len(text)/markEvery+20_000 {
		t.Errorf("the text was asked for %d times", c.asked)
	}
	if len(m.marks) > maxMarks {
		t.Errorf("%d marks are kept", len(m.marks))
	}
}

// counting counts how often it is asked, and gives no more than markEvery bytes.
type counting struct {
	text  []byte
	asked int
}

func (c *counting) Chunk(at int64) ([]byte, int64) {
	c.asked++
	return c.text[at:min(int(at)+markEvery, len(c.text))], at
}

// An event stays where it was when the text goes back to its place.
func TestBackKeepsTheEvent(t *testing.T) {
	m := mustCompile(t, Pattern{Source: "ab+c"}, Pattern{Kind: EventKind, Event: Prompt}).NewMatcher()
	m.Anchor()
	m.Feed([]byte("ab"))
	m.Mark(Prompt)
	m.Feed([]byte("b"))
	m.Back(2, Bytes("abb"))
	if _, st := m.Feed([]byte("x")); st != Decided {
		t.Fatalf("got %v", st)
	}
	if r := m.Result(Bytes("abx")); r.Index != 1 || r.Start != 2 {
		t.Errorf("got %+v", r)
	}
}

// The trail leads back over as many bytes as it keeps states of, and no further.
func TestStepOverTheWholeTrail(t *testing.T) {
	for back := trailSize - 2; back <= trailSize+2; back++ {
		m := mustCompile(t, Pattern{Source: "[a-m][b-n]"}).NewMatcher()
		m.Feed([]byte("xazzz")) // so that the states are there
		m.Reset(-1)
		text := append([]byte("xa"), bytes.Repeat([]byte("z"), back)...)
		m.Step(0, text[:2], Bytes(text))
		m.Step(2, text[2:2+back/2], Bytes(text))
		m.Step(int64(2+back/2), text[2+back/2:], Bytes(text))
		if _, decided := m.Step(2, []byte("b"), Bytes(text)); !decided {
			t.Errorf("%d bytes back: ab is not found", back)
		}
	}
}

// A match that began in text that is gone is not found on the way back.
func TestStepBackBehindWhatIsGone(t *testing.T) {
	m := mustCompile(t, Pattern{Source: "abz"}).NewMatcher()
	text := Bytes("abc")
	m.Step(0, []byte("ab"), text)
	m.Step(2, []byte("c"), text)
	m.Forget(1)
	if _, decided := m.Step(2, []byte("z"), text); decided {
		t.Error("abz is found without its a")
	}
}

// The same place may be come to again by other bytes. Then the trail leads elsewhere.
func TestTrailThatWasLeft(t *testing.T) {
	set := mustCompile(t, Pattern{Kind: Exact, Source: "ab"})
	for range 3 { // the automaton learns
		m := set.NewMatcher()
		m.Anchor()
		m.Feed([]byte("-"))
		m.Step(1, []byte("a "), Bytes("-"))
		m.Back(1, Bytes("-a "))
		m.Feed([]byte("xy"))
		if _, decided := m.Step(2, []byte("b"), Bytes("-xy")); decided {
			t.Error("a match is found that is not there")
		}
	}
}

// forgotten is a text whose beginning is gone.
type forgotten struct {
	text []byte
	gone int64
}

func (f *forgotten) Chunk(at int64) ([]byte, int64) {
	if at < f.gone {
		panic("a byte is asked for that is gone")
	}
	return f.text[f.gone:], f.gone
}

// Of a text that goes back after its beginning was forgotten nothing is asked for that is gone,
// and what is found lies in what is left.
func TestBackAfterForget(t *testing.T) {
	lists := [][]Pattern{
		{{Source: `a.*b`}},
		{{Source: `(?s)a.*b$`}},
		{{Source: `x*b`}},
		{{Source: `x*$`}},
		{{Source: `\Bab*`}},
		{{Source: `(?m)^b+`}, {Source: `\bx+\b`}},
		{{Source: `日+b`}, {Source: `[^a]+$`}},
		{{Source: `(x+)(b*)$`}},
		{{Source: `^x`}, {Source: `\Aa`}},
	}
	r := rand.New(rand.NewPCG(3, 14))
	letters := []string{"a", "b", "x", "x", " ", "\n", "日", "\xe6"}
	sets := make([]*Set, len(lists))
	for i, list := range lists {
		sets[i] = mustCompile(t, list...)
	}
	for i := range 10_000 {
		list, m := lists[i%len(lists)], sets[i%len(lists)].NewMatcher()
		f := new(forgotten)
		m.Anchor()
		for range 1 + r.IntN(12) {
			to := max(int64(len(f.text)-r.IntN(6)), f.gone)
			m.Back(to, f)
			f.text = f.text[:to:to]
			var piece strings.Builder
			for range r.IntN(6) {
				piece.WriteString(letters[r.IntN(len(letters))])
			}
			f.text = append(f.text, piece.String()...)
			if _, st := m.Feed([]byte(piece.String())); st == Decided {
				break
			}
			if best, ok := m.Best(f); ok && (best.Start < f.gone || best.End > int64(len(f.text))) {
				t.Fatalf("%v: found %v in %q without its first %d bytes", list, best, f.text, f.gone)
			}
			if r.IntN(3) == 0 {
				if keep := m.Keep(); keep > f.gone {
					f.gone = keep
					m.Forget(keep)
				}
			}
		}
		if m.Status() != Decided {
			continue
		}
		if got := m.Result(f); got.Start < f.gone || got.End > int64(len(f.text)) {
			t.Fatalf("%v: found %v in %q without its first %d bytes", list, got, f.text, f.gone)
		}
	}
}
