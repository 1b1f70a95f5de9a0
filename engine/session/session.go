// Package session is one conversation with a host: its connection, the text that
// has come and is unread, the waits that look for something in it, and what is
// written.
//
// A [Session] has a goroutine of its own, the pump, which reads the connection,
// takes telnet apart, answers options, and lays the text into the buffer. While a
// wait is in progress the pump feeds the wait's matcher as it goes, so that a byte
// is looked at once and the waiting goroutine is woken only when there is
// something to tell. The pump starts with the first wait or write: until then not
// a byte of the peer's is acted on, so an option hook that is set right after the
// session was made misses nothing.
//
// What a wait returns depends on the bytes that the peer sent and on its pauses of
// at least the settle time, never on how the network cut the bytes.
package session

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// The defaults of a Config.
const (
	DefaultTimeout   = 30 * time.Second
	DefaultSettle    = 100 * time.Millisecond
	DefaultMaxBuffer = 64 << 20 // bytes
	DefaultNewline   = "\r\n"
)

// Conn is an open connection, as a session takes it over. If it has a descriptor
// (syscall.Conn) reads and writes can be tried without blocking; if it has a method
// CloseWrite, our end of the conversation can be closed alone.
type Conn = net.Conn

// Forever is a settle time that never ends a match, and a timeout without end.
const Forever = time.Duration(1<<63 - 1)

// Config says how a session behaves. The zero value of a field means its default.
type Config struct {
	Name       string         // what errors and traces call the session
	Address    string         // where it goes to, for show
	Timeout    time.Duration  // of waits that name none; DefaultTimeout
	Settle     *time.Duration // quiet that ends an open match; DefaultSettle
	Raw        bool           // no text view: bytes as they come
	Plain      bool           // no telnet either: the connection is a bare byte stream
	Remove     string         // bytes dropped from what the peer sends, such as NULs; only if Raw
	Encoding   string         // of the peer's text; "utf-8"
	Newline    *string        // what "\n" in a write becomes; DefaultNewline ("\r" under BINARY), or "\n" if Raw
	Pace       time.Duration  // between characters written
	Silent     bool           // questions that a terminal answers (DSR, DA) are not answered
	Keepalive  time.Duration  // of idleness after which a NOP is sent; 0: never
	MaxBuffer  int64          // bytes of unread text kept; DefaultMaxBuffer
	Telnet     telnet.Config  // the options' policies and values; Telnet.Manual makes the session manual
	StartTLS   *tls.Config    // for a peer that offers START-TLS; nil refuses it
	RequireTLS bool           // nothing is written, and no text is taken, before TLS is in force
	Hook       Hook
	Clock      Clock   // RealClock
	Cache      *Cache  // of compiled patterns; the Thread's
	Thread     *Thread // the goroutine that waits; one of its own by default
	Taps       []Tap
	Secrets    *mask.Secrets // hidden in what errors and reports show; nil: none
}

// Session is a conversation. Waits are made from one goroutine at a time (the
// Thread's); every other method may be called from any goroutine.
type Session struct {
	name, address string
	clock         Clock
	thread        *Thread
	cache         *Cache
	wire          *wire
	maxBuffer     int64
	newline       string
	chosen        bool // the newline is the script's choice
	raw, plain    bool
	manual        bool // the script answers options itself, see manual.go
	pace          time.Duration
	keepalive     time.Duration
	startTLS      *tls.Config
	requireTLS    bool // see Config
	secrets       *mask.Secrets

	mu           sync.Mutex
	timeout      time.Duration
	settle       time.Duration
	started      bool
	reader       io.Reader        // the wire, or what lies over it: TLS, inflation
	writer       io.Writer        // the wire, or TLS over it
	inflater     *telnet.Inflater // set once the peer has compressed
	codec        *telnet.Codec
	terminal     []string // the names that the codec answers TTYPE with
	view         *text.View
	encoder      *text.Encoder // nil for UTF-8
	hook         Hook
	inHook       int
	taps         []Tap
	buf          buffer
	tail         tail
	eof          bool
	eofCause     error // why the connection ended, nil for an orderly close
	closed       bool
	leaving      bool            // the peer has logged us out (LOGOUT): nothing is written any more
	finishing    bool            // our end closes as soon as all is out
	left         bool            // it has
	released     bool            // the connection is closed, as neither side has more to say
	asking       int             // hooks are being asked: the codec waits for their decision
	resting      bool            // the pump has stopped reading, as the buffer is full
	pumpBell     chan struct{}   // rung when the pump may go on: there is room, a hook has answered
	pumpContext  context.Context // what the pump waits with
	read         readBuffer      // what is read into, by the pump or, while it is aside, by the waiting goroutine
	aside        bool            // the pump has stepped aside, see aside.go
	here         bool            // the waiting goroutine reads
	asideSince   time.Time       // when nobody read any more
	cameAfter    time.Time       // what is looked at now came after that, but was not read; else zero
	returning    bool            // returnIfIdle is going to be called
	turn         chan struct{}   // tells the pump that it may read again
	hereDone     <-chan struct{} // of the context that ends the waiting goroutine's reads
	hereStop     func() bool
	dry          bool      // all that had arrived at the last question is in the buffer
	readingSince time.Time // since when the pump has been listening; before it no silence is a pause of the peer's
	lastArrival  time.Time // when the last text or event came
	lastSent     time.Time
	wait         *wait // in progress
	resume       *wait // the last that timed out, to go on from
	watching     bool  // the waiting goroutine wants to know of any arrival
	fences       int   // timing marks that have come back
	fence        int   // of them, how many the fence in progress waits for; 0 if there is none
	urgent       bool  // the DM of a SYNCH lies behind all that is being decoded
	past         past
	toldClear    bool            // text in clear was dropped, and the taps know
	live         *Live           // a terminal is joined to the session
	attending    []*Thread       // that wait on the session, where a script has several
	bells        []chan struct{} // rung beside the thread's, for goroutines of their own
	encoding     string
	remove       string // bytes dropped from what comes, if raw
	receiver     func(ctx context.Context, s *Session, wire []byte) error
	fetched      []byte // what the pump of a manual session holds back
	waiting      int    // calls that let that pump go on
	commands     commands
	out          outbox
	silent       bool // no answers to a terminal's questions
	answers      int  // those given since the script last read or wrote
	facts        history
	stopIdle     func()
}

// New makes a session of an open connection. It takes the connection over: Close
// closes it. Nothing is read or written before the first wait or write. An error
// is a wrong Config.
func New(conn net.Conn, cfg Config) (*Session, error) {
	s := &Session{
		name: cfg.Name, address: cfg.Address,
		clock: cfg.Clock, thread: cfg.Thread,
		timeout: cfg.Timeout, settle: DefaultSettle,
		raw: cfg.Raw, plain: cfg.Plain, manual: cfg.Telnet.Manual, remove: cfg.Remove,
		newline: DefaultNewline, pace: cfg.Pace, keepalive: cfg.Keepalive,
		maxBuffer: cfg.MaxBuffer, hook: cfg.Hook,
		secrets: cfg.Secrets, silent: cfg.Silent,
		pumpBell: make(chan struct{}, 1),
		turn:     make(chan struct{}, 1),
	}
	if s.name == "" {
		s.name = s.address
	}
	if s.clock == nil {
		s.clock = RealClock{}
	}
	if s.thread == nil {
		s.thread = NewThread()
	}
	if s.cache = cfg.Cache; s.cache == nil {
		s.cache = &s.thread.cache
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	if cfg.Settle != nil {
		s.settle = *cfg.Settle
	}
	if s.maxBuffer == 0 {
		s.maxBuffer = DefaultMaxBuffer
	}
	s.buf = newBuffer(s.maxBuffer)
	if s.raw {
		s.newline = "\n"
	}
	if cfg.Newline != nil {
		s.newline, s.chosen = *cfg.Newline, true
	}
	encoding := cfg.Encoding
	if encoding == "" {
		encoding = "utf-8"
	}
	s.encoding = encoding
	if !s.raw {
		var err error
		if s.view, err = text.NewView(encoding); err != nil {
			return nil, err
		}
		s.view.SetNewlineCR(s.plain && s.newline == "\r")
		if s.view.Encoding() != "utf-8" {
			if s.encoder, err = text.NewEncoder(encoding); err != nil {
				return nil, err
			}
		}
	}
	if cfg.Telnet.Charsets == nil && !cfg.Raw {
		cfg.Telnet.Charsets = text.Known
	}
	if cfg.Telnet.CharsetOffer == nil && !cfg.Raw {
		// A peer that asks by DO CHARSET is told what we take its text for.
		cfg.Telnet.CharsetOffer = []string{strings.ToUpper(encoding)}
	}
	s.startTLS, s.requireTLS = cfg.StartTLS, cfg.RequireTLS
	s.codec, s.terminal = telnet.New(cfg.Telnet), cfg.Telnet.Terminal
	s.connect(conn)
	s.taps = cfg.Taps
	s.observe(Observation{Kind: Opened, Text: s.address})
	s.tellTLS()
	return s, nil
}

// connect lays the session's layers over conn. Under TLS the wire is below it and
// is put there by Wrap when the connection is dialled.
func (s *Session) connect(conn net.Conn) {
	s.reader, s.writer = conn, conn
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
		if w, ok := inner.NetConn().(*wire); ok {
			s.wire = w
		}
	} else if w, ok := conn.(*wire); ok {
		s.wire = w
	}
	if s.wire == nil {
		s.wire = newWire(conn)
		s.reader, s.writer = s.wire, s.wire
	}
	s.wire.dry = s.reportDry
	s.out.direct = s.writer == io.Writer(s.wire) && (s.wire.raw != nil || s.wire.now != nil)
}

// Wrap prepares a connection on which TLS is going to be laid, for dial.Options.
func Wrap(conn net.Conn) net.Conn { return newWire(conn) }

// Name is what errors and traces call the session.
func (s *Session) Name() string { return s.name }

// Address is where the session goes to.
func (s *Session) Address() string { return s.address }

// Thread is the goroutine that waits on the session; of several that take turns, the
// one whose turn it is.
func (s *Session) Thread() *Thread { return s.thread.current() }

// Clock is the session's time.
func (s *Session) Clock() Clock { return s.clock }

// Closed tells whether the session was closed on our side, or the peer closed it
// and all its text has been read.
func (s *Session) Closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.eof {
		return s.closed
	}
	r := s.unreadView()
	return r.pos == 0
}

// Timeout is how long a wait may take that names no time itself.
func (s *Session) Timeout() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.timeout
}

// SetTimeout changes the default of waits.
func (s *Session) SetTimeout(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeout = d
}

// Settle is the quiet that ends an open match.
func (s *Session) Settle() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settle
}

// SetSettle changes the quiet that ends an open match.
func (s *Session) SetSettle(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle = d
}

// Echo tells whether the peer echoes what we send.
func (s *Session) Echo() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codec.Enabled(telnet.Him, telnet.Echo)
}

// Plain tells whether the connection is a bare byte stream, without telnet.
func (s *Session) Plain() bool { return s.plain }

// Encoding is the peer's, by its canonical name.
func (s *Session) Encoding() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.encoding
}

// Options tells the state of every option that has been negotiated.
func (s *Session) Options() []telnet.OptionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codec.States()
}

// Close ends the session at once, whatever is in progress; a wait returns
// ErrClosed. What was written and fits goes out before.
func (s *Session) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.flush()
	if s.stopIdle != nil {
		s.stopIdle()
	}
	s.wakePump()
	s.forgetContext()
	s.giveTurn()
	s.observe(Observation{Kind: Closed, Text: "closed by the script"})
	s.ring()
	writer := s.writer
	s.mu.Unlock()
	if err := s.hangUp(writer); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// hangUp closes the connection. TLS would wait for a peer that does not read to
// take the closing alert: it gets a moment, in a goroutine that ends with the
// connection.
func (s *Session) hangUp(writer io.Writer) error {
	if writer == io.Writer(s.wire) {
		if c, ok := s.wire.Conn.(interface{ CloseWrite() error }); ok {
			_ = c.CloseWrite() // the peer sees an orderly end; if not, Close tells
		}
		return s.wire.Close()
	}
	said := make(chan struct{})
	if c, ok := writer.(interface{ CloseWrite() error }); ok {
		go func() {
			_ = c.CloseWrite()
			close(said)
		}()
		_ = s.clock.Wait(context.Background(), said, s.clock.Now().Add(50*time.Millisecond))
	}
	return s.wire.Close()
}

// CloseWrite tells the peer that nothing more will be written, as soon as all that
// was written is out; what it still has to say can be read.
func (s *Session) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finishing = true
	s.flush()
	return s.leave()
}

// leave closes our end after CloseWrite or LOGOUT (RFC 727), as soon as everything
// is out. What the peer still has to say can be read. The lock is held.
func (s *Session) leave() error {
	if !s.leaving && !s.finishing || s.left || s.released || s.closed || len(s.out.pending) > 0 || s.out.busy || s.out.held {
		return nil
	}
	s.left = true
	if c, ok := s.writer.(interface{ CloseWrite() error }); ok && s.writer != io.Writer(s.wire) {
		// TLS says so to the peer, who may not be reading.
		s.out.busy = true
		go func() {
			_ = c.CloseWrite() // a connection that is gone is told of by the pump
			s.mu.Lock()
			defer s.mu.Unlock()
			s.out.busy = false
			s.flush() // tells a write that has come meanwhile of its failure
			s.release()
		}()
		return nil
	}
	if c, ok := s.wire.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// release closes a connection whose peer has closed its end, once everything is out
// that was written: from then on writes are refused, so that it is of no use to
// either side. In a manual session they are not. The lock is held.
func (s *Session) release() {
	waits := s.out.busy || len(s.out.pending) > 0 && s.out.err == nil
	if !s.eof || s.closed || s.released || waits || s.manual || s.wire.now != nil {
		return
	}
	s.released = true
	if s.stopIdle != nil {
		s.stopIdle()
	}
	go s.hangUp(s.writer)
}

// ring wakes whoever waits for the session. The lock is held.
func (s *Session) ring() {
	if len(s.attending) == 0 {
		s.thread.ring()
	}
	for _, t := range s.attending {
		t.ring()
	}
	for _, b := range s.bells {
		select {
		case b <- struct{}{}:
		default:
		}
	}
}

func (s *Session) dropBell(bell chan struct{}) {
	s.bells = slices.DeleteFunc(s.bells, func(b chan struct{}) bool { return b == bell })
}

// wakePump wakes the pump where it blocks in pumpWait.
func (s *Session) wakePump() {
	select {
	case s.pumpBell <- struct{}{}:
	default: // it rings already
	}
}

// pumpWait blocks the pump until wakePump, with the lock free meanwhile.
func (s *Session) pumpWait() {
	s.mu.Unlock()
	defer s.mu.Lock()
	_ = s.clock.Wait(s.pumpContext, s.pumpBell, time.Time{}) // the context has no end, the caller looks again
}

// start begins to listen. The lock is held.
func (s *Session) start() {
	if s.started || s.closed {
		return
	}
	s.started = true
	s.readingSince = s.clock.Now()
	s.lastArrival, s.lastSent = s.readingSince, s.readingSince
	s.clock.Go(s.pump)
	s.armKeepalive()
}
