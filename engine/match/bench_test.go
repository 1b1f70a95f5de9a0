package match

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"
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
