// A session: the connection, and the way of its bytes between the network, the
// codec and whoever reads keys.

package demo

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/telnet"
)

const (
	readSize   = 4 << 10  // bytes read at once
	maxAhead   = 64 << 10 // bytes typed ahead before the client must wait
	maxMarks   = 4 << 10  // TIMING-MARKs that wait for what was typed before them
	flushSize  = 32 << 10 // bytes of output that are sent without more ado
	lingerTime = 2 * time.Second
	maxTerm    = 40 // characters of a terminal's name (RFC 1010)
)

// The keys that commands of telnet stand for (RFC 854).
const (
	keyInterrupt = 0x03
	keyEOF       = 0x04
	keyErase     = 0x7F
	keyKill      = 0x15
)

// Why there is no further key. errEOF and errHangUp end a session: the client will type
// no more, or the connection is gone.
var (
	errEOF    = errors.New("end of input")
	errHangUp = errors.New("connection closed")
	errDown   = errors.New("the device restarts") // whose console is watched
)

// mark is the answer to a TIMING-MARK, due when what was typed before it has
// been worked through.
type mark struct {
	at    int64 // as session.read counts
	reply []byte
}

type session struct {
	server *Server
	conn   net.Conn
	codec  *telnet.Codec
	client *dial.Client

	chunks   chan []byte     // from the reader; closed at the end of input
	restarts <-chan struct{} // of the device whose console this is
	gone     chan struct{}   // closed by hangUp
	ended    chan struct{}   // closed when run returns
	hangOnce sync.Once

	keys     []byte // typed ahead: keys[next:]
	next     int
	taken    int64 // keys taken so far
	marks    []mark
	noMore   bool // chunks is closed
	afterCR  bool // an LF or NUL that comes next belongs to the CR
	out      []byte
	failed   bool // writing has failed: nothing gets out any more
	user     string
	term     string
	columns  int
	rows     int
	goAhead  bool // the client refused SUPPRESS-GO-AHEAD
	status   int  // $?
	finished bool // the shell is to end
}

func newSession(s *Server, conn net.Conn) *session {
	return &session{
		server: s,
		conn:   conn,
		codec:  telnet.New(telnet.Config{Role: telnet.Server}),
		chunks: make(chan []byte),
		gone:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
}

// run is the session from the first offer to the hanging up.
func (c *session) run() {
	defer close(c.ended)
	defer func() {
		c.hangUp()
		for range c.chunks { // until the reader has ended, too
		}
	}()
	go c.receive()
	who := c.conn.RemoteAddr().String()
	c.server.log("connection from " + who)
	for _, offer := range []struct {
		side   telnet.Side
		option telnet.Option
	}{{telnet.Us, telnet.Echo}, {telnet.Us, telnet.SGA}, {telnet.Him, telnet.TTYPE}, {telnet.Him, telnet.NAWS}} {
		_ = c.codec.Ask(offer.side, offer.option, true) // a new connection has no earlier wish
	}
	c.decode(nil)
	c.print("moonwire demo host\n\n")
	if start := c.login(); start != nil {
		c.server.log(c.user + " logged in from " + who)
		start()
	}
	c.flush()
	c.linger()
	c.server.log("connection from " + who + " ended")
}

// receive reads until the end and hands chunks over. It keeps two, so that one
// is filled while the other is worked through; a chunk is free again when the
// next has been taken.
func (c *session) receive() {
	defer close(c.chunks)
	buffers := [2][]byte{make([]byte, readSize), make([]byte, readSize)}
	for i := 0; ; i ^= 1 {
		n, err := c.conn.Read(buffers[i])
		if n > 0 {
			c.client.Spoke()
			select {
			case c.chunks <- buffers[i][:n]:
			case <-c.gone:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// hangUp closes the connection, and so ends whatever the session is at.
func (c *session) hangUp() {
	c.hangOnce.Do(func() {
		close(c.gone)
		_ = c.conn.Close()
	})
}

// linger tells the client that no more will come, and waits for it to close.
// To close at once would, with input unread, reset the connection, and the
// client would lose output that it has not read yet.
func (c *session) linger() {
	half, ok := c.conn.(interface{ CloseWrite() error })
	if c.failed || c.noMore || !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(lingerTime))
	for range c.chunks {
	}
}

// decode takes a chunk: data becomes keys, commands are answered or become the
// keys that they stand for.
func (c *session) decode(chunk []byte) {
	for {
		event, used := c.codec.Next(chunk)
		chunk = chunk[used:]
		if c.codec.HasOutput() {
			if event.Kind == telnet.Sent && event.Option == telnet.TimingMark && event.Command != telnet.SB {
				// It means that all that came before has been worked through.
				at := c.taken + int64(c.ahead())
				c.marks = append(c.marks, mark{at, c.codec.AppendOutput(nil)})
			} else {
				c.out = c.codec.AppendOutput(c.out)
			}
		}
		switch event.Kind {
		case telnet.None:
			return
		case telnet.Data:
			c.keys = append(c.keys, event.Data...)
		case telnet.CommandEvent:
			c.command(event.Command)
		case telnet.Request:
			if event.Option == telnet.SGA {
				c.goAhead = event.Command == telnet.DONT || c.goAhead && event.Command != telnet.DO
			}
		case telnet.Changed:
			if event.Side == telnet.Him && event.Option == telnet.TTYPE && event.On {
				c.codec.Subnegotiate(telnet.TTYPE, []byte{1}) // SEND
			}
		case telnet.Subnegotiation:
			c.subnegotiation(event.Option, event.Data)
		}
	}
}

func (c *session) command(command telnet.Command) {
	switch command {
	case telnet.IP, telnet.BRK, telnet.ABORT:
		c.keys = append(c.keys, keyInterrupt)
	case telnet.EOF:
		c.keys = append(c.keys, keyEOF)
	case telnet.EC:
		c.keys = append(c.keys, keyErase)
	case telnet.EL:
		c.keys = append(c.keys, keyKill)
	}
}

func (c *session) subnegotiation(o telnet.Option, payload []byte) {
	switch o {
	case telnet.NAWS:
		if columns, rows, ok := telnet.Window(payload); ok {
			c.columns, c.rows = columns, rows
		}
	case telnet.TTYPE:
		if len(payload) > 1 && payload[0] == 0 && len(payload) <= 1+maxTerm && !bytes.ContainsFunc(payload[1:], notInTerm) {
			c.term = strings.ToLower(string(payload[1:]))
		}
	}
}

// notInTerm finds what can't be part of a terminal's name, RFC 1091.
func notInTerm(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("$\"'`\\", r)
}

// key returns the next key, once everything said before has been sent.
func (c *session) key() (byte, error) {
	for {
		c.answerMarks()
		if c.ahead() > 0 {
			b := c.keys[c.next]
			c.next++
			c.taken++
			return b, nil
		}
		c.flush()
		if c.failed {
			return 0, errHangUp
		}
		if c.noMore {
			return 0, errEOF
		}
		select {
		case chunk, ok := <-c.chunks:
			c.chunk(chunk, ok)
		case <-c.restarts:
			return 0, errDown
		case <-c.gone:
			return 0, errHangUp
		}
	}
}

// restarted reports whether the device whose console this is has gone down.
func (c *session) restarted() bool {
	select {
	case <-c.restarts:
		return true
	default:
		return false
	}
}

func (c *session) chunk(chunk []byte, ok bool) {
	if !ok {
		c.noMore = true
		return
	}
	c.keys = c.keys[:copy(c.keys, c.keys[c.next:])]
	c.next = 0
	c.decode(chunk)
}

// ahead returns how many keys wait to be taken.
func (c *session) ahead() int { return len(c.keys) - c.next }

// full reports whether the client must wait before it types more.
func (c *session) full() bool {
	return c.noMore || c.ahead() >= maxAhead || len(c.marks) >= maxMarks
}

func (c *session) answerMarks() {
	due := 0
	for ; due < len(c.marks) && c.marks[due].at <= c.taken; due++ {
		c.out = append(c.out, c.marks[due].reply...)
	}
	if due > 0 {
		c.marks = slices.Delete(c.marks, 0, due)
	}
}

// interrupted looks, without waiting, whether a command is to end: by ^C, which
// takes what was typed before it with it, or because nobody is there any more.
func (c *session) interrupted() bool {
	for !c.full() {
		select {
		case chunk, ok := <-c.chunks:
			c.chunk(chunk, ok)
			continue
		case <-c.gone:
			return true
		default:
		}
		break
	}
	return c.failed || c.takeInterrupt()
}

func (c *session) takeInterrupt() bool {
	i := bytes.LastIndexByte(c.keys[c.next:], keyInterrupt)
	if i < 0 {
		return false
	}
	c.next += i + 1
	c.taken += int64(i + 1)
	c.afterCR = false
	c.print("^C\n")
	return true
}

// pause waits, and reports false if the command is to end.
func (c *session) pause(d time.Duration) bool {
	c.flush()
	for wake := c.server.after(d); ; {
		chunks := c.chunks
		if c.full() {
			chunks = nil
		}
		select {
		case <-wake:
			return !c.failed
		case <-c.gone:
			return false
		case chunk, ok := <-chunks:
			c.chunk(chunk, ok)
			if c.takeInterrupt() {
				return false
			}
		}
	}
}

// print writes text; "\n" becomes CR LF as by a terminal's driver, whatever
// telnet's BINARY says.
func (c *session) print(s string) {
	c.out = c.codec.AppendText(c.out, []byte(strings.ReplaceAll(s, "\n", "\r\n")), "\r\n")
	if len(c.out) >= flushSize {
		c.flush()
	}
}

// prompt writes a prompt and marks its end for clients that want that.
func (c *session) prompt(s string) {
	c.print(s)
	switch {
	case c.codec.Enabled(telnet.Us, telnet.EndOfRecord):
		c.codec.Send(telnet.EOR)
	case c.goAhead && !c.codec.Enabled(telnet.Us, telnet.SGA):
		c.codec.Send(telnet.GA)
	}
	c.decode(nil)
}

// flush sends what there is to send.
func (c *session) flush() {
	if len(c.out) > 0 && !c.failed {
		_, err := c.conn.Write(c.out)
		c.failed = err != nil
	}
	c.out = c.out[:0]
}
