package match

// The oracle: package regexp over the whole text, with the list as one
// alternation. Everything here is compared with what it says.

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// oracle is a list of patterns as package regexp sees it.
type oracle struct {
	list []Pattern
	all  *regexp.Regexp // nil if there are only events
	// first is the number of the group that holds pattern i, -1 for an event.
	first  []int
	groups []int // groups of pattern i, itself among them
	// shift is the number of bytes of a prefix that all places are to be less.
	shift int
}

func expression(p Pattern) string {
	flags := p.Flags
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	switch p.Kind {
	case Exact:
		return flags + regexp.QuoteMeta(p.Source)
	case Glob:
		e, _ := GlobExpression(p.Source)
		return flags + e
	}
	return flags + p.Source
}

// newOracle makes the oracle of a list; with prefix it wants one character before
// the text, which the assertions may look at.
func newOracle(list []Pattern, prefix bool) (*oracle, error) {
	o := &oracle{list: list}
	var alt []string
	n := 1
	for _, p := range list {
		if p.Kind == EventKind {
			o.first, o.groups = append(o.first, -1), append(o.groups, 0)
			continue
		}
		re, err := regexp.Compile(expression(p))
		if err != nil {
			return nil, err
		}
		o.first, o.groups = append(o.first, n), append(o.groups, re.NumSubexp()+1)
		n += re.NumSubexp() + 1
		alt = append(alt, "("+expression(p)+")")
	}
	if len(alt) == 0 {
		return o, nil
	}
	source := strings.Join(alt, "|")
	if prefix {
		source = `\A(?s:.)(?s:.*?)(?:` + source + ")"
		o.shift = 1
	}
	var err error
	o.all, err = regexp.Compile(source)
	return o, err
}

// find gives the match in a whole text, nil if there is none.
func (o *oracle) find(text []byte) *Match {
	if o.all == nil {
		return nil
	}
	loc := o.all.FindSubmatchIndex(text)
	if loc == nil {
		return nil
	}
	for i, g := range o.first {
		if g < 0 || loc[2*g] < 0 {
			continue
		}
		m := &Match{Index: i}
		for _, at := range loc[2*g : 2*(g+o.groups[i])] {
			if at >= 0 {
				at -= o.shift
			}
			m.Groups = append(m.Groups, int64(at))
		}
		m.Start, m.End = m.Groups[0], m.Groups[1]
		return m
	}
	panic("no group took part")
}

func same(a, b *Match) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Index == b.Index && a.Start == b.Start && a.End == b.End && slices.Equal(a.Groups, b.Groups)
}

func show(m *Match) string {
	if m == nil {
		return "no match"
	}
	return fmt.Sprintf("%+v", *m)
}

// pieces is a Text of many pieces.
type pieces [][]byte

func (t pieces) Chunk(at int64) ([]byte, int64) {
	start := int64(0)
	for _, p := range t {
		if at < start+int64(len(p)) {
			return p, start
		}
		start += int64(len(p))
	}
	panic(fmt.Sprintf("no byte at %d", at))
}

func cut(text []byte, cuts uint64) pieces {
	var t pieces
	from := 0
	for i := 1; i < len(text); i++ {
		if cuts>>(uint(i)%64)&1 != 0 {
			t = append(t, text[from:i])
			from = i
		}
	}
	return append(t, text[from:])
}

// run feeds t to m and gives the match with t complete, and whether it was decided.
func run(m *Matcher, t pieces) (*Match, bool) {
	for i, p := range t {
		n, st := m.Feed(p)
		if st == Decided {
			r := m.Result(append(slices.Clone(t[:i]), p[:n]))
			return &r, true
		}
		if n != len(p) {
			panic("bytes left")
		}
	}
	if r, ok := m.Best(t); ok {
		return &r, false
	}
	return nil, false
}

// compare checks everything about a list and a text, cut in one way.
func compare(t *testing.T, list []Pattern, text []byte, cuts uint64) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%v in %q cut %b: %v\n%s", list, text, cuts, r, debug.Stack())
		}
	}()
	set, err := Compile(list)
	o, oerr := newOracle(list, false)
	if err != nil && oerr == nil && !strings.Contains(err.Error(), "too large") && !strings.Contains(err.Error(), "more than") {
		t.Fatalf("Compile(%q): %v, but package regexp takes it", list, err)
	}
	if err != nil || oerr != nil {
		return
	}
	want := o.find(text)
	m := set.NewMatcher()
	got, decided := run(m, cut(text, cuts))
	if !same(got, want) {
		t.Fatalf("%v in %q cut %b: got %s, decided %v; want %s", list, text, cuts, show(got), decided, show(want))
	}
	traced(t, m, Bytes(text), got)
	if m.Pos() > 0 && decided {
		// Decided must have come no earlier than it can be known: the oracle
		// must say the same whatever follows.
		seen := int64(0) // with the rest of the piece, which a scan may have looked into
		for _, p := range cut(text, cuts) {
			if seen < m.Pos() {
				seen += int64(len(p))
			}
		}
		for _, tail := range []string{"", "a", "b", " ", "\n", "0", "é", "\xff", "\xe2", string(text), "_x\n\x80"} {
			longer := slices.Concat(text[:seen], []byte(tail))
			if w := o.find(longer); !same(got, w) {
				t.Fatalf("%v in %q decided %s too early: %q follows and gives %s", list, text[:seen], show(got), tail, show(w))
			}
		}
	}
}

// everyPrefix checks every beginning of the text, read as complete, on one Matcher.
func everyPrefix(t *testing.T, list []Pattern, text []byte) {
	t.Helper()
	set, err := Compile(list)
	o, oerr := newOracle(list, false)
	if err != nil || oerr != nil {
		return
	}
	m := set.NewMatcher()
	for i := 0; ; i++ {
		var got *Match
		r, ok := m.Best(Bytes(text[:i]))
		if ok {
			got = &r
		}
		if want := o.find(text[:i]); !same(got, want) {
			t.Fatalf("%v in %q: Best is %s, want %s", list, text[:i], show(got), show(want))
		}
		if ok != m.CanBest() || ok == (m.Status() == Nothing) {
			t.Fatalf("%v in %q: Best %v, but CanBest %v, status %v", list, text[:i], ok, m.CanBest(), m.Status())
		}
		if i == len(text) || m.Status() == Decided {
			return
		}
		m.Feed(text[i : i+1])
	}
}

// generator makes expressions of all that the syntax has.
type generator struct {
	*rand.Rand
	atoms  []string
	groups bool
}

var allAtoms = []string{
	"a", "b", "ab", "aab", " ", `\n`, ".", "(?s:.)", "[ab]", "[^a]", `\d`, `\w`, `\W`, `\s`, "é", "[é-ü]", `\x{FFFD}`, "[^é]", "€", `\pL`, "(?i:k)", "(?i:é)", `[\x{1200}-\x{1FFF}]`, `[^\x{FFFD}]`,
	"^", "$", `\A`, `\z`, `\b`, `\B`, "(?m:^)", "(?m:$)", "", "x",
}

func (g *generator) expr(depth int) string {
	if depth == 0 || g.IntN(5) == 0 {
		return g.atoms[g.IntN(len(g.atoms))]
	}
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		return g.expr(depth-1) + g.expr(depth-1)
	case 4, 5:
		return "(?:" + g.expr(depth-1) + "|" + g.expr(depth-1) + ")"
	case 6:
		if g.groups {
			return "(" + g.expr(depth-1) + ")"
		}
		fallthrough
	default:
		ops := []string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}"}
		return "(?:" + g.expr(depth-1) + ")" + ops[g.IntN(len(ops))]
	}
}

func (g *generator) text(n int) []byte {
	parts := []string{"a", "b", "ab", "aab", " ", "\n", "0", "_", "é", "€", "ü", "K", "k", "x", "\xff", "\xc3", "\xe2\x82", "\x80", "\xf0\x9f", "\uFFFD", "😀", "\xe0", "\xe0\x80", "\xed\xa0\x80", "\xf4\x90", "\xf0\x80\x80", "\xc1", "\u1234"}
	var b bytes.Buffer
	for range g.IntN(n) {
		b.WriteString(parts[g.IntN(len(parts))])
	}
	return b.Bytes()
}

func (g *generator) list(n, depth int) []Pattern {
	list := make([]Pattern, 1+g.IntN(n))
	for i := range list {
		list[i] = Pattern{Source: g.expr(depth)}
	}
	return list
}

func TestRandomListsAgainstRegexp(t *testing.T) {
	n := 2500
	if testing.Short() {
		n = 1000
	}
	g := &generator{Rand: rand.New(rand.NewPCG(1, 2)), atoms: allAtoms, groups: true}
	for range n {
		list, text := g.list(3, 4), g.text(12)
		compare(t, list, text, g.Uint64())
		compare(t, list, text, ^uint64(0))
		everyPrefix(t, list, text)
	}
}

func TestByteBeforeTheText(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(3, 4)), atoms: slices.DeleteFunc(slices.Clone(allAtoms), func(s string) bool {
		return strings.ContainsAny(s, "^A")
	}), groups: true}
	for range 2000 {
		behindText(t, g.list(3, 4), g.text(12), "a\n -_0"[g.IntN(6)])
	}
	m := mustCompile(t, Pattern{Source: "(?m)^a"}).NewMatcher()
	for prev, want := range map[int]Status{-1: Decided, '\n': Decided, 'x': Nothing, ' ': Nothing} {
		m.Reset(prev)
		if _, st := m.Feed([]byte("a")); st != want {
			t.Errorf("(?m)^a behind %d: %v, want %v", prev, st, want)
		}
	}
	m = mustCompile(t, Pattern{Source: "^a"}).NewMatcher()
	m.Reset('x')
	if _, st := m.Feed([]byte("a")); st != Decided {
		t.Errorf("^a behind x: %v", st)
	}
}

func mustCompile(t testing.TB, list ...Pattern) *Set {
	t.Helper()
	set, err := Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// traced compares the two ways to find groups.
func traced(t *testing.T, m *Matcher, text Text, got *Match) {
	t.Helper()
	if got == nil || m.set.regexes[got.Index] == nil {
		return
	}
	r := m.set.regexes[got.Index]
	s := span{text: text, prev: m.prev, limit: m.pos, end: got.End}
	places, ok := m.set.prog.trace(r.start, 2*len(r.names), &s, got.Start)
	if !ok || !slices.Equal(places, got.Groups) {
		t.Fatalf("%v: traced groups %v, %v, want %v", m.set.patterns, places, ok, got.Groups)
	}
}
