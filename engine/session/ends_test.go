package session_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// A cutConn gives text and then an error.
type cutConn struct {
	net.Conn
	in  io.Reader
	err error
}

func (c *cutConn) Read(p []byte) (int, error) {
	if n, err := c.in.Read(p); err == nil {
		return n, nil
	}
	return 0, c.err
}

func (c *cutConn) Write(p []byte) (int, error) { return len(p), nil }

// ending returns a session whose peer says text and ends with err.
func ending(t *testing.T, text string, err error) *session.Session {
	t.Helper()
	ours, theirs := net.Pipe()
	s, newErr := connect(&cutConn{ours, strings.NewReader(text), err}, setup{Telnet: mccp2})
	if newErr != nil {
		t.Fatal(newErr)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = theirs.Close()
	})
	return s
}

// reads are all the ways to read to the end of a conversation.
var reads = map[string]func(*testing.T, *session.Session) error{
	"read_all": func(t *testing.T, s *session.Session) error {
		_, _, err := s.ReadAll(t.Context(), session.WaitOptions{})
		return err
	},
	"read_line": func(t *testing.T, s *session.Session) error {
		if line, err := s.ReadLine(t.Context(), session.WaitOptions{}); line != "one" || err != nil {
			t.Errorf("the whole line is %q, %v", line, err)
		}
		line, err := s.ReadLine(t.Context(), session.WaitOptions{})
		if line != "" {
			t.Errorf("half a line is a line: %q", line)
		}
		return err
	},
	"read_some": func(t *testing.T, s *session.Session) error {
		for {
			if _, err := s.ReadSome(t.Context(), session.WaitOptions{}); err != nil {
				return err
			}
		}
	},
	"read_available": func(t *testing.T, s *session.Session) error {
		for {
			if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil {
				return err
			}
		}
	},
	"drain": func(t *testing.T, s *session.Session) error {
		_, err := s.Drain(t.Context(), 0, session.WaitOptions{})
		return err
	},
	"read_until": func(t *testing.T, s *session.Session) error {
		_, err := s.ReadUntil(t.Context(), "never", session.WaitOptions{})
		return err
	},
}

// TestEnds: an end that is not in order fails every read, and keeps what came.
func TestEnds(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	for name, read := range reads {
		for _, test := range []struct {
			text   string
			end    error
			broken bool
			reason string
		}{
			{"", reset, false, "reset"},
			{"\xff\xfb\x56\xff\xfa\x56\xff\xf0this is no zlib stream", io.EOF, true, "compression failed: "},
			{"\xff\xfa\x18text", io.EOF, true, "telnet failed: the connection ended in a subnegotiation of TTYPE without its SE, so the text may be cut short"},
			{"\xff\xfa\x18text\xff", io.EOF, true, "without its SE"},
			{"\xff\xfa\x18", io.EOF, false, "the connection ended in a subnegotiation of TTYPE without its SE"},
			{"\xff\xfa", io.EOF, false, "the connection ended in an empty subnegotiation without its SE"},
			{"\xff", io.EOF, false, "the connection ended in an IAC without its command"},
			{"\xff\xfd", io.EOF, false, "the connection ended in DO without its option"},
			{"\x1b]0;title", io.EOF, false, "the connection ended in a control string without its end"},
			{"\x1bPthe rest\x1b", io.EOF, false, "the connection ended in a control string without its end"},
		} {
			synctest.Test(t, func(t *testing.T) {
				s := ending(t, "one\r\ntw"+test.text, test.end)
				err := read(t, s)
				wait, isWait := errors.AsType[*session.WaitError](err)
				_, isLayer := errors.AsType[*line.Error](err)
				if !isWait || isLayer != test.broken || errors.Is(err, io.EOF) == test.broken {
					t.Fatalf("%s after %v: %v", name, test.end, err)
				}
				if !test.broken && wait.Cause == nil || !strings.Contains(err.Error(), test.reason) {
					t.Errorf("%s does not give the reason: %v", name, err)
				}
				if report := strings.Join(wait.Report().Lines(), "\n"); strings.Contains(report, "closed by itself") {
					t.Errorf("%s says that the peer closed: %s", name, report)
				}
				if again := read; name == "read_all" && again(t, s) == nil {
					t.Error("a second read_all succeeds")
				}
				if kept, err := s.Peek(t.Context()); (name == "read_all" || name == "read_until") && (kept != "one\ntw" || err != nil) {
					t.Errorf("%s keeps %q, %v", name, kept, err)
				}
			})
		}
	}
}

// TestListedEnd: EOF in a list matches a lost connection and says why; it does not
// match a broken layer.
func TestListedEnd(t *testing.T) {
	p, err := patterns.Compile([]patterns.Pattern{{Kind: patterns.EOF}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text   string
		end    error
		reason string
		broken bool
	}{
		{"", io.EOF, "", false},
		{"\x1b[12", io.EOF, "", false}, // no text is missing
		{"\x1b", io.EOF, "", false},
		{"\x1b]0;title\a", io.EOF, "", false},
		{"\xff", io.EOF, "IAC", false},
		{"", syscall.ECONNRESET, "reset", false},
		{"\xff\xfb\x56\xff\xfa\x56\xff\xf0this is no zlib stream", io.EOF, "", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, err := ending(t, "text"+test.text, test.end).Expect(t.Context(), p, session.WaitOptions{})
			if (err != nil) != test.broken {
				t.Fatalf("after %v: %v", test.end, err)
			}
			if err == nil && (test.reason == "") != (r.Ended == nil) {
				t.Errorf("after %v the reason is %v", test.end, r.Ended)
			}
		})
	}
}

// TestTLSEnds: TLS that is cut off without its closing message, and a record that
// was changed, are no orderly end; close_notify is one.
func TestTLSEnds(t *testing.T) {
	for _, how := range []string{"orderly", "cut", "forged"} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			server := tls.Server(theirs, serverConfig(t))
			s, err := connect(tls.Client(line.Wrap(ours), &tls.Config{InsecureSkipVerify: true}), session.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			done := make(chan struct{})
			defer func() { <-done }()
			go func() {
				_, _ = server.Write([]byte("config"))
				switch how {
				case "orderly":
					_ = server.CloseWrite()
				case "forged":
					_, _ = theirs.Write([]byte("\x17\x03\x03\x00\x20" + strings.Repeat("x", 32)))
				}
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				time.Sleep(time.Second)
				_ = theirs.Close()
				close(done)
			}()
			text, _, err := s.ReadAll(t.Context(), session.WaitOptions{})
			_, broken := errors.AsType[*line.Error](err)
			if broken == (how == "orderly") || !broken && (text != "config" || err != nil) {
				t.Errorf("%s: %q, %v", how, text, err)
			}
			if state := s.TLS(); state == nil || state.Version != tls.VersionTLS13 {
				t.Errorf("the TLS is %v", state)
			}
		})
	}
}

// TestFollows: text in clear after our FOLLOWS is not taken, and a FOLLOWS that
// never comes is told.
func TestFollows(t *testing.T) {
	for _, closes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, setup{Telnet: telnet.Config{TLS: true}, StartTLS: &tls.Config{InsecureSkipVerify: true}})
			go func() {
				p.say("\xff\xfd\x2eforged text")
				if closes {
					time.Sleep(time.Second)
					_ = p.conn.Close()
				}
			}()
			_, err := s.ReadUntil(t.Context(), "forged", within(2*time.Second))
			if err == nil || !strings.Contains(err.Error(), "has not sent FOLLOWS") {
				t.Fatalf("got %v", err)
			}
			if _, broken := errors.AsType[*line.Error](err); broken != closes {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRequiredTLS: nothing is written in clear, and no text is taken, before TLS.
func TestRequiredTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{RequireTLS: true, Telnet: telnet.Config{TLS: true}, StartTLS: &tls.Config{InsecureSkipVerify: true}})
		go p.say("login: ")
		if text, err := s.ReadUntil(t.Context(), "login: ", within(time.Second)); err == nil || !strings.Contains(err.Error(), "TLS is required") {
			t.Errorf("got %q, %v", text, err)
		}
		second := time.Second
		err := s.Write(t.Context(), "secret\n", session.WriteOptions{Timeout: second})
		if _, ok := errors.AsType[*line.Error](err); !ok {
			t.Errorf("the write gives %v", err)
		}
		if heard := p.heard(); heard != "" {
			t.Errorf("the peer heard %q", heard)
		}
		go p.say("\xff\xfd\x2e\xff\xfa\x2e\x01\xff\xf0")
		if _, err := s.ReadUntil(t.Context(), "login: ", within(time.Second)); err == nil || !strings.Contains(err.Error(), "handshake is not over") {
			t.Errorf("in the handshake: %v", err)
		}
	})
}

// TestRawEnds: a raw session has no control strings.
func TestRawEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		s, err := connect(&cutConn{ours, strings.NewReader("text\x1b]0;title"), io.EOF}, session.Config{Raw: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if text, _, err := s.ReadAll(t.Context(), session.WaitOptions{}); text != "text\x1b]0;title" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// TestStringIsTold: a wait that runs out of time in a control string says so.
func TestStringIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		s, err := connect(ours, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		go func() { _, _ = io.WriteString(theirs, "one\r\n\x1bPlogin: ") }()
		_, err = s.ReadUntil(t.Context(), "login: ", session.WaitOptions{Timeout: time.Second})
		wait, ok := errors.AsType[*session.WaitError](err)
		if !ok || !strings.Contains(strings.Join(wait.Report().Lines(), "\n"), "began a control string without its end: until that ends, nothing that it sends is text") {
			t.Errorf("it says %v", err)
		}
	})
}
