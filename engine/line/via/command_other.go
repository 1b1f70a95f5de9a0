//go:build !unix

package via

import (
	"net"
	"os"
	"os/exec"
	"time"
)

// apart does nothing here.
func apart(*exec.Cmd) {}

// connected makes pipes the command's standard input and output, and returns our ends.
func connected(cmd *exec.Cmd) (net.Conn, []*os.File, error) {
	stdin, write, err := os.Pipe()
	if err != nil {
		// no test: descriptors would have to run out
		return nil, nil, err
	}
	read, stdout, err := os.Pipe()
	if err != nil {
		// no test: as above
		_, _ = stdin.Close(), write.Close()
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stdout = stdin, stdout
	return &pipes{read: read, write: write}, []*os.File{stdin, stdout}, nil
}

// pipes are a connection.
type pipes struct{ read, write *os.File }

func (p *pipes) Read(b []byte) (int, error)  { return p.read.Read(b) }
func (p *pipes) Write(b []byte) (int, error) { return p.write.Write(b) }

func (p *pipes) Close() error {
	err := p.write.Close()
	if e := p.read.Close(); err == nil {
		err = e
	}
	return err
}

func (*pipes) LocalAddr() net.Addr  { return &net.UnixAddr{Net: "pipe"} }
func (*pipes) RemoteAddr() net.Addr { return &net.UnixAddr{Net: "pipe"} }

func (p *pipes) SetDeadline(t time.Time) error      { return p.read.SetDeadline(t) }
func (p *pipes) SetReadDeadline(t time.Time) error  { return p.read.SetReadDeadline(t) }
func (p *pipes) SetWriteDeadline(t time.Time) error { return p.write.SetWriteDeadline(t) }

// CloseWrite ends the command's input.
func (p *running) CloseWrite() error { return p.Conn.(*pipes).write.Close() } // connected has made it

// stop ends the command.
func stop(p *os.Process, _ bool) { _ = p.Kill() }
