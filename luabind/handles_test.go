package luabind

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHandles compares handles with a plain list.
func TestHandles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	openers := []*task{nil, {}, {}, {}}
	var hs handles
	var plain []*handle
	for i := range 20_000 {
		if n := len(plain); n > 0 && r.IntN(100) < 40+20*(i/5000%2) { // it grows and shrinks
			h := plain[r.IntN(n)]
			plain = slices.DeleteFunc(plain, func(x *handle) bool { return x == h })
			if !hs.remove(h) || hs.remove(h) {
				t.Fatal("a handle is not removed once")
			}
		} else {
			h := &handle{opener: openers[r.IntN(len(openers))]}
			plain = append(plain, h)
			hs.add(h)
		}
		if hs.n != len(plain) || len(hs.list) > 2*hs.n+1 {
			t.Fatalf("%d handles, a list of %d, want %d", hs.n, len(hs.list), len(plain))
		}
		for _, o := range openers {
			var newest *handle
			for _, h := range slices.Backward(plain) {
				if h.opener == o {
					newest = h
					break
				}
			}
			if hs.newest[o] != newest {
				t.Fatal("another handle is the newest of its opener")
			}
		}
		if i%100 == 0 && !slices.Equal(slices.Collect(hs.all()), plain) {
			t.Fatal("the handles are not in order")
		}
	}
}
