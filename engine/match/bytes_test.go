package match

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestLiteralsOfAnyBytes compares lists of literals that are not UTF-8 with a plain
// search for their bytes.
func TestLiteralsOfAnyBytes(t *testing.T) {
	g := rand.New(rand.NewPCG(8, 9))
	some := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "a\xe2\x82\xac\xff\xc3"[g.IntN(6)]
		}
		return b
	}
	for range 5000 {
		list := make([]Pattern, 1+g.IntN(3))
		for i := range list {
			list[i] = Pattern{Kind: Exact, Source: string(some(1 + g.IntN(4)))}
		}
		text := some(g.IntN(30))
		var want *Match
		for i, p := range list {
			if at := int64(bytes.Index(text, []byte(p.Source))); at >= 0 && (want == nil || at < want.Start) {
				end := at + int64(len(p.Source))
				want = &Match{Index: i, Start: at, End: end, Groups: []int64{at, end}}
			}
		}
		got, _ := run(mustCompile(t, list...).NewMatcher(), cut(text, g.Uint64()))
		if !same(got, want) {
			t.Fatalf("%v in %q: got %s, want %s", list, text, show(got), show(want))
		}
	}
}

// TestExpressionsBesideBytes takes expressions through the rewriting that a literal
// which is not UTF-8 makes them go through. Sets with U+FFFD, all negated ones among
// them, and \B are left out: they see the single bytes there.
func TestExpressionsBesideBytes(t *testing.T) {
	never := Pattern{Kind: Exact, Source: "\xfe\xfe\xfe never"}
	g := newGenerator(10)
	g.atoms = []string{
		"a", "b", "ab", "[ab]", "é", "[é-ü]", "€", `\pL`, "(?i:k)", "(?i:é)", `[é-\x{E123}]`, `[\x{10000}-\x{1F640}]`, `\d`, `\w`, "^", "$", `\b`, `\z`, "(?m:^)", "(?m:$)", "",
	}
	for range 300 {
		list, text := g.list(2, 4), g.text(10)
		text = bytes.ToValidUTF8(text, nil)
		o, err := newOracle(list, false)
		if err != nil {
			continue
		}
		set, err := Compile(append(list, never))
		if err != nil {
			continue
		}
		got, _ := run(set.NewMatcher(), cut(text, g.Uint64()))
		if want := o.find(text); !same(got, want) {
			t.Fatalf("%v in %q: got %s, want %s", list, text, show(got), show(want))
		}
	}
}
