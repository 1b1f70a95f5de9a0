package demo_test

import (
	"io"
	"net"
)

// half is one end of a connection in memory that can be closed for writing
// alone.
type half struct {
	net.Conn
	in  *io.PipeReader
	out *io.PipeWriter
}

func pipe() (near, far half) {
	a, b := net.Pipe() // for its addresses and deadlines
	in1, out1 := io.Pipe()
	in2, out2 := io.Pipe()
	return half{a, in1, out2}, half{b, in2, out1}
}

func (h half) Read(p []byte) (int, error)  { return h.in.Read(p) }
func (h half) Write(p []byte) (int, error) { return h.out.Write(p) }
func (h half) closeWrite()                 { _ = h.out.Close() }

func (h half) Close() error {
	_ = h.in.Close()
	return h.out.Close()
}
