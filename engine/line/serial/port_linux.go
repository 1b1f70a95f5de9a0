package serial

import (
	"errors"
	"io/fs"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/device"
)

// Port is an open port. It is the connection to what hangs on it.
type Port struct {
	*device.File
	before  unix.Termios // how the port was set
	flow    Flow
	closing sync.Once
	err     error
}

// Open opens a port. An *OpenError says what may help.
func Open(path string, cfg Config) (*Port, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		_ = unix.Close(fd)
		return nil, &OpenError{What: "it is no serial port", Err: err}
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = unix.Close(fd)
		return nil, cannotOpen(path, unix.EBUSY)
	}
	if err := set(fd, *before, cfg); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &Port{File: device.New(uintptr(fd), path, "serial"), before: *before, flow: cfg.Flow}, nil
}

// cannotOpen explains an error of open.
func cannotOpen(path string, err error) *OpenError {
	e := &OpenError{What: err.Error(), Err: err}
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
		e.What = "there is no such port"
		e.Hint = "is it plugged in? no USB or ACM port is there"
		var there []string
		for _, pattern := range []string{"/dev/ttyUSB*", "/dev/ttyACM*", "/dev/serial/by-id/*"} {
			found, _ := filepath.Glob(pattern) // the patterns are right
			there = append(there, found...)
		}
		if len(there) > 0 {
			e.Hint = "there are " + strings.Join(there, ", ")
		}
	case errors.Is(err, unix.EBUSY):
		e.What, e.Hint = "the port is in use", "fuser "+path+" tells by whom"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		e.What = "permission denied"
		e.Hint = whoMay(path)
	}
	return e
}

// whoMay says how to get at a port, "" if it cannot be told. To join root's group is no
// advice, and the group of a port that its group may not use is of no help.
func whoMay(path string) string {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return ""
	}
	group := strconv.FormatUint(uint64(st.Gid), 10)
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	if st.Mode&0o060 != 0o060 || st.Gid == 0 {
		return "its mode is " + fs.FileMode(st.Mode&0o777).String() + ", its group " + group + `: a udev rule with GROUP="dialout", MODE="0660" lets others use it`
	}
	return "the port is for the group " + group + ": sudo usermod -aG " + group + " $USER, and log in anew"
}

var sizes = map[int]uint32{5: unix.CS5, 6: unix.CS6, 7: unix.CS7, 8: unix.CS8}

// set makes a port raw and sets it as cfg says, in place of the defaults.
func set(fd int, t unix.Termios, cfg Config) error {
	if cfg.Baud == 0 {
		cfg.Baud = defaultBaud
	}
	if cfg.Bits == 0 {
		cfg.Bits = 8
	}
	t.Iflag, t.Oflag, t.Lflag = unix.IGNBRK, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.CSTOPB|unix.PARENB|unix.PARODD|unix.CMSPAR|unix.CRTSCTS|unix.CBAUD) |
		unix.CLOCAL | unix.CREAD | unix.BOTHER | sizes[cfg.Bits]
	t.Ispeed, t.Ospeed = uint32(cfg.Baud), uint32(cfg.Baud)
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	switch cfg.Parity {
	case Odd:
		t.Cflag |= unix.PARENB | unix.PARODD
	case Even:
		t.Cflag |= unix.PARENB
	case Mark:
		t.Cflag |= unix.PARENB | unix.PARODD | unix.CMSPAR
	case Space:
		t.Cflag |= unix.PARENB | unix.CMSPAR
	}
	switch {
	case cfg.Stop == OneAndHalf && cfg.Bits != 5:
		return &OpenError{What: "1.5 stop bits go with 5 bits alone"}
	case cfg.Stop == Two, cfg.Stop == OneAndHalf:
		t.Cflag |= unix.CSTOPB
	}
	switch cfg.Flow {
	case Software:
		t.Iflag |= unix.IXON | unix.IXOFF
	case Hardware:
		t.Cflag |= unix.CRTSCTS
	}
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, &t); err != nil {
		return &OpenError{What: "it cannot be set like that: " + err.Error(), Err: err} // no test: a pseudo-terminal takes everything
	}
	got, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		return &OpenError{What: err.Error(), Err: err}
	}
	if off := int(got.Ospeed) - cfg.Baud; off*off > cfg.Baud*cfg.Baud/1000 { // 3 %: a UART understands no more
		return &OpenError{What: "the port does not do " + strconv.Itoa(cfg.Baud) + " baud"} // no test: a pseudo-terminal does all
	}
	return nil
}

// Write implements net.Conn.
func (p *Port) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	return n, gone(err)
}

// Close implements net.Conn. The port is set again as it was.
func (p *Port) Close() error {
	p.closing.Do(func() {
		_ = p.On(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS2, &p.before) }) // it may be gone
		p.err = p.File.Close()
	})
	return p.err
}

func (p *Port) modem() (m line.Modem, err error) {
	var bits int
	err = p.On(func(fd int) (err error) {
		bits, err = unix.IoctlGetInt(fd, unix.TIOCMGET)
		return err
	})
	if err != nil {
		return m, noLines(err)
	}
	on := func(bit int) bool { return bits&bit != 0 }
	return line.Modem{
		DTR: on(unix.TIOCM_DTR), RTS: on(unix.TIOCM_RTS), CTS: on(unix.TIOCM_CTS),
		DSR: on(unix.TIOCM_DSR), DCD: on(unix.TIOCM_CD), Ring: on(unix.TIOCM_RI),
	}, nil
}

// noLines says what an error of the control lines means.
func noLines(err error) error {
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return errors.New("the port has no control lines")
	}
	return err
}

func (p *Port) setModem(dtr, rts *bool) error {
	for _, l := range [...]struct {
		on  *bool
		bit int
	}{{dtr, unix.TIOCM_DTR}, {rts, unix.TIOCM_RTS}} {
		if l.on == nil {
			continue
		}
		request := uint(unix.TIOCMBIC)
		if *l.on {
			request = unix.TIOCMBIS
		}
		if err := p.On(func(fd int) error { return unix.IoctlSetPointerInt(fd, request, l.bit) }); err != nil {
			return noLines(err)
		}
	}
	return nil
}

func (p *Port) purge(in, out bool) error {
	what := unix.TCIOFLUSH
	switch {
	case !out:
		what = unix.TCIFLUSH
	case !in:
		what = unix.TCOFLUSH
	}
	return p.On(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, what) })
}

func (p *Port) setBreak(on bool) error {
	request := uint(unix.TIOCCBRK)
	if on {
		request = unix.TIOCSBRK
	}
	err := p.On(func(fd int) error { return unix.IoctlSetInt(fd, request, 0) })
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return errors.New("the port can send no break") // no test: a pseudo-terminal takes it
	}
	return err
}
