package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	// screenChunk is how much is written to a terminal at once: little enough
	// for a slow one to be stopped by the escape soon.
	screenChunk = 64 << 10
	// tailPatience is how long the beginning of a character waits for its
	// rest, which may never come from a peer that does not speak UTF-8.
	tailPatience = 50 * time.Millisecond
)

// screen is where the output of the peer and our own notices meet. On a
// terminal it shows no half of a UTF-8 character.
type screen struct {
	w        io.Writer
	tty      bool
	tee      func([]byte)  // is told of the peer's output; may be nil
	progress chan struct{} // receives after something was shown

	left leftovers // what the peer changed at the terminal

	mu   sync.Mutex
	tail []byte // the beginning of a character
	last byte   // the last byte shown
}

func newScreen(w io.Writer, tty bool) *screen {
	return &screen{w: w, tty: tty, last: '\n', progress: make(chan struct{}, 1)}
}

// next waits for more output of the peer. Meanwhile the beginning of a
// character is shown if it stays alone.
func (s *screen) next(ctx context.Context, peer Peer) ([]byte, error) {
	if s.holds() {
		short, cancel := context.WithTimeout(ctx, tailPatience)
		p, err := peer.Output(short)
		cancel()
		if err == nil || ctx.Err() != nil {
			return cut(p), err
		}
		if werr := s.release(); werr != nil {
			return nil, werr
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
	}
	p, err := peer.Output(ctx)
	return cut(p), err
}

func cut(p []byte) []byte { return p[:min(len(p), screenChunk)] }

func (s *screen) holds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tail) > 0
}

func (s *screen) release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.tail
	s.tail = nil
	return s.putLocked(p)
}

// show writes output of the peer. With newlines set a "\n" alone starts a new
// line on the terminal: a peer that leaves the echo to us thinks in lines.
func (s *screen) show(p []byte, newlines bool) error {
	if s.tee != nil {
		s.tee(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tail) > 0 {
		p = append(s.tail, p...)
		s.tail = nil
	}
	if s.tty {
		n := len(p) - unfinished(p)
		s.tail = bytes.Clone(p[n:])
		p = p[:n]
		s.left.track(p)
		if newlines {
			p = returned(p, s.last)
		}
	}
	return s.putLocked(p)
}

// write writes what is our own, and what may get lost with the terminal.
func (s *screen) write(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.putLocked(p)
}

func (s *screen) putLocked(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := s.w.Write(p)
	s.last = p[len(p)-1]
	select {
	case s.progress <- struct{}{}:
	default:
	}
	return err
}

// finish completes the last character and the last line, so that what comes
// next on the terminal starts on its own, and puts back what the peer changed at the
// terminal.
func (s *screen) finish(peer Peer) error {
	if s.holds() {
		ctx, cancel := context.WithTimeout(context.Background(), tailPatience)
		p, _ := peer.Output(ctx)
		cancel()
		n := 0
		for n < len(p) && !utf8.RuneStart(p[n]) && n < utf8.UTFMax {
			n++
		}
		if n > 0 {
			s.write(append(s.taken(), p[:n]...))
			peer.Consume(n)
		}
	}
	if err := s.release(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last
	if err := s.putLocked([]byte(s.left.reset())); err != nil {
		return err
	}
	if s.tty && last != '\n' {
		return s.putLocked([]byte("\r\n"))
	}
	return nil
}

func (s *screen) taken() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.tail
	s.tail = nil
	return p
}

// returned puts a "\r" before each "\n" in p that has none; last is the byte
// before p.
func returned(p []byte, last byte) []byte {
	out := make([]byte, 0, len(p)+16)
	for _, c := range p {
		if c == '\n' && last != '\r' {
			out = append(out, '\r')
		}
		out = append(out, c)
		last = c
	}
	return out
}

// unfinished returns how many bytes at the end of p are the beginning of a
// UTF-8 character.
func unfinished(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		c := p[len(p)-n]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
