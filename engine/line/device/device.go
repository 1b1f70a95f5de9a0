//go:build unix

// Package device has what lines to devices of this machine share: terminals and serial
// ports, whose descriptors never block, so that a read takes no thread while it waits.
package device

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// A File is an open device as a net.Conn.
type File struct {
	*os.File
	network string
}

// New makes a File of a descriptor that does not block. network is that of its addresses.
func New(fd uintptr, name, network string) *File { return &File{os.NewFile(fd, name), network} }

// Read implements net.Conn. The system says EIO when a port has vanished, or nobody has a
// terminal open any more: that is the end.
func (f *File) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	if errors.Is(err, syscall.EIO) {
		err = io.EOF
	}
	return n, err
}

// On runs do on the descriptor, unless the device is closed.
func (f *File) On(do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// LocalAddr implements net.Conn.
func (f *File) LocalAddr() net.Addr { return address{f.network, f.Name()} }

// RemoteAddr implements net.Conn.
func (f *File) RemoteAddr() net.Addr { return address{f.network, f.Name()} }

type address struct{ network, name string }

// Network implements net.Addr.
func (a address) Network() string { return a.network }

// String implements net.Addr.
func (a address) String() string { return a.name }
