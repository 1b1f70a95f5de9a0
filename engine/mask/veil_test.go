package mask

import (
	"bytes"
	"strings"
	"testing"
)

// veiled puts pieces through a veil and checks that every byte is told once.
func veiled(t *testing.T, v *Veil, pieces ...[]byte) string {
	t.Helper()
	var out []byte
	told, given := 0, 0
	show := func(n int, text []byte) {
		told += n
		out = append(out, text...)
	}
	for _, p := range pieces {
		given += len(p)
		v.Spans(p, show)
		if told+v.Held() != given {
			t.Errorf("%q: of %d bytes %d are told and %d held", pieces, given, told, v.Held())
		}
	}
	v.FlushSpans(show)
	if told != given {
		t.Errorf("%q: of %d bytes %d are told", pieces, given, told)
	}
	return string(out)
}

var veilCases = []struct{ in, want string }{
	{"a hunter2 b", "a <secret p> b"},
	{"a hun\x1b[1;31mter\x1b[0m2 b", "a <secret p> b"},
	{"h\x00u\x00n\x7fter2", "<secret p>"},
	{"a\x1b(Bhun\x1b(Bter2\x1b[m b", "a\x1b(B<secret p>\x1b[m b"},
	{"hun\xff\xf1ter2", "<secret p>"},
	{"hun\xff\xfb\x01ter2 \xff\xfb\x03.", "<secret p> \xff\xfb\x03."},
	{"hun\x1b[0mte ", "hun\x1b[0mte "},
	{"\x1b]0;hunter2\a", "\x1b]0;<secret p>\a"},
	{"\xff\xfa\x27\x00hunter2\xff\xf0", "\xff\xfa\x27\x00<secret p>\xff\xf0"},
	{"\xff\xffx hunter2", "\xff\xffx <secret p>"},
	{"y\xff\xffz", "<secret q>"},
	{"ter2 and", "<secret p> and"}, // seen from its middle
	{"r2 and", "r2 and"},
	{"te2", "te2"},
	{"te\x00x hunter2", "te\x00x <secret p>"},
	{"x ter2", "x ter2"},
	{"\x1b\nhunter2", "\x1b\n<secret p>"},
	{"\x1b\x1b[0mhunter2\x1b", "\x1b\x1b[0m<secret p>\x1b"},
	{"hhunhunter2hun", "h" + "hun<secret p>hun"},
}

// TestVeil cuts each stream at every two places.
func TestVeil(t *testing.T) {
	for _, c := range veilCases {
		for i := 0; i <= len(c.in); i++ {
			for j := i; j <= len(c.in); j++ {
				v := NewVeil(New(Secret{"p", "hunter2"}, Secret{"q", "y\xffz"}))
				v.Telnet = true
				if got := veiled(t, v, []byte(c.in[:i]), []byte(c.in[i:j]), []byte(c.in[j:])); got != c.want {
					t.Fatalf("%q cut at %d and %d: %q, want %q", c.in, i, j, got, c.want)
				}
			}
		}
	}
}

// TestVeilIsBounded: a peer cannot make it hold back without end.
func TestVeilIsBounded(t *testing.T) {
	v := NewVeil(New(Secret{"p", "hunter2"}))
	v.Spans([]byte("hun"), func(int, []byte) {})
	for range 100 {
		v.Spans(make([]byte, 4<<10), func(int, []byte) {})
		if v.Held() > maxUnseen+8<<10 {
			t.Fatalf("%d bytes are held back", v.Held())
		}
	}
}

// TestVeilLearns: a secret that is asked for later is hidden from then on.
func TestVeilLearns(t *testing.T) {
	list := &Secrets{}
	v := NewVeil(list.Masker(OnWire))
	var out []byte
	show := func(_ int, p []byte) { out = append(out, p...) }
	v.Spans([]byte("one\x1b["), show)
	list.Add(Secret{"p", "two\nlines"})
	v.Spans([]byte("0m two\r\nlines"), show)
	v.FlushSpans(show)
	if want := "one\x1b[0m <secret p>"; string(out) != want {
		t.Errorf("%q, want %q", out, want)
	}
}

// TestVeilHidesUnseen: a secret that holds what is not looked at is hidden, too.
func TestVeilHidesUnseen(t *testing.T) {
	for _, value := range []string{"my\x7fpass", "\x00pass\x1b", "pa\x1b[1mss\xff!"} {
		list := &Secrets{}
		list.Add(Secret{"p", value})
		v := NewVeil(list.Masker(OnWire))
		v.Telnet = true
		wire := "a" + strings.ReplaceAll(value, "\xff", "\xff\xff") + "b"
		if got := veiled(t, v, []byte(wire)); strings.Contains(got, "ss") || !strings.Contains(got, "<secret p>") {
			t.Errorf("%q: %q", value, got)
		}
	}
}

func FuzzVeil(f *testing.F) {
	for _, c := range veilCases {
		f.Add([]byte(c.in), uint(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, at uint) {
		n := int(at % uint(len(in)+1))
		first := func() *Veil {
			v := NewVeil(New(Secret{"p", "hunter2"}, Secret{"q", "hun"}))
			v.Telnet = true
			return v
		}
		whole, cut := veiled(t, first(), in), veiled(t, first(), in[:n], in[n:])
		if whole != cut {
			t.Errorf("%q cut at %d: %q, whole %q", in, n, cut, whole)
		}
		if strings.Contains(whole, "hun") && !bytes.Contains(in, []byte("hun")) {
			t.Errorf("%q became %q", in, whole)
		}
	})
}

func BenchmarkVeil(b *testing.B) {
	for name, line := range map[string]string{"plain": "interface 17 is up, line protocol is up\r\n", "coloured": "\x1b[1minterface\x1b[0m 17 is \x1b[32mup\x1b[0m, line protocol is up\r\n"} {
		b.Run(name, func(b *testing.B) {
			p := bytes.Repeat([]byte(line), 64<<10/len(line))
			v := NewVeil(New(Secret{"p", "hunter2"}))
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				v.Spans(p, func(int, []byte) {})
			}
		})
	}
}
