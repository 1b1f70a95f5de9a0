package telnet

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// deflate compresses the texts as a MCCP2 server does, with a sync flush after
// each, and ends the stream unless it is left open.
func deflate(t testing.TB, open bool, texts ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	for _, text := range texts {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if !open {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// drain runs a codec over an inflater as a session does, and returns all data.
func drain(inflater *Inflater, size int) (string, error) {
	c := New(Config{Policies: map[Option]Policy{MCCP2: Accept}})
	var data []byte
	buf := make([]byte, size)
	for {
		n, err := inflater.Read(buf)
		in := buf[:n]
		for {
			event, used := c.Next(in)
			in = in[used:]
			if event.Kind == Data {
				data = append(data, event.Data...)
			}
			if event.Kind == Compress {
				if err := inflater.Start(in); err != nil {
					return string(data), err
				}
				in = nil
			}
			if event.Kind == None {
				break
			}
		}
		if err != nil {
			return string(data), err
		}
	}
}

const startMCCP2 = "\xff\xfa\x56\xff\xf0"

// TestItem28Compressed has plain text, a stream, plain text, a second stream and
// plain text again, in reads of all kinds of sizes.
func TestItem28Compressed(t *testing.T) {
	wire := "\xff\xfb\x56hello " + startMCCP2 + deflate(t, false, "com", "pressed \xff\xff\xff\xf9") +
		"plain " + startMCCP2 + deflate(t, false, strings.Repeat("again ", 1000)) + "end"
	want := "hello compressed \xffplain " + strings.Repeat("again ", 1000) + "end"
	sources := map[string]func(io.Reader) io.Reader{
		"whole":    func(r io.Reader) io.Reader { return r },
		"bytes":    iotest.OneByteReader,
		"halves":   iotest.HalfReader,
		"data+err": iotest.DataErrReader,
	}
	for name, source := range sources {
		for _, size := range []int{1, 2, 7, 4096, 8192} {
			got, err := drain(NewInflater(source(strings.NewReader(wire))), size)
			if got != want || !errors.Is(err, io.EOF) {
				t.Errorf("%s, %d: %v; got %.80q of %d bytes, want %d", name, size, err, got, len(got), len(want))
			}
		}
	}
	// Cut at every place into two reads.
	for cut := range len(wire) {
		r := io.MultiReader(strings.NewReader(wire[:cut]), strings.NewReader(wire[cut:]))
		if got, err := drain(NewInflater(r), 512); got != want || !errors.Is(err, io.EOF) {
			t.Fatalf("cut at %d: %v; got %.80q", cut, err, got)
		}
	}
}

func TestItem28CorruptStream(t *testing.T) {
	good := deflate(t, false, "first ", strings.Repeat("second", 100))
	second := deflate(t, false, "fine") + startMCCP2 + "nonsense"
	if got, err := drain(NewInflater(strings.NewReader("\xff\xfb\x56"+startMCCP2+second)), 99); got != "fine" || !errors.As(err, new(*InflateError)) {
		t.Errorf("second stream: %q, %v", got, err)
	}
	broken := good[:20] + "\xff\xff\xff\xff" + good[24:]
	for name, wire := range map[string]string{"header": "nonsense", "body": broken, "sum": good[:len(good)-1] + "x"} {
		inflater := NewInflater(iotest.DataErrReader(strings.NewReader(wire)))
		if err := inflater.Start(nil); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(inflater)
		var corrupt *InflateError
		if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "mccp2: the compressed stream is corrupt") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if corrupt.Offset != int64(len(got)) || errors.Unwrap(corrupt) == nil {
			t.Errorf("%s: offset %d, but %d bytes were read: %v", name, corrupt.Offset, len(got), err)
		}
		if _, again := inflater.Read(make([]byte, 1)); !errors.Is(again, err) {
			t.Errorf("%s: then %v", name, again)
		}
	}
}

// TestItem28HangUp cuts the wire in the middle of a stream: what came is read,
// then EOF, or what the connection says.
func TestItem28HangUp(t *testing.T) {
	wire := deflate(t, true, "what came")
	for _, r := range []io.Reader{strings.NewReader(wire), iotest.OneByteReader(strings.NewReader(wire))} {
		inflater := NewInflater(r)
		_ = inflater.Start(nil)
		if got, err := io.ReadAll(inflater); string(got) != "what came" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	for cut := range 3 { // inside the header
		inflater := NewInflater(strings.NewReader(wire[:cut]))
		_ = inflater.Start(nil)
		if got, err := io.ReadAll(inflater); len(got) > 0 || err != nil {
			t.Errorf("%d: %q, %v", cut, got, err)
		}
	}
	reset := errors.New("reset by peer")
	inflater := NewInflater(io.MultiReader(strings.NewReader(wire), iotest.ErrReader(reset)))
	_ = inflater.Start(nil)
	if got, err := io.ReadAll(inflater); string(got) != "what came" || !errors.Is(err, reset) {
		t.Errorf("%q, %v", got, err)
	}
	inflater = NewInflater(iotest.ErrReader(reset))
	if _, err := inflater.Read(make([]byte, 8)); !errors.Is(err, reset) {
		t.Error(err)
	}
}

func TestItem28StreamInsideStream(t *testing.T) {
	wire := "\xff\xfb\x56" + startMCCP2 + deflate(t, false, "outer "+startMCCP2+"inner")
	got, err := drain(NewInflater(strings.NewReader(wire)), 512)
	if got != "outer " || !errors.Is(err, ErrNested) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestItem28FlushedIsReadable checks that what the peer has flushed can be read
// before it sends more.
func TestItem28FlushedIsReadable(t *testing.T) {
	r, w := io.Pipe()
	inflater := NewInflater(r)
	_ = inflater.Start(nil)
	z := zlib.NewWriter(w)
	done := make(chan string)
	go func() {
		buf := make([]byte, 100)
		n, _ := io.ReadFull(inflater, buf[:7])
		done <- string(buf[:n])
	}()
	_, _ = io.WriteString(z, "login: ")
	go func() { _ = z.Flush() }() // the pipe takes all only when more is read
	if got := <-done; got != "login: " || !inflater.Compressed() {
		t.Errorf("got %q", got)
	}
	_ = r.Close()
}

// TestItem28Bomb inflates a thousandfold, and reads a little of it: no more of
// the wire may be taken than that needs.
func TestItem28Bomb(t *testing.T) {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestCompression)
	zeros := make([]byte, 1<<20)
	for range 16 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	wire := &counter{r: &b}
	total := b.Len()
	inflater := NewInflater(wire)
	_ = inflater.Start(nil)
	buf := make([]byte, 4096)
	read := 0
	for read < 1<<20 {
		n, err := inflater.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		read += n
	}
	if wire.n > total/2 {
		t.Errorf("of %d bytes, %d were taken for the first of 16 MiB", total, wire.n)
	}
	n, err := io.Copy(io.Discard, inflater)
	if err != nil || read+int(n) != 16<<20 {
		t.Errorf("%d bytes, %v", read+int(n), err)
	}
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// FuzzInflate has any bytes follow a start of compression, and checks that what
// is read, and the error, do not depend on how the wire is cut.
func FuzzInflate(f *testing.F) {
	good := deflate(f, false, "first", "second")
	for _, s := range []string{"", "x", "\x78", good, good[:9], good + "plain", good + startMCCP2 + good} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		wire := "\xff\xfb\x56before" + startMCCP2 + string(in)
		want, wantErr := drain(NewInflater(strings.NewReader(wire)), 4096)
		for _, r := range []io.Reader{iotest.OneByteReader(strings.NewReader(wire)), iotest.DataErrReader(strings.NewReader(wire))} {
			got, err := drain(NewInflater(r), 7)
			if got != want || err.Error() != wantErr.Error() {
				t.Errorf("got %q, %v; want %q, %v", got, err, want, wantErr)
			}
		}
	})
}

// TestInflaterRandom runs random texts, cut in random places, through streams
// that start and end.
func TestInflaterRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var wire, want strings.Builder
		wire.WriteString("\xff\xfb\x56")
		for range 1 + random.IntN(5) {
			text := strings.Repeat("text ", random.IntN(2000))
			if random.IntN(2) == 0 {
				wire.WriteString(text)
			} else {
				wire.WriteString(startMCCP2 + deflate(t, false, text))
			}
			want.WriteString(text)
		}
		got, err := drain(NewInflater(strings.NewReader(wire.String())), 1+random.IntN(9000))
		if got != want.String() || !errors.Is(err, io.EOF) {
			t.Fatalf("%v: %d bytes, want %d", err, len(got), want.Len())
		}
	}
}
