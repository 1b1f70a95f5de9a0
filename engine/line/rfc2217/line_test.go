package rfc2217

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/linetest"
	"github.com/moonwire/moonwire/engine/line/serial"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/telnet"
)

// TestLine: the line does what every line does, once its port is set.
func TestLine(t *testing.T) {
	linetest.Test(t, func(*testing.T) linetest.Pair {
		ours, theirs := net.Pipe()
		return linetest.Pair{Line: New(ours, tline.Config{}), Host: theirs}
	})
}

// A server is a console server's end, as a telnet codec speaks it.
type server struct {
	net.Conn
	codec  *telnet.Codec
	heard  [][]byte // payloads of COM-PORT
	text   []byte
	answer func(payload []byte) [][]byte // what is said to a payload
	refuse bool
}

// obedient answers every setting with what was asked for.
func obedient(payload []byte) [][]byte {
	if payload[0] == setBaud && bytes.Equal(payload[1:], []byte{0, 0, 0, 0}) {
		return [][]byte{{fromServer + setBaud, 0, 0, 0x25, 0x80}}
	}
	return [][]byte{append([]byte{payload[0] + fromServer}, payload[1:]...)}
}

// serve runs the server until the client ends.
func (s *server) serve() {
	policy := telnet.Accept
	if s.refuse {
		policy = telnet.Refuse
	}
	s.codec = telnet.New(telnet.Config{Role: telnet.Server, Policies: map[telnet.Option]telnet.Policy{telnet.ComPort: policy, telnet.Binary: telnet.Accept}})
	buf := make([]byte, 1000)
	for {
		n, err := s.Read(buf)
		if err != nil {
			return
		}
		for in := buf[:n]; ; {
			ev, used := s.codec.Next(in)
			in = in[used:]
			if ev.Kind == telnet.None {
				break
			}
			switch {
			case ev.Kind == telnet.Data:
				s.text = append(s.text, ev.Data...)
			case ev.Kind == telnet.Subnegotiation && ev.Option == telnet.ComPort && len(ev.Data) > 0:
				s.heard = append(s.heard, bytes.Clone(ev.Data))
				for _, a := range s.answer(ev.Data) {
					s.codec.Subnegotiate(telnet.ComPort, a)
				}
			}
		}
		for _, b := range s.codec.AppendOutput(nil) { // at every place where it can be cut
			if _, err := s.Write([]byte{b}); err != nil {
				return
			}
		}
	}
}

// open opens a line to a server.
func open(t *testing.T, s *server, cfg serial.Config) (*Line, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	s.Conn = theirs
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve()
		_ = theirs.Close()
	}()
	t.Cleanup(func() {
		_ = ours.Close()
		<-done
	})
	return Open(t.Context(), ours, tline.Config{}, cfg)
}

// drain reads what is there early, and all that the server says until done.
func drain(t *testing.T, l *Line, done func(it line.Item) bool) {
	t.Helper()
	o := newOpener()
	l.Attach(o)
	buf := make([]byte, 100)
	for {
		n, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		o.Lock()
		over := false
		for in := buf[:n]; ; {
			it, used := l.Next(in)
			in = in[used:]
			if it.Kind == line.None {
				break
			}
			over = over || done(it)
		}
		l.Flush()
		o.Unlock()
		if over {
			return
		}
	}
}

// TestOpen sets a port, with a speed whose bytes telnet has to double.
func TestOpen(t *testing.T) {
	s := &server{answer: obedient}
	l, err := open(t, s, serial.Config{Baud: 0xffff, Bits: 7, Parity: serial.Even, Stop: serial.Two, Flow: serial.Hardware})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]byte{{setBaud, 0, 0, 0xff, 0xff}, {setBits, 7}, {setParity, 3}, {setStop, 2}, {setControl, 3}}
	if got := s.heard[:5]; !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("the server heard %v, want %v", got, want)
	}
	if l.Newline() != "\r" || !l.Echoes() || l.EditsLines() {
		t.Error("it is not a console's line")
	}
	if n, err, ok := l.ReadArrived(nil); n != 0 || err != nil || !ok {
		t.Errorf("early: %d, %v, %v", n, err, ok)
	}
	if n, err := l.ReadUntil(time.Now(), nil); n != 0 || err != nil {
		t.Errorf("early: %d, %v", n, err)
	}
}

// TestNews: what the server tells of the port comes as items, in its place.
func TestNews(t *testing.T) {
	s := &server{answer: func(p []byte) [][]byte {
		switch {
		case p[0] == modemMask:
			return [][]byte{
				{fromServer + modemState, cts | dcd},
				{},
				{fromServer + modemState},
				{fromServer + lineState},
				{fromServer + setControl},
				{fromServer + modemState, cts | dsr},
				{fromServer + lineState, 1<<1 | 1<<4},
				{fromServer + lineState, 1},
				{signature, 'x'},
				{signature},
				{fromServer + signature, 'x'},
				{fromServer + signature},
				{fromServer + suspend},
				{fromServer + resume},
				{fromServer + resume},
			}
		case p[0] == setControl && p[1] == askDTR:
			return [][]byte{{fromServer + setControl, dtrOn}}
		case p[0] == setControl && p[1] == askRTS:
			return [][]byte{{fromServer + setControl, rtsOn}}
		}
		return obedient(p)
	}}
	l, err := open(t, s, serial.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	drain(t, l, func(it line.Item) bool {
		if it.Kind == line.Remark {
			told = append(told, it.Text)
		}
		return len(told) == 4
	})
	want := []string{"modem: DSR on, DCD off", "serial port: overrun, break", "the port asks to send nothing more", "the port can be sent to again"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if m, err := l.Modem(); err != nil || m != (line.Modem{DTR: true, RTS: true, CTS: true, DSR: true}) {
		t.Errorf("%+v, %v", m, err)
	}
	if l.signed != 2 {
		t.Errorf("it told its signature %d times, want 2: it is asked for by either number", l.signed)
	}
}

// TestCommands moves the control lines, sends a break and purges.
func TestCommands(t *testing.T) {
	heard := make(chan []byte, 20)
	s := &server{answer: func(p []byte) [][]byte {
		if p[0] == setControl && p[1] >= breakOn && p[1] != askDTR && p[1] != askRTS || p[0] == purge {
			heard <- bytes.Clone(p)
		}
		return obedient(p)
	}}
	l, err := open(t, s, serial.Config{Baud: 9600})
	if err != nil {
		t.Fatal(err)
	}
	l.early = nil
	go func() { _, _ = io.Copy(io.Discard, l.Line) }()
	o := newOpener()
	l.Attach(o)
	on, off := true, false
	o.Lock()
	err = errors.Join(l.SetModem(&on, &off), l.SetModem(&off, &on), l.SetBreak(true), l.SetBreak(false), l.Purge(true, false), l.Purge(false, true), l.Purge(true, true))
	l.Flush()
	o.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]byte{{5, 8}, {5, 12}, {5, 9}, {5, 11}, {5, 5}, {5, 6}, {12, 1}, {12, 2}, {12, 3}} {
		select {
		case got := <-heard:
			if !bytes.Equal(got, want) {
				t.Errorf("the server heard %v, want %v", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the server never heard %v", want)
		}
	}
	if m, _ := l.Modem(); m.DTR || !m.RTS {
		t.Errorf("%+v", m)
	}
}

// TestSwitchedOff: a server that switches the option off takes no commands any more, and what
// it had asked us to hold back goes out.
func TestSwitchedOff(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	l := New(ours, tline.Config{})
	defer l.Cut()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	o := newOpener()
	l.Attach(o)
	o.Lock()
	defer o.Unlock()
	hear := func(in string) {
		t.Helper()
		for rest := []byte(in); ; {
			it, used := l.Next(rest)
			if rest = rest[used:]; it.Kind == line.None {
				return
			}
			if it.Asks {
				l.Answer(line.Answer{Decision: line.ByDefault})
			}
		}
	}
	on := true
	uses := func() error {
		_, err := l.Modem()
		return errors.Join(err, l.SetModem(&on, nil), l.SetBreak(true), l.Purge(true, true))
	}
	hear("\xff\xfd\x2c\xff\xfa\x2c\x6c\xff\xf0")
	if err := uses(); err != nil || !l.Held() {
		t.Errorf("%v, held: %v", err, l.Held())
	}
	hear("\xff\xfe\x2c")
	_, modem := l.Modem()
	for _, err := range []error{modem, l.SetModem(&on, nil), l.SetBreak(true), l.Purge(true, true)} {
		if !errors.Is(err, ErrOff) {
			t.Errorf("%v, want %v", err, ErrOff)
		}
	}
	if l.Held() {
		t.Error("what the server cannot ask for any more is still held back")
	}
	hear("\xff\xfd\x2c")
	if err := uses(); err != nil {
		t.Errorf("switched on again: %v", err)
	}
}

// TestFlow: of all that a server tells by the command of the flow control only that is its
// answer.
func TestFlow(t *testing.T) {
	answer := func(flow byte) func(p []byte) [][]byte {
		return func(p []byte) [][]byte {
			if p[0] == setControl && p[1] < askBreak {
				return [][]byte{{fromServer + setControl, breakOff}, {fromServer + setControl, 14}, {fromServer + setControl, dtrOn}, {fromServer + setControl, flow}}
			}
			return obedient(p)
		}
	}
	if _, err := open(t, &server{answer: answer(byte(serial.Hardware))}, serial.Config{Flow: serial.Hardware}); err != nil {
		t.Error(err)
	}
	const want = "the port cannot be set to flow=hardware: it stays at flow=17"
	if _, err := open(t, &server{answer: answer(flowDCD)}, serial.Config{Flow: serial.Hardware}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestCannotSet: a server that does not do what it is asked ends the opening.
func TestCannotSet(t *testing.T) {
	baud := func(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{fromServer + setBaud}, n) }
	for _, c := range []struct {
		s    *server
		cfg  serial.Config
		want string
	}{
		{&server{refuse: true}, serial.Config{}, "the server does not do RFC 2217 (COM-PORT): is it a plain telnet port?"},
		{&server{answer: func([]byte) [][]byte { return [][]byte{baud(9600)} }}, serial.Config{Baud: 115200}, "the port cannot be set to baud=115200: it stays at baud=9600"},
		{&server{answer: func([]byte) [][]byte { return [][]byte{{fromServer + setParity, 1}} }}, serial.Config{Parity: serial.Odd}, "the port cannot be set to parity=odd: it stays at parity=none"},
		{&server{answer: func([]byte) [][]byte { return [][]byte{{fromServer + setBaud, 1}} }}, serial.Config{Baud: 115200}, "the server's answer to the setting of baud=115200 makes no sense"},
		{&server{answer: func([]byte) [][]byte { return [][]byte{{fromServer + setStop}} }}, serial.Config{Stop: serial.OneAndHalf}, "the server's answer to the setting of stop=1.5 makes no sense"},
	} {
		l, err := open(t, c.s, c.cfg)
		if err == nil || err.Error() != c.want || l != nil {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestSilent: the context covers a server that says nothing, talks without end, or leaves.
func TestSilent(t *testing.T) {
	for name, serve := range map[string]func(conn net.Conn){
		"silent": func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
		"floods": func(conn net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			for {
				if _, err := io.WriteString(conn, strings.Repeat("all work and no play\r\n\xff\xf1", 50)); err != nil {
					return
				}
			}
		},
	} {
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			serve(theirs)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := Open(ctx, ours, tline.Config{}, serial.Config{})
		if !errors.Is(err, ErrSilent) && (name != "floods" || !errors.Is(err, ErrTalks)) { // whichever comes first
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		<-done
	}
	ours, theirs := net.Pipe()
	go func() {
		_, _ = theirs.Read(make([]byte, 100))
		_ = theirs.Close()
	}()
	if _, err := Open(t.Context(), ours, tline.Config{}, serial.Config{}); err == nil || !strings.Contains(err.Error(), "the server closed the connection before the port was set") {
		t.Error(err)
	}
	ours, ssh := net.Pipe()
	go func() { // the pipe waits until each side has read
		go func() { _, _ = io.Copy(io.Discard, ssh) }()
		_, _ = io.WriteString(ssh, "SSH-2.0-x\r\n")
		_ = ssh.Close()
	}()
	if _, err := Open(t.Context(), ours, tline.Config{}, serial.Config{}); err == nil || !strings.HasSuffix(err.Error(), `before the port was set; it said "SSH-2.0-x\r\n"`) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ours, unread := net.Pipe()
	defer unread.Close()
	if _, err := Open(ctx, ours, tline.Config{}, serial.Config{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestServerThatDoesNotRead: what the server asks for over and over does not pile up: once
// it reads it gets little.
func TestServerThatDoesNotRead(t *testing.T) {
	for name, wire := range map[string]string{
		"signature":          "\xff\xfa\x2c\x00\xff\xf0",
		"the option, off on": "\xff\xfe\x2c\xff\xfd\x2c",
	} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			l := New(ours, tline.Config{})
			o := newOpener()
			l.Attach(o)
			o.Lock()
			in := []byte("\xff\xfd\x2c" + strings.Repeat(wire, 100_000))
			for len(in) > 0 {
				it, used := l.Next(in)
				if in = in[used:]; it.Kind == line.None {
					break
				}
				if it.Asks {
					l.Answer(line.Answer{Decision: line.ByDefault})
				}
			}
			o.Unlock()
			got := 0
			go func() {
				buf := make([]byte, 64<<10)
				for {
					n, err := theirs.Read(buf)
					if got += n; err != nil {
						return
					}
				}
			}()
			for before := -1; before < got; synctest.Wait() {
				before = got
				o.Lock()
				l.Flush()
				o.Unlock()
				synctest.Wait()
			}
			if got == 0 || got > 768<<10 {
				t.Errorf("%s: %d bytes were kept", name, got)
			}
			l.Cut()
			_ = theirs.Close()
		})
	}
}

// TestTalksBeforeItAnswers: what a server says before it has answered is kept or an error,
// never lost.
func TestTalksBeforeItAnswers(t *testing.T) {
	ours, theirs := net.Pipe()
	go func() {
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		_, _ = io.WriteString(theirs, strings.Repeat(strings.Repeat("x", 4000)+"\xff\xf1", 400))
		<-t.Context().Done()
	}()
	defer theirs.Close()
	_, err := Open(t.Context(), ours, tline.Config{}, serial.Config{})
	if want := `the server talks on and does not answer RFC 2217; it said "` + strings.Repeat("x", 60) + `"`; !errors.Is(err, ErrTalks) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
