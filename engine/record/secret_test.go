package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// TestCorrectedPasswordsAreHidden: what was erased while a password was typed is part
// of it, and the recording still drives the script.
func TestCorrectedPasswordsAreHidden(t *testing.T) {
	for _, typed := range []string{"myx\x7fpass", "wrong\x15mypass", "mypaa\x08\x08ss"} {
		s := newScribe(Options{})
		s.Add(quiet(t, sessionNamed("one")))
		s.tell(0, time.Second, wireIn, "Password: ")
		for i := range len(typed) {
			s.tell(0, time.Duration(1000+10*i)*time.Millisecond, wireOut, typed[i:i+1])
		}
		s.tell(0, 2*time.Second, wireOut, "\r\n")
		s.tell(0, 3*time.Second, wireIn, "\r\n$ ")
		r := s.recording(t)
		text, secrets, err := r.Script(time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := r.Mask(&out, "test", secrets); err != nil {
			t.Fatal(err)
		}
		both := text + out.String()
		for _, part := range []string{"my", "wrong", "aa", "pass\"", "ss\""} {
			if strings.Contains(both, part) {
				t.Errorf("%q: %q is in\n%s", typed, part, both)
			}
		}
		masked, err := Read(bytes.NewReader(out.Bytes()), "masked.cast")
		if err != nil {
			t.Fatal(err)
		}
		if got := string(masked.Sessions[0].Sent()); got != "<secret password>\r\n" {
			t.Errorf("%q: sent %q", typed, got)
		}
	}
}

// TestTypedUnseen: what the operator typed and nobody echoed is a secret on every line,
// whatever the question is called; what a program reads without the terminal's help is none
// where the terminal tells of its echo.
func TestTypedUnseen(t *testing.T) {
	const head = `{"version":2,"width":80,"height":24,"timestamp":1,"moonwire":{"format":1,"program":"test"}}
[0, "S", "{\"session\":1,\"name\":\"x\",\"address\":\"x:\",\"telnet\":false,\"encoding\":\"utf-8\"}"]
[0, "o", "$ "]
[1, "i", "lock\r"]
[1.1, "o", "lock\r\ncode? "]
`
	for name, test := range map[string]struct {
		events string
		hidden bool
	}{
		"the terminal tells": {`[1.2, "e", "echo off"]
[2, "i", "hush\r"]
[2.1, "o", "\r\n"]
[2.1, "e", "echo on"]
[2.2, "o", "$ "]`, true},
		"not echoed":             {`[2, "i", "hush\r"]` + "\n" + `[2.1, "o", "\r\n$ "]`, true},
		"stars":                  {`[2, "i", "hush"]` + "\n" + `[2.1, "o", "****"]` + "\n" + `[2.2, "i", "\r"]` + "\n" + `[2.3, "o", "\r\n$ "]`, true},
		"echoed":                 {`[2, "i", "hush\r"]` + "\n" + `[2.1, "o", "hush\r\n$ "]`, false},
		"echoed over two rows":   {`[2, "i", "a long hush\r"]` + "\n" + `[2.1, "o", "a long  \rhu \rsh\r\n$ "]`, false},
		"echoed while it is off": {`[1.2, "e", "echo off"]` + "\n" + `[2, "i", "hush\r"]` + "\n" + `[2.1, "o", "hush\r\n$ "]`, false},
		"the terminal does not tell of it": {`[1.2, "e", "echo off"]
[1.3, "e", "echo on"]
[2, "i", "hush\r"]
[2.1, "o", "\r\n$ "]`, false},
	} {
		r, err := Read(strings.NewReader(head+test.events+"\n"), "x.cast")
		if err != nil {
			t.Fatal(err)
		}
		text, secrets, err := r.Script(time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var masked bytes.Buffer
		if err := r.Mask(&masked, "test", secrets); err != nil {
			t.Fatal(err)
		}
		if both := text + masked.String(); strings.Contains(both, "hush") == test.hidden || test.hidden != strings.Contains(text, `secret "code"`) {
			t.Errorf("%s:\n%s", name, both)
		}
	}

	// Where nothing was ever echoed, none of it is.
	r, err := Read(strings.NewReader(strings.Replace(head, "lock\\r\\ncode? ", "\\r\\nok ", 1)+`[2, "i", "AT\r"]`+"\n"+`[2.1, "o", "\r\nok "]`+"\n"), "x.cast")
	if err != nil {
		t.Fatal(err)
	}
	if text, secrets, err := r.Script(time.Time{}); err != nil || len(secrets) != 0 || !strings.Contains(text, `"AT"`) {
		t.Errorf("%v, %d secrets:\n%s", err, len(secrets), text)
	}
}

// TestSecretsCutByWhatNobodySees: a recording has no echo whose letters stand apart,
// nor the end of one that was coming when it began, nor a secret of two lines.
func TestSecretsCutByWhatNobodySees(t *testing.T) {
	for _, sent := range []string{
		"a hunter2 b", "hun\xff\xf1ter2", "hu\x1b[1mnt\x1b[0mer2", "h\x00u\x00n\x00t\x00e\x00r\x002", "nter2\r\n$ ",
		"one\r\ntwo", "one\r\x00two", "one\ntwo", "hun\xff\xfb\x01te\x1b[0m\x00r2",
	} {
		for cut := 0; cut <= len(sent); cut++ {
			secrets := &mask.Secrets{}
			secrets.Add(mask.Secret{Name: "p", Value: "hunter2"})
			secrets.Add(mask.Secret{Name: "q", Value: "one\ntwo"})
			s := newScribe(Options{Secrets: secrets})
			s.Add(quiet(t, sessionNamed("one")))
			s.tell(0, time.Second, wireIn, sent[:cut])
			s.tell(0, 2*time.Second, wireIn, sent[cut:])
			r := s.recording(t)
			var got strings.Builder
			for _, c := range string(r.Sessions[0].Received()) {
				if c >= ' ' && c < 0x7f {
					got.WriteString(string(c))
				}
			}
			if !strings.Contains(got.String(), "<secret ") || strings.Contains(got.String(), "er2") || strings.Contains(got.String(), "two") || strings.Contains(got.String(), "hu") {
				t.Errorf("%q cut at %d: %q", sent, cut, got.String())
			}
		}
	}
}

// TestHostShowsNoSecret: a host that plays a recording does not tell what a client
// wrote in a secret's place, or to a question for one.
func TestHostShowsNoSecret(t *testing.T) {
	for _, lines := range [][]string{
		{"<0 login: ", ">1 x<secret p>\r\n", "<2 more"},
		{"<0 Password: \xff\xfb\x01", ">1 show version\r\n", "<2 more"},
		{"<0 Password: ", "<1 \r\nPassword: "},
	} {
		address, told := served(t, script(t, lines...), ReplayOptions{Faults: NoFaults})
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "hunter2\r\n"); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		for err == nil {
			_, err = conn.Read(buf)
			if lines[1][0] == '<' && err == nil {
				break
			}
		}
		_ = conn.Close()
		log := told()
		if strings.Contains(log, "hunter2") || lines[1][0] == '>' && !strings.Contains(log, "the client sent something that may be a secret and is not shown") {
			t.Errorf("%q: the host said\n%s", lines, log)
		}
	}
}

// TestLongLinesAreRefused: a line that no recorder writes is an error that takes little
// memory, and does not have to end.
func TestLongLinesAreRefused(t *testing.T) {
	const head = "{\"version\": 2, \"width\": 80, \"height\": 24}\n"
	for name, c := range map[string]struct{ begins, want string }{
		"event":     {head + `[1, "o", "`, "x.cast:2: the line is longer than 16 MB, the most that is read"},
		"header":    {`{"version": 2, "title": "`, "x.cast:1: the line is longer than 16 MB, the most that is read"},
		"version 1": {"{\n\"version\": 1, \"title\": \"", "x.cast:1: the line is longer than 16 MB, the most that is read"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(io.MultiReader(strings.NewReader(c.begins), endless('x')), "x.cast")
		runtime.ReadMemStats(&after)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if grew := after.TotalAlloc - before.TotalAlloc; grew > 8*maxLine {
			t.Errorf("%s: %d MB were taken", name, grew>>20)
		}
	}
	long := strings.Repeat("x", maxLine-100)
	r, err := Read(strings.NewReader(head+fmt.Sprintf("[1, \"o\", %q]\n[2, \"o\", \"end\"]\n", long)), "x.cast")
	if err != nil || string(r.Sessions[0].Received()) != long+"end" {
		t.Errorf("a line below the bound: %v", err)
	}
}

// TestWaitsHideSecrets: what a wait matched is in the recording as JSON in JSON; a secret
// that has to be escaped there is hidden as well, also one that the match cuts.
func TestWaitsHideSecrets(t *testing.T) {
	const value = "hun\"t\\er2"
	for _, w := range []session.WaitReport{
		{Op: "expect", Matched: "so " + value + "!"},
		{Op: "expect", Before: []byte("so hun\"t"), Matched: "\\er2!"},
		{Op: "expect", Matched: "so hun\"t", After: []byte("\\er2!")},
		{Op: "expect", Index: -1, Err: errors.New("it said " + value)},
	} {
		for _, late := range []bool{false, true} {
			secrets := &mask.Secrets{}
			if !late {
				secrets.Add(mask.Secret{Name: "p", Value: value})
			}
			s := newScribe(Options{Secrets: secrets})
			s.Add(quiet(t, sessionNamed("one")))
			s.tracks[0].Observe(&session.Observation{Kind: session.WaitEnded, Wait: &w})
			r := s.recording(t)
			file := s.out.String()
			if late {
				if w.Before != nil || w.After != nil {
					continue // a match that cuts it is not known any more
				}
				var out bytes.Buffer
				if err := r.Mask(&out, "test", []mask.Secret{{Name: "p", Value: value}}); err != nil {
					t.Fatal(err)
				}
				file = out.String()
			}
			if strings.Contains(file, "er2") || strings.Contains(file, "hun") || !strings.Contains(file, "<secret p>") {
				t.Errorf("%+v, late %v:\n%s", w, late, file)
			}
		}
	}
}
