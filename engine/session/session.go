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
//
// To read it from the ground up: wait.go and session.go say what there is, reading.go who
// reads, receive.go, items.go and arrive.go how bytes become text, feed.go and expect.go how
// a wait sees it, write.go how something goes out, run.go how a command is run. No file
// uses one that stands above it, but for a few arrows that a test lists with their reasons.
package session

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// The defaults of a Config.
const (
	DefaultTimeout   = 30 * time.Second
	DefaultSettle    = 100 * time.Millisecond
	DefaultMaxBuffer = 64 << 20 // bytes
)

// Times that are none in the clock's sense.
const (
	// Forever is a settle time that never ends a match, and a timeout without end.
	Forever = time.Duration(1<<63 - 1)
	// Now is a timeout of a wait that only looks at what is there, and a settle time that
	// ends an open match at once.
	Now = time.Duration(-1)
)

// or returns the time that an option stands for: the usual one if it is 0, none for Now.
func or(option, usual time.Duration) time.Duration {
	if option == 0 {
		return usual
	}
	return max(option, 0)
}

// option returns the option that stands for the time d.
func option(d time.Duration) time.Duration {
	if d <= 0 {
		return Now
	}
	return d
}

// Config says how a session behaves. The zero value of a field means its default.
type Config struct {
	Name      string        // what errors and traces call the session
	Address   string        // where it goes to, for show
	Opener    string        // script, line and task that opened it, for traces; may be empty
	Timeout   time.Duration // of waits that name none; DefaultTimeout
	Settle    time.Duration // quiet that ends an open match; DefaultSettle
	Raw       bool          // no text view: bytes as they come
	Manual    bool          // the script answers the line's questions itself, see manual.go
	Remove    string        // bytes dropped from what the peer sends, such as NULs; only if Raw
	Encoding  string        // of the peer's text; "utf-8"
	Newline   *string       // what "\n" in a write becomes; the line's, or "\n" if Raw
	Pace      time.Duration // between characters written
	Silent    bool          // questions that a terminal answers (DSR, DA) are not answered
	Keepalive time.Duration // of idleness after which a NOP is sent; 0: never
	MaxBuffer int64         // bytes of unread text kept; DefaultMaxBuffer
	Hook      Hook
	Clock     Clock           // RealClock
	Cache     *patterns.Cache // of compiled patterns; the Attendant's
	Attendant *Attendant      // the goroutine that waits; one of its own by default
	Taps      []Tap
	Secrets   *mask.Secrets // hidden in what errors and reports show; nil: none
}

// Session is a conversation. Waits are made from one goroutine at a time (the
// Attendant's); every other method may be called from any goroutine.
type Session struct {
	name, address string
	opener        string
	clock         Clock
	attendant     *Attendant
	cache         *patterns.Cache
	line          line.Line
	stopper       line.Stopper // the line, if its reads can be called back; else nil
	maxBuffer     int64
	newline       string
	chosen        bool // the newline is the script's choice, else the line says it
	raw           bool
	manual        bool // the script answers options itself, see manual.go
	pace          time.Duration
	keepalive     time.Duration
	secrets       *mask.Secrets

	mu          sync.Mutex
	timeout     time.Duration
	settle      time.Duration
	started     bool
	view        *text.View
	encoder     *text.Encoder // nil for UTF-8
	hook        Hook
	inHook      int
	taps        []Tap
	wanted      uint32      // a bit for each kind that a tap wants to be told of
	told        Observation // the one that taps are told of now
	around      []byte      // of it, what is around a match
	buf         buffer.Buffer
	tail        tail
	eof         bool
	exit        *line.Exit // how the program ended, once the line has told
	eofCause    error      // why the connection ended, nil for an orderly close
	closed      bool
	leaving     bool            // the peer has logged us out (LOGOUT): nothing is written any more
	released    bool            // the connection is closed, as neither side has more to say
	asking      int             // hooks are being asked: the codec waits for their decision
	pumpBell    chan struct{}   // rung when the pump may go on: there is room, a hook has answered
	pumpContext context.Context // what the pump waits with
	reading     reading         // who reads the line
	dry         bool            // all that had arrived at the last question is in the buffer
	lastArrival time.Time       // when the last text or event came
	lastSent    time.Time
	wait        *wait           // in progress
	resume      *wait           // the last that timed out, to go on from
	watching    bool            // the waiting goroutine wants to know of any arrival
	live        *Live           // a terminal is joined to the session
	attending   []*Attendant    // that wait on the session, where a script has several
	bells       []chan struct{} // rung beside the attendant's, for goroutines of their own
	encoding    string
	remove      string // bytes dropped from what comes, if raw
	receiver    func(ctx context.Context, s *Session, wire []byte) error
	fetched     []byte // what the pump of a manual session holds back
	waiting     int    // calls that let that pump go on
	commands    commands
	keys        [64]byte // a short write on its way to the line
	silent      bool     // no answers to a terminal's questions
	answers     int      // those given since the script last read or wrote
	facts       history
	stopIdle    func()
}

// Name is what errors and traces call the session.
func (s *Session) Name() string { return s.name }

// Address is where the session goes to.
func (s *Session) Address() string { return s.address }

// Opener says what opened the session, as Config has it.
func (s *Session) Opener() string { return s.opener }

// Attendant is the goroutine that waits on the session; of several that take turns, the
// one whose turn it is.
func (s *Session) Attendant() *Attendant { return s.attendant.current() }

// Clock is the session's time.
func (s *Session) Clock() Clock { return s.clock }

// Closed reports whether the session was closed on our side, or the peer closed it
// and all its text has been read.
func (s *Session) Closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.eof {
		return s.closed
	}
	r := s.buf.Unread()
	return r.Len() == 0
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

// Echo reports whether the peer echoes what we send.
func (s *Session) Echo() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line.Echoes()
}

// negotiatorLocked is the line, if options are negotiated on it.
func (s *Session) negotiatorLocked() (line.Negotiator, error) {
	if n, ok := s.line.(line.Negotiator); ok {
		return n, nil
	}
	return nil, ErrNoTelnet
}

// Negotiates reports whether options are negotiated on the line: it speaks telnet.
func (s *Session) Negotiates() bool {
	_, ok := s.line.(line.Negotiator)
	return ok
}

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
	if n, err := s.negotiatorLocked(); err == nil {
		return n.Options()
	}
	return nil
}

// ringLocked wakes whoever waits for the session.
func (s *Session) ringLocked() {
	if len(s.attending) == 0 {
		s.attendant.ring()
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

func (s *Session) dropBellLocked(bell chan struct{}) {
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

// Hook decides the peer's option requests; in a manual session, where the script
// answers them, it is only told of them. It is called in the goroutine that
// waits on the session, so it may use what that goroutine uses; it must not wait
// for the peer itself. An error refuses the request and comes out of the wait.
type Hook func(ctx context.Context, s *Session, r HookRequest) (HookAnswer, error)

// HookRequest is what the peer asks.
type HookRequest = line.Question

// HookAnswer is what a hook wants to be done.
type HookAnswer = line.Answer

// attendantLocked is who calls the session's hooks.
func (s *Session) attendantLocked() *Attendant {
	if len(s.attending) > 0 {
		return s.attending[0]
	}
	return s.attendant
}
