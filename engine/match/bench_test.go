package match

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// logLines makes n bytes and some of log lines, without a prompt.
func logLines(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "Nov 23 20:%02d:%02d router1 kernel[%d]: eth%d: link is up at 1000 Mbps, port %d, 0x%08x\n",
			i/60%60, i%60, 1000+i*7%9000, i%8, i%48, i*2654435761)
	}
	return b.Bytes()
}

var benchmarks = []struct {
	name string
	list []Pattern
}{
	{"literal", []Pattern{{Kind: Exact, Source: "router# "}}},
	{"prompt", []Pattern{{Source: `(?m)^router[#>] `}}},
	{"three", []Pattern{{Source: `(?m)^router[#>] `}, {Source: "Login incorrect"}, {Source: `% Invalid`}}},
	{"settle", []Pattern{{Source: `[#$] $`}}},
	{"plain", []Pattern{{Source: `[a-z]+\d+[#>] `}}},
	{"plain2", []Pattern{{Source: `\w+@\w+:~[#$] `}}},
	{"long", []Pattern{{Source: `(?s)Nov.*router# `}}},
	{"longgroups", []Pattern{{Source: `(?s)Nov(.*)router# `}}},
	{"unicode", []Pattern{{Source: `\pL+\d+[#>] `}}},
	{"ignorecase", []Pattern{{Source: `router[#>] `, Flags: "i"}}},
	{"ten", []Pattern{{Source: "alpha1"}, {Source: "bravo2"}, {Source: "charlie"}, {Source: "delta"}, {Source: "echo1"}, {Source: "foxtrot"}, {Source: "golf"}, {Source: "hotel"}, {Source: "india"}, {Source: `router[>#] `}}},
	{"adversarial", []Pattern{{Source: `[a-z 0-9]+[a-z][a-z0-9 ]{40}# `}}},
}

func BenchmarkFeed(b *testing.B) {
	text := append(logLines(16<<20), "router# "...)
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			set, err := Compile(bm.list)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				m := set.NewMatcher()
				for i := 0; i < len(text); i += 32 << 10 {
					m.Feed(text[i:min(i+32<<10, len(text))])
				}
				m.Best(Bytes(text))
			}
		})
	}
}

func BenchmarkStdRegexp(b *testing.B) {
	text := append(logLines(1<<20), "router# "...)
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			re := regexp.MustCompile(expression(bm.list[0]))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				re.FindSubmatchIndex(text)
			}
		})
	}
}

// BenchmarkTurn is a wait for a prompt after a short answer, with a list that is
// kept, and with one that is new.
func BenchmarkTurn(b *testing.B) {
	text := []byte("uptime\n 20:31:05 up 51 min,  0 user,  load average: 5.41, 3.75, 2.01\nrouter# ")
	list := []Pattern{{Source: `(?m)^router[#>] `}, {Source: `load average: ([\d.]+)x`}, {Kind: EventKind, Event: EOF}}
	for _, kept := range []bool{true, false} {
		b.Run(map[bool]string{true: "kept", false: "new"}[kept], func(b *testing.B) {
			b.ReportAllocs()
			var set *Set
			for b.Loop() {
				if set == nil || !kept {
					var err error
					if set, err = Compile(list); err != nil {
						b.Fatal(err)
					}
				}
				m := set.NewMatcher()
				m.Reset('\n')
				if _, st := m.Feed(text); st != Decided {
					b.Fatal(st)
				}
				m.Result(Bytes(text))
			}
		})
	}
}

// BenchmarkGrowth finds all matches in texts of two sizes, for the lists that fuzzing
// begins with and those of the other benchmarks, and reports how much longer it takes
// for four times the text: the best of the rounds, of each.
func BenchmarkGrowth(b *testing.B) {
	lists := map[string][]Pattern{}
	for _, lines := range corpus {
		var list []Pattern
		for line := range strings.SplitSeq(lines, "\n") {
			list = append(list, Pattern{Source: line})
		}
		lists[lines] = list
	}
	for _, bm := range benchmarks {
		lists[bm.name] = bm.list
	}
	long := logLines(4 << 20)
	short := long[:1<<20]
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		b.Run(name, func(b *testing.B) {
			set, err := Compile(lists[name])
			if err != nil {
				b.Fatal(err)
			}
			least := map[int]time.Duration{}
			for b.Loop() {
				for _, text := range [][]byte{short, long} {
					begun := time.Now()
					findAll(set, text)
					took := time.Since(begun)
					if before, ok := least[len(text)]; !ok || took < before {
						least[len(text)] = took
					}
				}
			}
			b.ReportMetric(least[len(long)].Seconds()/least[len(short)].Seconds(), "times")
		})
	}
}

// findAll goes through a text as a session does that waits for the list again and
// again, with what comes in pieces of 32 KiB.
func findAll(set *Set, text []byte) {
	prev, start := -1, 0
	for start < len(text) {
		m := set.NewMatcher()
		m.Reset(prev)
		found, at := Match{}, start
		for decided := false; at < len(text) && !decided; {
			n, st := m.Feed(text[at:min(at+32<<10, len(text))])
			at += n
			decided = st == Decided
		}
		if m.Status() != Decided {
			return
		}
		found = m.Result(Bytes(text[start:at]))
		start += max(int(found.End), 1)
		prev = int(text[start-1])
	}
}
