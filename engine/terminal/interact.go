package terminal

// Interact: the operator's keys to the peer, the peer's output to the screen.
//
// The goroutine of the caller decides everything and is the one that runs
// actions. Three others only carry: the keyboard, the screen and the sender.
// Keyboard and screen are stopped, with nothing lost, whenever something else
// needs the terminal or the conversation.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Reason is why an interaction ended.
type Reason string

// The reasons.
const (
	Escaped  Reason = "escape"  // the operator typed the escape key
	Closed   Reason = "eof"     // the peer closed, and all it sent was shown
	TimedOut Reason = "timeout" // Options.Timeout ran out
	Acted    Reason = "action"  // an action ended it, see Ending.Value
	Quit     Reason = "quit"    // the operator chose to close the conversation
)

// Ending is how an interaction ended.
type Ending struct {
	Reason Reason
	Value  any // what the action gave, with Acted
}

// DefaultEscape is ^], as in telnet clients.
const DefaultEscape = 0x1d

// Options of Interact. The zero value is an interaction that has no escape and
// no end but the peer's.
type Options struct {
	// Escape is the key that gives the terminal back; 0 for none. Typed twice
	// it is sent once.
	Escape byte
	// Prompt makes the escape ask for a key of the menu at once, as telnet
	// clients do. Otherwise it ends the interaction, unless it is followed by
	// itself or by "?" without delay.
	Prompt bool
	// Back says in the menu where leaving the interaction leads to, such as
	// "back to the script"; "" offers no such entry.
	Back string
	// Menu is added to the menu's own entries.
	Menu []MenuItem
	// Timeout ends the interaction after so long; 0 for never.
	Timeout time.Duration
	// Linger is how long the peer may be silent after the end of an input that
	// is no terminal; 0 means DefaultLinger.
	Linger time.Duration
	// Tee is told of what the peer is sent (typed) and of what it showed. It
	// may be called from several goroutines.
	Tee func(typed bool, p []byte)
	// OnInput and OnOutput watch what is typed and what is shown.
	OnInput, OnOutput *Watch
}

const (
	// DefaultLinger is the silence after which nothing more is expected of the
	// peer once the input has ended.
	DefaultLinger = time.Second

	// escapePause is how long the escape waits for a second key.
	escapePause = 700 * time.Millisecond
	// sendPatience is how long an interaction that ends waits for a peer that
	// takes nothing of what was typed.
	sendPatience = time.Second
	// typedLimit is how much a terminal may be ahead of the peer, copiedLimit
	// how much a file or pipe may.
	typedLimit  = 64 << 20
	copiedLimit = 1 << 20
)

// ErrUnsent says that the peer did not take all that was typed before an
// interaction ended.
var ErrUnsent = errors.New("the peer does not read")

// interaction is one run of Interact.
type interaction struct {
	t        *Terminal
	peer     Peer
	o        Options
	terminal bool // keys are typed, not copied

	keys   chan keyEvent
	shows  chan showEvent
	failed chan string
	halt   context.CancelFunc // stops keyboard and screen
	halted chan struct{}      // closed when both have stopped
	ended  bool               // the input is at its end
	lease  *Lease

	out  *screen
	send *sender
	line lineEditor
	in   *watching

	half    []byte // of a newline that is copied
	escaped bool   // an escape waits for its second key

	watchOut *watching
	late     *showEvent // what the screen could not tell when it was stopped
}

type keyEvent struct {
	data []byte
	err  error
}

type showEvent struct {
	hit *Hit
	err error // why there is no more output
}

// Interact joins the terminal to peer until the operator escapes, the peer
// closes, the timeout strikes or an action ends it. Output that was not read
// before is shown first. Where the input is no terminal it is copied through.
//
// The bytes typed behind the escape stay typed ahead; output that was not shown
// stays unread. The terminal is in its former mode when Interact returns and
// while actions run.
func (t *Terminal) Interact(ctx context.Context, peer Peer, o Options) (end Ending, err error) {
	ctx, cancel := context.WithCancel(ctx)
	x := &interaction{t: t, peer: peer, o: o, terminal: t.inTTY, keys: make(chan keyEvent), shows: make(chan showEvent), failed: make(chan string, 1)}
	x.out = newScreen(t.Out(), t.outTT)
	defer t.left.Store(t.left.Swap(&x.out.left))
	x.in, x.watchOut = newWatching(o.OnInput), newWatching(o.OnOutput)
	x.send = newSender(ctx, peer, x.fail)
	if o.Tee != nil {
		x.send.tee = func(p []byte) { o.Tee(true, p) }
		x.out.tee = func(p []byte) { o.Tee(false, p) }
	}
	defer func() { // last of all, whatever else goes wrong
		if lerr := x.leave(); err == nil {
			err = lerr
		}
	}()
	defer func() {
		x.stop()
		cancel()
		x.send.wait()
		if ferr := x.out.finish(peer); err == nil {
			err = ferr
		}
	}()
	if x.lease, err = t.Enter(Raw); err != nil {
		return Ending{}, err
	}
	return x.run(ctx)
}

// run is the loop of decisions.
func (x *interaction) run(ctx context.Context) (Ending, error) {
	resized, stop := x.t.Resized()
	defer stop()
	x.resize()
	var timeout, pause, quiet alarm
	defer timeout.stop()
	defer pause.stop()
	defer quiet.stop()
	timeout.set(x.o.Timeout)
	x.start(ctx)
	for {
		var keys chan keyEvent
		if x.send.backlog() < x.limit() {
			keys = x.keys
		}
		select {
		case <-ctx.Done():
			return Ending{}, context.Cause(ctx)
		case r := <-x.failed:
			panic(r)
		case k := <-keys:
			pause.stop()
			if k.err != nil {
				return x.inputEnded(ctx, k.err)
			}
			end, done, err := x.typed(ctx, k.data)
			if err != nil || done {
				return end, err
			}
			if x.escaped {
				pause.set(escapePause)
			}
			quiet.set(x.in.patience())
		case <-pause.c():
			return x.escapes(ctx)
		case <-quiet.c():
			end, done, err := x.inputPaused(ctx)
			if err != nil || done {
				return end, err
			}
		case s := <-x.shows:
			end, done, err := x.showed(ctx, s)
			if err != nil || done {
				return end, err
			}
		case <-resized:
			x.resize()
		case <-x.peer.Calls():
			if err := x.peer.Serve(ctx); err != nil {
				return Ending{}, err
			}
		case <-x.send.moved:
		case <-timeout.c():
			return Ending{Reason: TimedOut}, x.flush(ctx)
		}
	}
}

// limit is how far the input may be ahead of the peer.
func (x *interaction) limit() int {
	if x.terminal {
		return typedLimit
	}
	return copiedLimit
}

// typed deals with keys: the escape, the watchers, the echo, the peer.
func (x *interaction) typed(ctx context.Context, p []byte) (end Ending, done bool, err error) {
	for len(p) > 0 {
		if x.escaped {
			x.escaped = false
			switch {
			case p[0] == x.o.Escape:
				a, err := x.pass(ctx, p[:1], p[1:])
				if a.acted || err != nil {
					return a.end, a.done, err
				}
				p = p[1:]
				continue
			case p[0] == '?' && x.terminal:
				return x.menu(ctx, p)
			}
			end, err = x.escapes(ctx)
			x.stop()
			x.t.input.Unread(p)
			return end, true, err
		}
		n := len(p)
		if i := bytes.IndexByte(p, x.o.Escape); i >= 0 && x.o.Escape != 0 {
			n = i
		}
		a, err := x.pass(ctx, p[:n], p[n:])
		if a.acted || err != nil {
			return a.end, a.done, err
		}
		if p = p[n:]; len(p) > 0 {
			p = p[1:]
			if x.o.Prompt && x.terminal {
				return x.menu(ctx, p)
			}
			x.escaped = true
		}
	}
	return Ending{}, false, nil
}

// A passage is what became of keys that were passed on.
type passage struct {
	acted bool   // an action was run
	done  bool   // and the conversation is over
	end   Ending // how, if it is
}

// pass gives keys to the watchers and what they leave to the peer. If an action
// was run, what was typed behind its keys, rest included, has been put back: it
// is the action's, or comes again.
func (x *interaction) pass(ctx context.Context, keys, rest []byte) (p passage, err error) {
	n, free, hit := x.in.feed(keys)
	x.sendKeys(free)
	if hit == nil {
		return p, nil
	}
	p.acted = true
	p.end, p.done, err = x.act(ctx, x.o.OnInput, *hit, func() {
		x.t.input.Unread(rest)
		x.t.input.Unread(keys[n:])
	})
	return p, err
}

// sendKeys sends keys, editing and echoing them if the peer leaves that to us.
func (x *interaction) sendKeys(keys []byte) {
	if len(keys) == 0 {
		return
	}
	if !x.terminal {
		// A newline of a file is sent whole, wherever the reads cut it.
		keys = append(x.half, keys...)
		x.half = nil
		if n := len(keys); keys[n-1] == '\r' {
			keys, x.half = keys[:n-1], []byte{'\r'}
		}
		x.send.put(keys)
		return
	}
	if x.peer.Echo() {
		x.send.put(x.line.flush())
		x.send.put(keys)
		return
	}
	out, shown := x.line.edit(keys, x.peer.Lines())
	x.out.write(shown)
	x.send.put(out)
}

// inputPaused lets go of keys that were held back because they might have
// become a match.
func (x *interaction) inputPaused(ctx context.Context) (Ending, bool, error) {
	free, hit := x.in.paused()
	x.sendKeys(free)
	if hit == nil {
		return Ending{}, false, nil
	}
	return x.act(ctx, x.o.OnInput, *hit, func() {})
}

// showed deals with what stopped the screen: a match or the end.
func (x *interaction) showed(ctx context.Context, s showEvent) (Ending, bool, error) {
	switch {
	case s.hit != nil:
		return x.act(ctx, x.o.OnOutput, *s.hit, func() {})
	case s.err == io.EOF:
		return Ending{Reason: Closed}, true, nil
	}
	return Ending{}, true, s.err
}

// act runs the action of a match: with the terminal as it was found, everything
// typed before it sent, and keyboard and conversation free for the action.
// giveBack returns what was typed behind the match, after the keyboard stopped.
func (x *interaction) act(ctx context.Context, w *Watch, hit Hit, giveBack func()) (Ending, bool, error) {
	x.stop()
	giveBack()
	if err := x.flush(ctx); err != nil {
		return Ending{}, true, err
	}
	resume, err := x.t.Pause()
	if err != nil {
		return Ending{}, true, err
	}
	value, done, err := func() (any, bool, error) {
		defer func() { _ = resume() }()
		return w.action(ctx, hit)
	}()
	if err != nil || done {
		return Ending{Reason: Acted, Value: value}, true, err
	}
	x.start(ctx)
	return Ending{}, false, nil
}

// escapes ends the interaction by the escape key.
func (x *interaction) escapes(ctx context.Context) (Ending, error) {
	x.escaped = false
	x.sendKeys(x.in.releaseAll())
	return Ending{Reason: Escaped}, x.flush(ctx)
}

// finishKeys sends what waited for more to be typed or copied.
func (x *interaction) finishKeys() {
	x.send.put(x.half)
	x.half = nil
	x.send.put(x.line.flush())
}

// flush waits until all that was typed has been sent. A peer that takes none
// of it for long loses the rest.
func (x *interaction) flush(ctx context.Context) error {
	x.finishKeys()
	if n := x.send.flush(ctx, sendPatience); n > 0 {
		return fmt.Errorf("%d bytes typed were not sent: %w", n, ErrUnsent)
	}
	return nil
}

// inputEnded is the rest of an interaction whose input has ended. A telnet peer
// often takes our half-close for the end of everything, so it is asked last;
// others wait for it.
func (x *interaction) inputEnded(ctx context.Context, err error) (Ending, error) {
	if err != io.EOF {
		return Ending{}, err
	}
	x.sendKeys(x.in.releaseAll())
	x.ended = true
	linger := x.o.Linger
	if linger == 0 {
		linger = DefaultLinger
	}
	halfClosed := false
	halfClose := func() {
		halfClosed = true
		_ = x.peer.CloseWrite() // a peer that has closed needs none
	}
	x.finishKeys()
	var quiet, timeout alarm
	defer quiet.stop()
	defer timeout.stop()
	timeout.set(x.o.Timeout)
	quiet.set(linger)
	for {
		if !halfClosed && !x.peer.Telnet() && x.send.backlog() == 0 {
			halfClose()
			quiet.set(linger)
		}
		select {
		case <-ctx.Done():
			return Ending{}, context.Cause(ctx)
		case r := <-x.failed:
			panic(r)
		case s := <-x.shows:
			end, done, err := x.showed(ctx, s)
			if done || err != nil {
				return end, err
			}
			quiet.set(linger)
		case <-x.out.progress:
			quiet.set(linger)
		case <-x.peer.Calls():
			if err := x.peer.Serve(ctx); err != nil {
				return Ending{}, err
			}
		case <-x.send.moved:
			quiet.set(linger)
		case <-timeout.c():
			return Ending{Reason: TimedOut}, nil
		case <-quiet.c():
			if halfClosed {
				return Ending{Reason: Closed}, nil
			}
			halfClose()
			quiet.set(linger)
		}
	}
}

// resize tells the peer the window's size.
func (x *interaction) resize() {
	if columns, rows, ok := x.t.Size(); ok {
		x.peer.Resize(columns, rows)
	}
}

func (x *interaction) leave() error {
	if x.lease == nil {
		return nil
	}
	return x.lease.Leave()
}
