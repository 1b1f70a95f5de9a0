package mask

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// reference says what masking means, without regard to cost: find every
// occurrence, cover them from the left, each time by the one that begins in time
// and goes farthest.
func reference(text string, secrets []Secret) string {
	var b strings.Builder
	covered, reach := 0, 0
	var name string
	for at := range len(text) {
		for _, s := range secrets {
			if s.Value != "" && strings.HasPrefix(text[at:], s.Value) && at+len(s.Value) > reach {
				reach, name = at+len(s.Value), s.Placeholder()
			}
		}
		switch {
		case at < covered:
		case reach > at:
			b.WriteString(name)
			covered = reach
		default:
			b.WriteByte(text[at])
		}
	}
	return b.String()
}

func TestMask(t *testing.T) {
	password, token := Secret{"password", "mypass"}, Secret{"token", "pass2"}
	for _, test := range []struct {
		text    string
		secrets []Secret
		want    string
	}{
		{"nothing here", nil, "nothing here"},
		{"nothing here", []Secret{password}, "nothing here"},
		{"", []Secret{password}, ""},
		{"mypass\r\n", []Secret{password}, "<secret password>\r\n"},
		{"mymypassmypass", []Secret{password}, "my<secret password><secret password>"},
		{"mypas", []Secret{password}, "mypas"},
		{"mypass2!", []Secret{password, token}, "<secret password><secret token>!"},
		{"mypass2!", []Secret{password, {"long", "mypass2"}}, "<secret long>!"},
		{"mypass3!", []Secret{password, {"long", "mypass2"}}, "<secret password>3!"},
		{"aaaaa", []Secret{{"a", "aa"}}, "<secret a><secret a><secret a>"},
		{"xbcdx", []Secret{{"out", "abcdef"}, {"in", "bcd"}}, "x<secret in>x"},
		{"abcdeg", []Secret{{"out", "abcdef"}, {"in", "bcd"}}, "a<secret in>eg"},
		{"same", []Secret{{"first", "same"}, {"second", "same"}, {"empty", ""}}, "<secret first>"},
		{"\xff\x00\xff", []Secret{{"raw", "\x00\xff"}}, "\xff<secret raw>"},
	} {
		if got := Mask(test.text, test.secrets...); got != test.want {
			t.Errorf("Mask(%q, %v) = %q, want %q", test.text, test.secrets, got, test.want)
		}
		if got := reference(test.text, test.secrets); got != test.want {
			t.Errorf("the reference says %q of %q, want %q", got, test.text, test.want)
		}
	}
}

// What a secret cannot be part of any more is released at once.
func TestHeldBack(t *testing.T) {
	m := New(Secret{"password", "mypass"})
	for _, step := range []struct {
		in, out string
		held    int
	}{
		{"login: ", "login: ", 0},
		{"m", "", 1},
		{"e", "me", 0},
		{"mypas", "", 5},
		{"mypas", "mypas", 5},
		{"s", "", 6}, // something longer could overlap with it
		{".", "<secret password>.", 0},
	} {
		got := string(m.Append(nil, []byte(step.in)))
		if got != step.out || m.Held() != step.held {
			t.Fatalf("after %q: %q and %d held, want %q and %d", step.in, got, m.Held(), step.out, step.held)
		}
	}
}

func TestAddInMidStream(t *testing.T) {
	m := New(Secret{"one", "abcx"})
	out := m.Append(nil, []byte("--abc"))
	m.Add(Secret{"two", "bcd"})
	out = m.Append(out, []byte("d abcx bc"))
	m.Add(Secret{"three", "c!"})
	out = m.Flush(m.Append(out, []byte("!")))
	if want := "--a<secret two> <secret one> b<secret three>"; string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// A list is followed by the Maskers of all streams, from any goroutine.
func TestSecretsAreFollowed(t *testing.T) {
	var list Secrets
	in, out := list.Masker(), list.Masker()
	show := func(m *Masker, s string) string { return string(m.Append(nil, []byte(s))) }
	if got := show(in, "mypass? "); got != "mypass? " {
		t.Errorf("without a secret: %q", got)
	}
	list.Add(Secret{"password", "mypass"})
	list.Add(Secret{"again", "mypass"})
	list.Add(Secret{"empty", ""})
	for _, m := range []*Masker{in, out} {
		if got := show(m, "mypass!"); got != "<secret password>!" {
			t.Errorf("got %q", got)
		}
	}
	if got := list.Mask("-mypass-"); got != "-<secret password>-" || len(list.All()) != 1 {
		t.Errorf("got %q and %v", got, list.All())
	}
	if got := show((*Secrets)(nil).Masker(), "x") + (*Secrets)(nil).Mask("y"); got != "xy" {
		t.Errorf("no list: got %q", got)
	}
	var running sync.WaitGroup
	for i := range 4 {
		m := list.Masker()
		running.Go(func() {
			list.Add(Secret{"n", fmt.Sprint("value", i)})
			m.Append(nil, []byte("value1 value2"))
		})
	}
	running.Wait()
}

// Spans account for every byte, and put a placeholder where its secret begins.
func TestSpans(t *testing.T) {
	m := New(Secret{"password", "mypass"}, Secret{"token", "pass2"})
	var got []string
	show := func(n int, text []byte) { got = append(got, fmt.Sprintf("%d %s", n, text)) }
	m.Spans([]byte("say my"), show)
	m.Spans([]byte("pass2"), show)
	m.FlushSpans(show)
	want := "4 say ,1 <secret password>,1 ,1 ,1 ,1 ,1 ,1 <secret token>"
	if s := strings.Join(got, ","); s != want {
		t.Errorf("got %q, want %q", s, want)
	}
}

func TestEverySplit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		secrets := make([]Secret, 1+random.IntN(7)) // few are looked for one by one, more all at once
		for i := range secrets {
			secrets[i] = Secret{fmt.Sprint(i), randomText(random, 1+random.IntN(6))}
		}
		checkSplits(t, randomText(random, random.IntN(24)), secrets)
	}
}

// All byte values at once: there are 256 classes beside the one of no byte.
func TestEveryByteInSecrets(t *testing.T) {
	var all []byte
	for i := range 256 {
		all = append(all, byte(i))
	}
	checkSplits(t, string(all[250:])+string(all)+string(all[:5]), []Secret{{"all", string(all)}})
}

func randomText(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abc"[random.IntN(3)]
	}
	return string(b)
}

// checkSplits masks text in two pieces, cut at every place, and byte by byte.
func checkSplits(t *testing.T, text string, secrets []Secret) {
	t.Helper()
	want := reference(text, secrets)
	for cut := range len(text) + 1 {
		m := New(secrets...)
		out := m.Append(nil, []byte(text[:cut]))
		if !strings.HasPrefix(want, string(out)) {
			t.Fatalf("%q with %q: %q was released, want a beginning of %q", text[:cut], secrets, out, want)
		}
		out = m.Flush(m.Append(out, []byte(text[cut:])))
		if string(out) != want {
			t.Fatalf("%q cut at %d with %q: got %q, want %q", text, cut, secrets, out, want)
		}
	}
	m := New(secrets...)
	var out []byte
	n := 0
	show := func(k int, p []byte) { n += k; out = append(out, p...) }
	for i := range len(text) {
		m.Spans([]byte(text[i:i+1]), show)
	}
	m.FlushSpans(show)
	if string(out) != want || n != len(text) {
		t.Fatalf("%q by bytes with %q: got %q of %d bytes, want %q", text, secrets, out, n, want)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("say mypass2 to me", "mypass", "pass2")
	f.Add("aaaaaa", "aa", "aaa")
	f.Add("abcabcabd", "abcabd", "cab")
	f.Fuzz(func(t *testing.T, text, one, two string) {
		if len(text) > 200 {
			t.Skip("the reference is slow")
		}
		few := []Secret{{"one", one}, {"two", two}}
		checkSplits(t, text, few)
		checkSplits(t, text, append(few, Secret{"three", one + two}, Secret{"four", two + one}, Secret{"five", one + "x" + two}))
	})
}

func BenchmarkMask(b *testing.B) {
	line := []byte("Jan 17 10:24:43 demo sshd[4711]: Accepted publickey for brandon from 192.0.2.17 port 50022\r\n")
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"log", bytes.Repeat(line, 1000)},
		{"beginnings", bytes.Repeat([]byte("mypas"), 20000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := New(Secret{"password", "mypass"}, Secret{"enable", "en4ble"})
			b.SetBytes(int64(len(c.text)))
			var out []byte
			for b.Loop() {
				out = m.Append(out[:0], c.text)
			}
		})
	}
}
