package buffer

import (
	"math/rand/v2"
	"sort"
	"testing"
)

// The edits that are kept are those that were added, run or not, wherever they are looked
// at and dropped.
func TestEdits(t *testing.T) {
	type one struct{ at, back int64 }
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 4))
		var l edits
		var all []one
		at := int64(0)
		for range 6000 {
			switch k := r.IntN(50); {
			case k == 0: // far away
				at += r.Int64N(1 << 24)
			case k < 25:
				at += r.Int64N(5)
			}
			back, n := 1+r.Int64N(40), int64(1)
			switch r.IntN(40) {
			case 0, 1, 2:
				back, n = 1, 1+r.Int64N(9)
			case 3:
				n = 1 + r.Int64N(1<<12)
				back = 1
			case 4:
				back = 1 << r.IntN(40)
			}
			l.add(at, back, n)
			for i := range n {
				all = append(all, one{at + i, back})
			}
			at += n - 1
			if len(all) > 300_000 {
				break
			}
		}
		if l.end() != int64(len(all)) || l.weight(l.end()) > 6*6000 {
			t.Fatalf("%d edits of weight %d, want %d", l.end(), l.weight(l.end()), len(all))
		}
		gone, weight := int64(0), l.weight(l.end())
		for range 300 {
			i := gone + r.Int64N(l.end()-gone+1)
			for ; i < l.end() && r.IntN(30) > 0; i++ {
				e, ok := l.at(i)
				if !ok || (one{e.at, e.back}) != all[i] {
					t.Fatalf("edit %d is %d %d %v, want %v", i, e.at, e.back, ok, all[i])
				}
				if last := all[i+e.run-1]; last != (one{e.at + e.run - 1, e.back}) {
					t.Fatalf("edit %d is in no run of %d", i, e.run)
				}
				if w := l.weight(i); w < 0 || w > weight {
					t.Fatalf("the weight before %d is %d of %d", i, w, weight)
				}
			}
			place := r.Int64N(at + 2)
			want := max(gone, int64(sort.Search(len(all), func(i int) bool { return all[i].at > place })))
			if got := l.behind(place); got != want {
				t.Fatalf("behind %d is edit %d, want %d of %d to %d", place, got, want, gone, l.end())
			}
			if r.IntN(10) == 0 {
				gone = min(gone+r.Int64N(1+l.end()/100), l.end())
				l.drop(gone)
				if w := l.weight(l.end()); w > weight || w < 0 {
					t.Fatalf("weight %d, was %d", w, weight)
				} else {
					weight = w
				}
			}
		}
		if l.drop(l.end()); l.any() || l.weight(l.end()) != 0 {
			t.Fatalf("%d left", l.end())
		}
		l.add(at+7, 3, 2)
		if e, ok := l.at(l.end() - 1); !ok || e != (editAt{at + 8, 3, 1, 7}) || l.weight(l.end()) != 7 {
			t.Fatalf("got %v %v", e, ok)
		}
	}
}
