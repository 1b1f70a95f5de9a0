package dial

import (
	"net/netip"
	"strconv"
	"syscall"
	"testing"
)

// swallow makes port of ::1 one that answers nothing: a socket listens there that
// accepts nobody and whose queue is full, upon which Linux drops what comes.
func swallow(t *testing.T, port string) {
	t.Helper()
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	there := &syscall.SockaddrInet6{Port: number, Addr: netip.IPv6Loopback().As16()}
	socket := func() int {
		fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Skipf("no IPv6 here: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Close(fd) })
		return fd
	}
	listener := socket()
	if err := syscall.Bind(listener, there); err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	if err := syscall.Listen(listener, 0); err != nil {
		t.Fatal(err)
	}
	for range 4 { // one would do
		if err := syscall.Connect(socket(), there); err != nil && err != syscall.EINPROGRESS {
			t.Fatal(err)
		}
	}
}
