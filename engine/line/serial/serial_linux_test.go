package serial

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/linetest"
)

// cable returns what hangs on a port, and the port's name. A pseudo-terminal takes every
// setting that a UART takes, and has no control lines.
func cable(t *testing.T) (host *os.File, path string) {
	t.Helper()
	host, port, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = host.Close()
		_ = port.Close()
	})
	return host, port.Name()
}

func TestLine(t *testing.T) {
	linetest.Test(t, func(t *testing.T) linetest.Pair {
		host, path := cable(t)
		p, err := Open(path, Config{Baud: 115200})
		if err != nil {
			t.Fatal(err)
		}
		return linetest.Pair{Line: New(p), Host: host, Lost: true}
	})
}

// TestSettings reads back what a port was set to, and that Close undoes it.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		baud uint32
		on   uint32 // flags of Cflag
		off  uint32
		flow uint32 // flags of Iflag
	}{
		{Config{}, 9600, unix.CS8 | unix.CREAD | unix.CLOCAL, unix.PARENB | unix.CSTOPB | unix.CRTSCTS, 0},
		{Config{Baud: 115200, Bits: 7, Parity: Even, Stop: Two, Flow: Hardware}, 115200, unix.CS7 | unix.CSTOPB | unix.CRTSCTS, unix.PARODD, 0},
		{Config{Baud: 250000, Bits: 5, Parity: Odd, Stop: OneAndHalf, Flow: Software}, 250000, unix.CSTOPB, 0, unix.IXON | unix.IXOFF},
		{Config{Parity: Mark}, 9600, 0, 0, 0},
		{Config{Parity: Space}, 9600, 0, 0, 0},
	} {
		host, path := cable(t)
		before, err := unix.IoctlGetTermios(int(host.Fd()), unix.TCGETS2)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Open(path, c.cfg)
		if err != nil {
			t.Fatalf("%+v: %v", c.cfg, err)
		}
		got, err := unix.IoctlGetTermios(int(host.Fd()), unix.TCGETS2)
		if err != nil {
			t.Fatal(err)
		}
		if got.Ospeed != c.baud || got.Cflag&c.on != c.on || got.Cflag&c.off != 0 || got.Iflag&(unix.IXON|unix.IXOFF) != c.flow || got.Lflag != 0 {
			t.Errorf("%+v became %+v", c.cfg, got)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		after, err := unix.IoctlGetTermios(int(host.Fd()), unix.TCGETS2)
		if err != nil || *after != *before {
			t.Errorf("%+v was left behind, %v", after, err)
		}
	}
}

// TestCannotOpen says why, and what may help.
func TestCannotOpen(t *testing.T) {
	_, path := cable(t)
	p, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, free := cable(t)
	for _, c := range []struct {
		path       string
		cfg        Config
		what, hint string
	}{
		{path, Config{}, "the port is in use", "fuser " + path},
		{filepath.Join(t.TempDir(), "tty"), Config{}, "there is no such port", "t"},
		{"/dev/null", Config{}, "it is no serial port", ""},
		{free, Config{Stop: OneAndHalf}, "1.5 stop bits go with 5 bits alone", ""},
	} {
		_, err := Open(c.path, c.cfg)
		e, ok := errors.AsType[*OpenError](err)
		if !ok || e.Error() != c.what || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%s: %v; want %s", c.path, err, c.what)
		}
	}
	device := filepath.Join(t.TempDir(), "port") // a file will do, whose owner is asked for
	if err := os.WriteFile(device, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if e := cannotOpen(device, unix.EACCES); !strings.Contains(e.Hint, "its mode is -rw-------, its group ") {
		t.Errorf("a port for its owner: %s", e.Hint)
	}
	if err := os.Chmod(device, 0o660); err != nil {
		t.Fatal(err)
	}
	if os.Getgid() == 0 {
		if e := cannotOpen(device, unix.EACCES); !strings.Contains(e.Hint, "its group root: a udev rule") {
			t.Errorf("a port for root's group: %s", e.Hint)
		}
		if err := os.Chown(device, -1, 65534); err != nil {
			t.Fatal(err)
		}
	}
	e := cannotOpen(device, unix.EACCES)
	if e.What != "permission denied" || !strings.Contains(e.Hint, "the port is for the group") || !errors.Is(e, unix.EACCES) {
		t.Errorf("%v (%s)", e, e.Hint)
	}
	if e := cannotOpen(free+"x", unix.EACCES); e.Hint != "" {
		t.Errorf("a hint about what is not there: %s", e.Hint)
	}
}

// TestGone: a port that vanishes is the end, with its reason.
func TestGone(t *testing.T) {
	host, path := cable(t)
	p, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	l := New(p)
	l.Attach(&linetest.Owner{})
	_ = host.Close()
	_, err = l.Read(make([]byte, 10))
	if _, cause := l.End(err); !errors.Is(cause, errGone) {
		t.Errorf("read %v, ended with %v", err, cause)
	}
	on := true
	_, err = p.Write([]byte("x"))
	_, modem := l.Modem()
	for what, err := range map[string]error{
		"write": err, "modem": modem, "DTR": l.SetModem(&on, nil), "purge": l.Purge(true, true), "break": l.SetBreak(true),
	} {
		if !errors.Is(err, errGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
	l.Cut()
}

// TestControlLines: a port without them says so.
func TestControlLines(t *testing.T) {
	_, path := cable(t)
	p, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	l := New(p)
	on := true
	_, err = l.Modem()
	for what, err := range map[string]error{"modem": err, "DTR": l.SetModem(&on, nil), "RTS": l.SetModem(nil, &on)} {
		if err == nil || err.Error() != "the port has no control lines" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, how := range [][2]bool{{true, true}, {true, false}, {false, true}} {
		if err := l.Purge(how[0], how[1]); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(l.SetBreak(true), l.SetBreak(false)); err != nil {
		t.Error(err)
	}
}

// TestRecording: a line over a recording takes what it is told.
func TestRecording(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	defer near.Close()
	l := New(near)
	if _, err := l.Modem(); !errors.Is(err, errNoPort) {
		t.Error(err)
	}
	if err := errors.Join(l.SetModem(nil, nil), l.Purge(true, true), l.SetBreak(true)); err != nil {
		t.Error(err)
	}
}

// TestChanges names the lines that changed.
func TestChanges(t *testing.T) {
	before := line.Modem{DTR: true, CTS: true}
	after := line.Modem{DTR: true, DSR: true, DCD: true}
	if got := after.Changes(before); got != "modem: CTS off, DSR on, DCD on" {
		t.Error(got)
	}
	if got := after.Changes(after); got != "" {
		t.Error(got)
	}
}
