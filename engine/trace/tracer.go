package trace

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// Level is how much a Tracer tells.
type Level uint8

// The levels, each with all that the one before has.
const (
	Dialogue  Level = iota // what came and what was written, as text
	Decisions              // options and why, waits and why they ended
	Bytes                  // the bytes of the connection
)

// Config says what a Tracer does.
type Config struct {
	Out     io.Writer // takes whole lines, one at a time
	Level   Level
	Color   bool          // colours, for a terminal
	Return  bool          // lines end with CR LF, for a terminal that may be in raw mode
	Secrets *mask.Secrets // hidden; nil: none
	Host    string        // that lines name beside sessions which are called otherwise; "": none
}

// Tracer prints what happens on any number of sessions. Its methods may be called
// from any goroutine.
type Tracer struct {
	config Config

	mu    sync.Mutex
	fault error           // of Out: after it nothing is printed
	noted map[string]bool // what was remarked on patterns
	hide  *mask.Masker    // hides secrets in texts that may hold them quoted
}

// New makes a Tracer.
func New(c Config) *Tracer {
	return &Tracer{config: c, noted: make(map[string]bool), hide: c.Secrets.Masker(mask.OnWire, diagnose.QuotedForms)}
}

// hidden is a whole text with the secrets hidden.
func (t *Tracer) hidden(text string) string {
	if t.config.Secrets.Len() == 0 {
		return text
	}
	return string(t.hide.Flush(t.hide.Append(nil, []byte(text))))
}

// Tap is what prints the session s. It begins with where the session goes to.
func (t *Tracer) Tap(s *session.Session) session.Tap {
	v := &watched{t: t, name: t.config.named(s.Name()), clock: s.Clock(), encoding: s.Encoding()}
	v.in = stream{watched: v, masker: t.config.Secrets.Masker(mask.OnWire)}
	v.wireIn = newWire(v, "<", s.Negotiates())
	v.wireOut = newWire(v, ">", s.Negotiates())
	t.mu.Lock()
	defer t.mu.Unlock()
	v.line(v.clock.Now(), "=", "connected to "+s.Address()+place(s.Opener()))
	return v
}

// named is a session's name, behind the host that it is of.
func (c *Config) named(session string) string {
	if c.Host == "" || session == c.Host || strings.HasPrefix(session, c.Host+"#") {
		return session
	}
	return c.Host + "/" + session
}

// shownName is a session's name as one word.
func shownName(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError || r == '"' }) {
		return diagnose.Quote(name)
	}
	return name
}

// watched is one session as the Tracer sees it. All of it is guarded by the Tracer's
// lock.
type watched struct {
	t        *Tracer
	name     string
	label    string // the name as it is shown, with the known secrets hidden
	known    int
	clock    session.Clock
	encoding string // of the peer
	in       stream
	wrote    []byte // the end of what was written, for secrets that two writes make
	typed    int    // bytes typed and not told of
	options  int    // lines on options in this burst
	omitted  int    // those left out of it
	timer    func() // stops the timer that ends a burst; nil if none runs
	begun    time.Time
	last     time.Time
	wireIn   hexDump
	wireOut  hexDump
	closed   bool
}

// Observe implements session.Tap.
func (v *watched) Observe(o *session.Observation) {
	t := v.t
	t.mu.Lock()
	defer t.mu.Unlock()
	switch o.Kind {
	case session.TextIn:
		v.countTyped(o.Time)
		v.in.add(o.Bytes, o.Edits, o.Time)
		v.arm(o.Time)
	case session.Wrote:
		if o.Where == session.ByOperator {
			v.typed += len(o.Text)
			v.arm(o.Time)
			return
		}
		v.flush(o.Time)
		v.line(o.Time, ">", v.written(o.Text)+place(o.Where))
	case session.WaitEnded:
		v.flush(o.Time)
		if t.config.Level >= Decisions {
			v.waitEnded(o)
		}
	case session.Closed:
		v.flush(o.Time)
		v.flushEnd(o.Time)
		if !v.closed {
			v.closed = true
			v.line(o.Time, "=", o.Text)
		}
	case session.Remark:
		v.flush(o.Time)
		v.line(o.Time, "=", o.Text)
	}
	if t.config.Level >= Decisions {
		v.decision(o)
	}
	if t.config.Level >= Bytes {
		v.bytes(o)
	}
}

// decision shows what Decisions adds, but for the end of a wait.
func (v *watched) decision(o *session.Observation) {
	switch o.Kind {
	case session.Negotiated:
		v.in.flushLine()
		v.arm(o.Time)
		if v.options++; v.options > optionLines {
			v.omitted++
			return
		}
		v.negotiated(o)
	case session.WaitBegan:
		v.flush(o.Time)
		v.waitBegan(o)
	case session.Noted:
		v.flush(o.Time)
		v.line(o.Time, "=", o.Text)
	case session.Resized:
		v.line(o.Time, "=", fmt.Sprintf("window %d columns %d rows", o.Columns, o.Rows))
	}
}

// bytes shows what Bytes adds.
func (v *watched) bytes(o *session.Observation) {
	switch o.Kind {
	case session.WireIn:
		v.wireIn.add(o)
		v.arm(o.Time)
	case session.WireOut:
		v.wireOut.add(o)
		v.arm(o.Time)
	}
}

// shownWrite is how much of a text that was written is shown, in bytes.
const shownWrite = 200

// written quotes a text that was written.
func (v *watched) written(text string) string {
	shown := v.t.config.Secrets.MaskWithin(v.wrote, []byte(text), nil)
	v.wrote = append(v.wrote, text[max(len(text)-1024, 0):]...)
	v.wrote = v.wrote[max(len(v.wrote)-1024, 0):]
	return diagnose.QuoteMiddle(shown, shownWrite)
}

func (v *watched) countTyped(now time.Time) {
	if v.typed > 0 {
		v.line(now, ">", fmt.Sprintf("typed %d bytes", v.typed))
		v.typed = 0
	}
}

// quiet is the pause of the peer after which a line without an end is shown, and
// burst how long a flood goes on before it is summed up.
const (
	quiet = 100 * time.Millisecond
	burst = time.Second
)

// arm makes sure that what is not shown yet will be, once the peer pauses.
func (v *watched) arm(now time.Time) {
	v.last = now
	if v.timer == nil {
		v.begun = now
		v.timer = v.clock.AfterFunc(quiet, v.strike)
	}
}

// strike runs when the timer ends.
func (v *watched) strike() {
	now := v.clock.Now()
	v.t.mu.Lock()
	defer v.t.mu.Unlock()
	if v.timer == nil {
		return // flushed meanwhile
	}
	if left := min(v.last.Add(quiet).Sub(now), v.begun.Add(burst).Sub(now)); left > 0 {
		v.timer = v.clock.AfterFunc(left, v.strike)
		return
	}
	v.timer = nil
	v.flushAll(now)
}

// flush shows all that was held back for a better line.
func (v *watched) flush(now time.Time) {
	if v.timer != nil {
		v.timer()
		v.timer = nil
	}
	v.flushAll(now)
}

func (v *watched) flushAll(now time.Time) {
	v.countTyped(now)
	v.wireOut.flush(now)
	v.wireIn.flush(now)
	v.in.flush(now)
	if v.omitted > 0 {
		v.line(now, "=", fmt.Sprintf("... %d option lines left out", v.omitted))
	}
	v.options, v.omitted = 0, 0
}

// flushEnd shows what could have become a secret and did not.
func (v *watched) flushEnd(now time.Time) {
	v.wireOut.end(now)
	v.wireIn.end(now)
	v.in.end(now)
}

// optionLines is how many lines of a burst tell of options.
const optionLines = 100

// The colours of the directions.
var colors = map[string]string{"<": "\x1b[36m", ">": "\x1b[32m", "=": "\x1b[33m"}

const (
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

// line prints one line.
func (v *watched) line(at time.Time, direction, what string) {
	t := v.t
	if t.fault != nil {
		return
	}
	stamp := at.Format("15:04:05.000")
	if n := t.config.Secrets.Len(); v.label == "" || n != v.known {
		v.known, v.label = n, shownName(t.hidden(v.name))
	}
	if direction == "=" { // the others show what has been hidden
		what = t.hidden(what)
	}
	what = diagnose.OneLine(what)
	text := stamp + " " + v.label + " " + direction + " " + what + "\n"
	if t.config.Color {
		text = dim + stamp + " " + v.label + plain + " " + colors[direction] + direction + " " + what + plain + "\n"
	}
	if t.config.Return {
		text = text[:len(text)-1] + "\r\n"
	}
	_, t.fault = io.WriteString(t.config.Out, text) // there is no other place to complain
}

func place(where string) string {
	if where == "" {
		return ""
	}
	if where[0] == '(' { // "(command line):1"
		return " " + where
	}
	return " (" + where + ")"
}
