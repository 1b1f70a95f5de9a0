package terminal

// The goroutines that carry keys to the loop of decisions and output to the
// screen.

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime/debug"
)

// start lets keyboard and screen run.
func (x *interaction) start(ctx context.Context) {
	ctx, x.halt = context.WithCancel(ctx)
	x.halted = make(chan struct{})
	stopped := make(chan struct{}, 2)
	carry := func(f func(context.Context)) {
		defer func() {
			if r := recover(); r != nil {
				x.fail(r)
			}
			stopped <- struct{}{}
		}()
		f(ctx)
	}
	go carry(x.keyboard)
	go carry(x.show)
	go func(done chan struct{}) {
		<-stopped
		<-stopped
		close(done)
	}(x.halted)
}

// stop ends keyboard and screen; what they had and nobody took goes back.
func (x *interaction) stop() {
	if x.halt != nil {
		x.halt()
		<-x.halted
		x.halt = nil
	}
}

// fail brings a panic of a carrying goroutine to the one that Interact was called
// on, where it unwinds through what restores the terminal.
func (x *interaction) fail(r any) {
	select {
	case x.failed <- fmt.Sprintf("%v\n\n%s", r, debug.Stack()):
	default: // the first is enough
	}
}

// keyboard carries keys to the loop of decisions.
func (x *interaction) keyboard(ctx context.Context) {
	if x.ended {
		return
	}
	buf := make([]byte, readAhead)
	for {
		n, err := x.t.input.Read(ctx, buf)
		k := keyEvent{data: bytes.Clone(buf[:n]), err: err}
		if ctx.Err() != nil {
			x.t.input.Unread(k.data)
			return
		}
		select {
		case x.keys <- k:
		case <-ctx.Done():
			x.t.input.Unread(k.data)
			return
		}
		if err != nil {
			return
		}
	}
}

// show carries the peer's output to the screen.
func (x *interaction) show(ctx context.Context) {
	if x.late != nil {
		x.tell(ctx, *x.late)
		return
	}
	for {
		p, hit, err := x.next(ctx)
		if ctx.Err() != nil {
			return
		}
		n := 0
		if len(p) > 0 {
			n, _, hit = x.watchOut.feed(p)
		}
		if len(p) > 0 {
			werr := x.out.show(p[:n], !x.peer.Echo())
			x.peer.Consume(n)
			if werr != nil {
				err = werr
			}
		}
		if err != nil || hit != nil {
			x.tell(ctx, showEvent{hit: hit, err: err})
			return
		}
	}
}

// next waits for output, or for a pause or an end that makes a match of what is
// open.
func (x *interaction) next(ctx context.Context) ([]byte, *Hit, error) {
	waiting := ctx
	if x.watchOut.open() {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, x.watchOut.w.settle)
		defer cancel()
	}
	p, err := x.out.next(waiting, x.peer)
	switch {
	case len(p) > 0 || ctx.Err() != nil:
		return p, nil, err
	case waiting.Err() != nil:
		_, hit := x.watchOut.paused()
		return nil, hit, nil
	case err == io.EOF:
		return nil, x.watchOut.end(), err
	}
	return nil, nil, err
}

// tell gives s to the loop of decisions, or keeps it for the next time.
func (x *interaction) tell(ctx context.Context, s showEvent) {
	select {
	case x.shows <- s:
		x.late = nil
	case <-ctx.Done():
		x.late = &s
	}
}
