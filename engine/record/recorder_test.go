package record

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// quiet is a session to nobody: tests tell the recorder of it what they like.
func quiet(t *testing.T, cfg session.Config, bare ...bool) *session.Session {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = theirs.Close() })
	var l line.Line = tline.New(ours, tline.Config{})
	if len(bare) > 0 && bare[0] {
		l = line.NewBytes(ours)
	}
	s, err := session.New(l, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A scribe tells a recorder what happens on its sessions.
type scribe struct {
	*Recorder
	out   *bytes.Buffer
	begin time.Time
}

func newScribe(o Options) *scribe {
	out := &bytes.Buffer{}
	return &scribe{NewRecorder(out, o), out, time.Time{}}
}

func (s *scribe) tell(session int, after time.Duration, kind session.ObservationKind, p string) {
	o := observation(kind, p)
	s.mu.Lock()
	t := s.tracks[session]
	o.Time = s.Recorder.begin.Add(after)
	s.mu.Unlock()
	t.Observe(&o)
}

func observation(kind session.ObservationKind, p string) session.Observation {
	if kind == session.WireIn || kind == session.WireOut {
		return session.Observation{Kind: kind, Bytes: []byte(p)}
	}
	return session.Observation{Kind: kind, Text: p}
}

// recording ends the recording and reads it.
func (s *scribe) recording(t *testing.T) *Recording {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Read(bytes.NewReader(s.out.Bytes()), "test.cast")
	if err != nil {
		t.Fatalf("%v in\n%s", err, s.out)
	}
	return r
}

// The bytes of both directions come back as they were, whatever they are and
// however they were cut.
func TestBytesComeBack(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	pieces := []string{"login: ", "\xff\xfb\x01", "\xff\xff", "\xff\xfa\x18\x01\xff\xf0", "\xff\xfa\x1f\xff\xff\x00\xff\xf0", "é", "漢字", "\xe6\xbc", "\x80", "\r\n", "\r\x00", "\x1b[1m", "\"\\\x7f\x00", "\xff\xf9", "😀", "\xf0\x9f", "\xc3", "secre", "\xff\xfd"}
	for round := range 300 {
		bare := round%5 == 0
		list := &mask.Secrets{}
		list.Add(mask.Secret{Name: "never", Value: "secret that is never said"})
		s := newScribe(Options{Secrets: list})
		s.Add(quiet(t, session.Config{}, bare))
		var all [2]strings.Builder
		for i := range 40 {
			var chunk strings.Builder
			for range 1 + random.IntN(3) {
				chunk.WriteString(pieces[random.IntN(len(pieces))])
			}
			text := chunk.String()
			for len(text) > 0 {
				n := 1 + random.IntN(len(text))
				direction := random.IntN(2)
				all[direction].WriteString(text[:n])
				s.tell(0, time.Duration(i)*time.Millisecond, session.WireIn+session.ObservationKind(direction), text[:n])
				text = text[n:]
			}
		}
		r := s.recording(t)
		in, out := r.Sessions[0].Received(), r.Sessions[0].Sent()
		if string(in) != all[0].String() {
			t.Fatalf("round %d: received %q, want %q\n%s", round, in, all[0].String(), s.out)
		}
		if string(out) != all[1].String() {
			t.Fatalf("round %d: sent %q, want %q\n%s", round, out, all[1].String(), s.out)
		}
	}
}

// What players show is UTF-8, each character once, whole and without commands.
func TestShown(t *testing.T) {
	s := newScribe(Options{})
	s.Add(quiet(t, session.Config{}))
	for _, p := range []string{"caf\xc3", "\xa9 \xff\xfb\x01na\xefve ", "\xff\xff", "\xe6\xbc", "x", "\xf0\x9f\x98", "\x80!"} {
		s.tell(0, 0, session.WireIn, p)
	}
	r := s.recording(t)
	var shown strings.Builder
	for _, e := range r.Events {
		if e.Code == "o" {
			shown.WriteString(e.Data)
		}
	}
	if want := "café na\ufffdve \ufffdx😀!"; shown.String() != want {
		t.Errorf("shown is %q, want %q\n%s", shown.String(), want, s.out)
	}
}

// A secret is hidden wherever it is cut; the events keep their order and times.
func TestSecretsAreHidden(t *testing.T) {
	const text = "Password: mypass\r\n"
	for cut := range len(text) {
		list := &mask.Secrets{}
		s := newScribe(Options{Secrets: list})
		s.Add(quiet(t, session.Config{}))
		list.Add(mask.Secret{Name: "password", Value: "mypass"})
		s.tell(0, 1*time.Second, session.WireIn, text[:cut])
		s.tell(0, 2*time.Second, session.WireOut, "mypass"[:cut%7])
		s.tell(0, 3*time.Second, session.Remark, "said mypass")
		s.tell(0, 4*time.Second, session.WireOut, "mypass\r\n"[cut%7:])
		s.tell(0, 5*time.Second, session.WireIn, text[cut:])
		s.tell(0, 6*time.Second, session.WireIn, "\xff\xfa\x27\x00\x00USER\x01mypass\xff\xf0")
		r := s.recording(t)
		if strings.Contains(s.out.String(), "mypass") {
			t.Fatalf("cut at %d: the secret is in the file:\n%s", cut, s.out)
		}
		if got, want := string(r.Sessions[0].Received()), "Password: <secret password>\r\n\xff\xfa\x27\x00\x00USER\x01<secret password>\xff\xf0"; got != want {
			t.Errorf("cut at %d: received %q, want %q", cut, got, want)
		}
		if got, want := string(r.Sessions[0].Sent()), "<secret password>\r\n"; got != want {
			t.Errorf("cut at %d: sent %q, want %q", cut, got, want)
		}
		last := time.Duration(0)
		for _, e := range r.Events {
			if e.Time < last {
				t.Fatalf("cut at %d: times go back:\n%s", cut, s.out)
			}
			last = e.Time
		}
	}
}

func TestSessionsAreToldApart(t *testing.T) {
	s := newScribe(Options{})
	s.Add(quiet(t, session.Config{Name: "one", Address: "telnet://one:23"}))
	s.Add(quiet(t, session.Config{Name: "two", Address: "tcp://two:9"}, true))
	for i, p := range []string{"a", "A", "B", "b", "\xff\xfb\x01", "\xff\xfb\x01"} {
		s.tell([]int{0, 1, 1, 0, 0, 1}[i], 0, session.WireIn, p)
	}
	r := s.recording(t)
	if len(r.Sessions) != 2 {
		t.Fatalf("%d sessions", len(r.Sessions))
	}
	for i, want := range []string{"one telnet://one:23 true \"ab\\xff\\xfb\\x01\"", "two tcp://two:9 false \"AB\\xff\\xfb\\x01\""} {
		o := r.Sessions[i]
		if got := fmt.Sprintf("%s %s %v %q", o.Name, o.Address, o.Telnet, o.Received()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The announcement of a layer below is left out, and what was read with it: those
// bytes come again, inflated.
func TestCompressionIsLeftOut(t *testing.T) {
	s := newScribe(Options{})
	s.Add(quiet(t, session.Config{}))
	s.tell(0, 0, session.WireIn, "before\xff\xfa\x56\xff\xf0\x78\x9c\xff\xfb")
	s.tell(0, 0, session.WireIn, "after")
	if got := string(s.recording(t).Sessions[0].Received()); got != "beforeafter" {
		t.Errorf("got %q", got)
	}
}

type fullDisk struct{ writes int }

var errFull = errors.New("no space left on device")

func (f *fullDisk) Write([]byte) (int, error) { f.writes++; return 0, errFull }

// A disk that is full is told once, and nothing else happens.
func TestFullDisk(t *testing.T) {
	told := 0
	disk := &fullDisk{}
	r := NewRecorder(disk, Options{Failed: func(err error) { told++ }})
	s := &scribe{Recorder: r}
	s.Add(quiet(t, session.Config{}))
	for range 100 {
		s.tell(0, 0, session.WireIn, "text")
	}
	if err := r.Close(); !errors.Is(err, errFull) || told != 1 || disk.writes != 1 {
		t.Errorf("told %d times after %d writes: %v", told, disk.writes, err)
	}
	if err := r.Close(); !errors.Is(err, errFull) {
		t.Errorf("closed again: %v", err)
	}
}

// Whatever moment a script is killed at, the file reads up to there.
func TestEveryBeginningReads(t *testing.T) {
	s := newScribe(Options{})
	s.Add(quiet(t, session.Config{}))
	s.tell(0, time.Millisecond, session.WireIn, "caf\xc3\xa9\xff\xfb\x01")
	s.tell(0, time.Second, session.WireOut, "x\r\n")
	whole := s.recording(t)
	file := s.out.Bytes()
	head := bytes.IndexByte(file, '\n') + 1
	for n := head; n <= len(file); n++ {
		r, err := Read(bytes.NewReader(file[:n]), "cut.cast")
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		lines := bytes.Count(file[head:n], []byte("\n"))
		complete := file[n-1] == '\n'
		if len(r.Events) != lines && !(len(r.Events) == lines+1 && !r.Cut) || complete && r.Cut {
			t.Errorf("cut at %d: %d events of %d lines, cut: %v", n, len(r.Events), lines, r.Cut)
		}
	}
	if len(whole.Events) != bytes.Count(file, []byte("\n"))-1 {
		t.Errorf("%d events in\n%s", len(whole.Events), file)
	}
}

// A script whose name stands where the recording's should is not overwritten; a recording is.
func TestCreateKeepsOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "login.lua")
	for _, c := range []struct {
		before string
		kept   bool
	}{{"print(1)\n", true}, {"", false}, {"{\"version\": 2}\n", false}} {
		if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Create(path, Options{})
		if err == nil {
			err = r.Close()
		}
		if after, _ := os.ReadFile(path); (err != nil) != c.kept || c.kept && string(after) != c.before {
			t.Errorf("%q: %v, and it is %q", c.before, err, after)
		}
	}
}

// A recording is its owner's alone.
func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.cast")
	r, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// Strings are JSON's, whatever is in them.
func FuzzText(f *testing.F) {
	f.Add("plain text of more than eight bytes\r\n")
	f.Add("\"\\\x00\x1f\x7f\u2028é\xff 12345678\t")
	f.Fuzz(func(t *testing.T, text string) {
		line := appendText(nil, []byte(validText(text)))
		r, err := Read(strings.NewReader("{\"version\":2,\"moonwire\":{\"format\":1}}\n[1.5, \"o\", "+string(line)+"]\n[2, \"<\", "+string(appendBytes(nil, []byte(text)))+"]\n"), "x")
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if got := r.Events[0].Data; got != validText(text) {
			t.Errorf("%q came back as %q", text, got)
		}
		if got := string(r.Sessions[0].Received()); got != validText(text)+text {
			t.Errorf("the bytes %q came back as %q", text, got)
		}
	})
}

const wireIn, wireOut, closed = session.WireIn, session.WireOut, session.Closed

func sessionNamed(name string) session.Config { return session.Config{Name: name} }

// Another encoding is shown as UTF-8 and kept as it was; a secret is hidden in it.
func TestOtherEncodings(t *testing.T) {
	list := &mask.Secrets{}
	list.Add(mask.Secret{Name: "password", Value: "geh\u00e9im"})
	s := newScribe(Options{Secrets: list})
	s.Add(quiet(t, session.Config{Encoding: "big5"}))
	s.Add(quiet(t, session.Config{Encoding: "cp437"}))
	s.tell(0, 0, session.WireIn, "\xa4")
	s.tell(0, 0, session.WireIn, "\xa4\xa4\xe5 ok")
	s.tell(1, 0, session.WireIn, "\xc9\xcd\xbb\xff\xfb\x01 geh\x82")
	s.tell(1, 0, session.WireIn, "im")
	s.tell(1, 0, session.WireOut, "geh\x82im\r\n")
	r := s.recording(t)
	var shown strings.Builder
	for _, e := range r.Events {
		if e.Code == "o" {
			shown.WriteString(e.Data)
		}
	}
	if shown.String() != "中文 ok╔═╗ <secret password>" {
		t.Errorf("shown is %q", shown.String())
	}
	got := fmt.Sprintf("%q %q %q", r.Sessions[0].Received(), r.Sessions[1].Received(), r.Sessions[1].Sent())
	want := fmt.Sprintf("%q %q %q", "\xa4\xa4\xa4\xe5 ok", "\xc9\xcd\xbb\xff\xfb\x01 <secret password>", "<secret password>\r\n")
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
