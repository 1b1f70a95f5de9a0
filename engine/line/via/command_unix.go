//go:build unix

package via

import (
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// apart starts the command in a session of its own: it has nothing to do with the
// operator's terminal, and a ^C there does not end it.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// connected makes a socket the command's standard input and output, and returns our end.
func connected(cmd *exec.Cmd) (net.Conn, []*os.File, error) {
	fds, err := socketpair()
	if err != nil {
		// no test: descriptors would have to run out
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "command"), os.NewFile(uintptr(fds[1]), "command")
	conn, err := net.FileConn(ours)
	_ = ours.Close() // conn has another
	if err != nil {
		// no test: as above
		_ = theirs.Close()
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stdout = theirs, theirs
	return conn, []*os.File{theirs}, nil
}

// socketpair makes two sockets that no program inherits by accident.
func socketpair() (fds [2]int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if fds, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	return fds, err
}

// SyscallConn implements syscall.Conn.
func (p *running) SyscallConn() (syscall.RawConn, error) {
	return p.Conn.(*net.UnixConn).SyscallConn() // connected has made it
}

// CloseWrite ends the command's input.
func (p *running) CloseWrite() error {
	return p.Conn.(*net.UnixConn).CloseWrite() // as above
}

// stop ends the command and what it has started.
func stop(p *os.Process, hard bool) {
	signal := syscall.SIGTERM
	if hard {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(-p.Pid, signal) // fails only if it has ended
}
