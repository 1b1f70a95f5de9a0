package session

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/telnet"
)

// Layers that a peer puts over the wire in mid-stream: MCCP2 and START-TLS. Both
// happen in the pump, with the lock held, at the exact byte where they begin.

// handshakeTime bounds the TLS handshake of START-TLS.
const handshakeTime = 10 * time.Second

// inflate puts decompression under the codec; rest is what was read beyond the
// announcement and is compressed already.
func (s *Session) inflate(ev telnet.Event, rest []byte) {
	s.negotiated(ev)
	if s.inflater == nil {
		s.inflater = telnet.NewInflater(s.reader)
		s.reader = s.inflater
	}
	if err := s.inflater.Start(bytes.Clone(rest)); err != nil {
		s.end(err)
		_ = s.wire.Close() // nothing more can be understood
	}
}

// secure puts TLS on the wire. What has to go out in clear, up to our FOLLOWS, is in
// the codec or in the outbox already; what the script writes queues up behind it until
// the handshake is over.
func (s *Session) secure(ev telnet.Event, rest []byte) {
	s.negotiated(ev)
	if o := &s.out; !o.held {
		s.takeOutput()
		o.held, o.clear = true, o.queued
	}
	s.flush()
	for s.out.busy {
		s.pumpWait() // the flusher tells when it is done
	}
	conn := tls.Client(startTLSConn{s.wire, before(rest, s.wire)}, s.startTLS)
	s.out.busy = true
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	err := conn.HandshakeContext(ctx)
	cancel()
	s.mu.Lock()
	s.out.busy = false
	if err != nil {
		broken := newLayerError("START-TLS", err)
		s.out.err = broken // what was queued meanwhile never goes out
		s.end(broken)
		_ = s.wire.Close()
		return
	}
	s.reader, s.writer, s.out.direct, s.out.held = conn, conn, false, false
	s.tellTLS()
	if s.watching {
		s.watching = false
		s.ring()
	}
	s.flush()
	_ = s.leave() // the peer may have closed already
}

// startTLSConn is the wire with bytes before it that were read too early.
type startTLSConn struct {
	*wire
	in io.Reader
}

func (c startTLSConn) Read(p []byte) (int, error) { return c.in.Read(p) }

func before(head []byte, rest io.Reader) io.Reader {
	if len(head) == 0 {
		return rest
	}
	return io.MultiReader(bytes.NewReader(bytes.Clone(head)), rest)
}

// LayerError tells that a layer which the peer put over the connection broke.
type LayerError struct {
	What string // "TLS", "START-TLS", "compression" or "SYNCH"
	Err  error
}

// Error gives one line.
func (e *LayerError) Error() string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return e.What + " failed: the connection ended without the closing message of " + e.layer() + ", so the text may be cut short"
	}
	return e.What + " failed: " + e.Err.Error()
}

// layer names the protocol of the layer.
func (e *LayerError) layer() string {
	if e.What == "START-TLS" {
		return "TLS"
	}
	return e.What
}

// Unwrap gives the cause.
func (e *LayerError) Unwrap() error { return e.Err }
