package record

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
)

// idleTime is how long a client must be silent before what it did not send is
// passed over.
const idleTime = 300 * time.Millisecond

// maxClients is the number of clients that a Host plays to at once. Beyond it, one that has
// been silent for long makes room.
const maxClients = 256

// Host plays the peer of a recording to clients on the network, in real time. Of a
// recording with several sessions the first connection gets the first, and so on,
// over and over.
type Host struct {
	Recording *Recording
	Options   ReplayOptions // Report is not used
	Speed     float64       // 2 is twice as fast as it was; 0 is 1
	Log       func(line string)
}

// Serve accepts connections until ctx is done, hangs up on all that are left, and
// returns the cause. It closes l.
func (h *Host) Serve(ctx context.Context, l net.Listener) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	running.Go(func() {
		<-ctx.Done()
		_ = l.Close() // makes Accept return
	})
	var crowd dial.Crowd
	for n := 0; ; n++ {
		conn, err := crowd.Accept(l, ctx.Done(), h.short)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
		client := crowd.Join(maxClients, func() { _ = conn.Close() })
		if client == nil {
			_ = conn.Close()
			continue
		}
		running.Go(func() {
			defer client.Leave()
			h.play(ctx, conn, client, n)
		})
	}
}

// short tells that there are no descriptors for another client.
func (h *Host) short() {
	if h.Log != nil {
		h.Log(dial.TellShort)
	}
}

// play is one connection, the nth.
func (h *Host) play(ctx context.Context, conn net.Conn, client *dial.Client, n int) {
	which := n % len(h.Recording.Sessions)
	name := "connection " + strconv.Itoa(n+1)
	log := func(line string) {
		if h.Log != nil {
			h.Log(name + ": " + line)
		}
	}
	log("from " + conn.RemoteAddr().String())
	speed := h.Speed
	if speed <= 0 {
		speed = 1
	}
	begun := time.Now()
	now := func() time.Time { return begun.Add(time.Duration(float64(time.Since(begun)) * speed)) }
	p := newPeer(h.Recording.Sessions[which], h.Options.Cuts.joined(), h.Options.Lenient, begun, func(d *Difference) { log(d.Error()) })
	shape := newShaper(h.Options, which)
	heard := h.hear(ctx, conn, client)
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // a Write to a client that does not read ends, too
	defer func() {
		_ = conn.Close() // ends the reader
		for range heard {
		}
	}()
	timer := time.NewTimer(idleTime)
	defer timer.Stop()
	quietSince := time.Now()
	for {
		due, says := p.due()
		says = says && !shape.stalled()
		if says && !due.After(now()) {
			data, _, closed := p.say()
			if late := shape.late(); late > 0 {
				select {
				case <-time.After(late):
				case <-ctx.Done():
					return
				}
			}
			for _, piece := range shape.shape(data) {
				if _, err := conn.Write(piece); err != nil {
					log("has gone")
					return
				}
			}
			if closed || shape.dead {
				h.hangUp(conn, heard, shape.dead)
				log("ended")
				return
			}
			quietSince = time.Now()
			continue
		}
		wait := time.Until(quietSince.Add(idleTime))
		if says {
			wait = time.Duration(float64(due.Sub(now())) / speed)
		} else if wait <= 0 {
			if p.idle(now()) {
				continue
			}
			wait = time.Hour // nothing but the client can change anything
		}
		timer.Reset(max(wait, time.Millisecond))
		select {
		case data, more := <-heard:
			if !more {
				log("has gone")
				return
			}
			p.hear(now(), data)
			quietSince = time.Now()
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// hear reads what the client sends, in a goroutine that ends with the connection.
func (h *Host) hear(ctx context.Context, conn net.Conn, client *dial.Client) <-chan []byte {
	heard := make(chan []byte)
	go func() {
		defer close(heard)
		for {
			buf := make([]byte, 4<<10)
			n, err := conn.Read(buf)
			if n > 0 {
				client.Spoke()
				select {
				case heard <- buf[:n]:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return heard
}

// lingerTime is how long the client has to close after the peer did.
const lingerTime = 2 * time.Second

// hangUp closes: at once and with a reset if the peer has died, else in order, so
// that a client which still writes does not lose what it has not read.
func (h *Host) hangUp(conn net.Conn, heard <-chan []byte, dead bool) {
	tcp, ok := conn.(*net.TCPConn)
	if ok && dead {
		_ = tcp.SetLinger(0) // Close sends a reset then
	} else if ok && tcp.CloseWrite() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
		for range heard { // ends with the client or the deadline
		}
	}
}

// Listen listens on a TCP address.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return nil, op.Err
	}
	return l, err
}
