package match

import (
	"fmt"
	"sync"
	"testing"
)

func TestCache(t *testing.T) {
	c := NewCache(2)
	compile := func(list ...Pattern) *Set {
		t.Helper()
		set, err := c.Compile(list)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	a := compile(Pattern{Source: "a"})
	if compile(Pattern{Source: "a"}) != a {
		t.Error("the same list was compiled twice")
	}
	for _, p := range []Pattern{{Source: "a", Flags: "i"}, {Kind: Exact, Source: "a"}, {Kind: EventKind, Event: EOF}} {
		if compile(p) == a {
			t.Errorf("%v was taken for %v", p, a.Pattern(0))
		}
	}
	if compile(Pattern{Source: "a"}) == a {
		t.Error("more was kept than the cache's size")
	}
	if _, err := c.Compile([]Pattern{{Source: "("}}); err == nil {
		t.Error("no error")
	}
	list := []Pattern{{Source: "a"}, {Source: "b"}}
	compile(list...)
	if n := testing.AllocsPerRun(10, func() { _, _ = c.Compile(list) }); n > 0 {
		t.Errorf("%v allocations for a list that is kept", n)
	}
}

// TestSharedSet has many matchers build one automaton at once, for the race detector.
func TestSharedSet(t *testing.T) {
	set := mustCompile(t, Pattern{Source: `(?m)^r(\d+)[#>] `}, Pattern{Source: `[ab]*a[ab]{9}c`}, Pattern{Source: `é+\b`})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := fmt.Sprintf("line\nababaab %d é\xff\nr%d# ", i, i)
			for range 50 {
				m := set.NewMatcher()
				got, _ := run(m, cut([]byte(text), uint64(i)*0x1234567))
				if got == nil || got.Index != 0 {
					t.Errorf("got %s", show(got))
				}
			}
		})
	}
	wg.Wait()
}
