package session

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/patterns"
)

// The reads of telnetlib and of Expect, all made of one wait or of a look at the
// buffer.

// ReadUntil waits for a literal text and returns all up to and including it.
func (s *Session) ReadUntil(ctx context.Context, text string, o WaitOptions) (string, error) {
	p, err := s.cache.Literal(text)
	if err != nil {
		return "", err
	}
	if o.Op == "" {
		o.Op = "read_until"
	}
	r, err := s.Expect(ctx, p, o)
	return r.Text, err
}

// ReadAll returns everything up to the end of the conversation. truncated is how
// many bytes before it were dropped because they were more than MaxBuffer.
func (s *Session) ReadAll(ctx context.Context, o WaitOptions) (text string, truncated int64, err error) {
	p, err := s.cache.Compile([]patterns.Pattern{{Kind: patterns.EOF}})
	if err != nil {
		return "", 0, err
	}
	if o.Op == "" {
		o.Op = "read_all"
	}
	o.Orderly = true
	r, err := s.Expect(ctx, p, o)
	return r.Text, r.Truncated, err
}

// ReadSome returns what has come, at least one byte. At the end of the
// conversation it returns io.EOF.
func (s *Session) ReadSome(ctx context.Context, o WaitOptions) (text string, err error) {
	if o.Op == "" {
		o.Op = "read_some"
	}
	begun := s.clock.Now()
	if text, err = s.readSome(ctx, o, begun); err == io.EOF { // in order
		if failed := s.commandEnded(ctx, "", o, begun); failed != nil {
			err = failed
		}
	}
	return text, err
}

func (s *Session) readSome(ctx context.Context, o WaitOptions, begun time.Time) (text string, err error) {
	timeout, err := s.beginRead(o)
	if err != nil {
		return "", s.failed(o, nil, begun, err)
	}
	s.readBegan(o)
	defer func() { s.readEnded(o, begun, text, err) }()
	if timeout <= 0 {
		err = s.sync(ctx, time.Time{})
	}
	s.mu.Lock()
	seen := s.buf.Reader()
	s.mu.Unlock()
	if err == nil {
		err = s.await(ctx, deadline(begun, timeout), func(time.Time) (bool, time.Time) {
			s.watching = true
			s.syncViewLocked()
			if seen.Run(-1); seen.Len() == 0 && s.fullLocked() { // edited, over and over
				s.consumeLocked(&seen, 0, buffer.AllNotes)
				seen = s.buf.Reader()
				s.wakePump()
			}
			return seen.Len() > 0 || s.eof || s.closed, time.Time{}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	switch {
	case seen.Len() > 0 && !s.closed:
		return s.takeAllLocked(), nil
	case s.eof && !s.closed:
		return "", s.endedLocked(o)
	case s.closed:
		err = ErrClosed
	}
	return "", s.waitErrorLocked(o, nil, begun, err)
}

// ReadAvailable returns what has arrived, without waiting: "" if nothing has,
// io.EOF at the end of the conversation.
func (s *Session) ReadAvailable(ctx context.Context, o WaitOptions) (string, error) {
	if o.Op == "" {
		o.Op = "read_available"
	}
	if err := s.arrived(ctx, o); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.syncViewLocked()
	if text := s.takeAllLocked(); text != "" || !s.eof {
		return text, nil
	}
	return "", s.endedLocked(o)
}

// Peek returns what has arrived and is unread, and leaves it unread.
func (s *Session) Peek(ctx context.Context) (string, error) {
	if err := s.arrived(ctx, WaitOptions{Op: "peek"}); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.syncViewLocked()
	r := s.buf.Unread()
	return r.Text(0, r.Len()), nil
}

// arrived makes sure that what has arrived is in the buffer.
func (s *Session) arrived(ctx context.Context, o WaitOptions) error {
	return s.arrivedBy(ctx, o, time.Time{})
}

// arrivedBy is arrived with an end of the time allowed.
func (s *Session) arrivedBy(ctx context.Context, o WaitOptions, limit time.Time) error {
	begun := s.clock.Now()
	_, err := s.beginRead(o)
	if err == nil {
		err = s.sync(ctx, limit)
	}
	if err == nil {
		s.mu.Lock()
		if s.closed {
			err = ErrClosed
		}
		s.mu.Unlock()
	}
	if err != nil {
		return s.failed(o, nil, begun, err)
	}
	return nil
}

// beginRead is the common start of reads that need no matcher.
func (s *Session) beginRead(o WaitOptions) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.freeLocked(); err != nil {
		return 0, err
	}
	s.startLocked()
	return or(o.Timeout, s.timeout), nil
}

// takeAllLocked consumes the buffer. Events between the bytes go with them.
func (s *Session) takeAllLocked() string {
	r := s.buf.Unread()
	text := r.Text(0, r.Len())
	s.consumeLocked(&r, r.Len(), buffer.AllNotes)
	s.wakePump()
	return text
}

// ReadLine returns the next line without its newline. The last line may lack one;
// after it io.EOF is returned.
func (s *Session) ReadLine(ctx context.Context, o WaitOptions) (line string, err error) {
	if o.Op == "" {
		o.Op = "read_line"
	}
	begun := s.clock.Now()
	if line, err = s.readLine(ctx, o, begun); err == io.EOF { // in order
		if failed := s.commandEnded(ctx, "", o, begun); failed != nil {
			err = failed
		}
	}
	return line, err
}

func (s *Session) readLine(ctx context.Context, o WaitOptions, begun time.Time) (line string, err error) {
	timeout, err := s.beginRead(o)
	if err != nil {
		return "", s.failed(o, nil, begun, err)
	}
	s.readBegan(o)
	defer func() { s.readEnded(o, begun, line, err) }()
	if timeout <= 0 {
		err = s.sync(ctx, time.Time{})
	}
	s.mu.Lock()
	scanned, end := s.buf.Start(), int64(-1)
	s.mu.Unlock()
	if err == nil {
		err = s.await(ctx, deadline(begun, timeout), func(now time.Time) (bool, time.Time) {
			s.watching = true
			again := s.flushAtLocked(now)
			if scanned < s.buf.Start() {
				scanned = s.buf.Start()
			}
			for scanned < s.buf.End() {
				piece := s.buf.Piece(scanned)
				if i := bytes.IndexByte(piece, '\n'); i >= 0 {
					end = scanned + int64(i)
					return true, time.Time{}
				}
				scanned += int64(len(piece))
			}
			return s.eof || s.closed || s.fullLocked(), again
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	switch {
	case s.closed:
		err = ErrClosed
	case end >= 0:
		r := s.buf.Reader()
		r.Run(end + 1)
		line = r.Text(0, r.Len()-1)
		s.consumeLocked(&r, r.Len(), -1)
		s.wakePump()
		return line, nil
	case s.eof && s.eofCause == nil:
		if line = s.takeAllLocked(); line != "" {
			return line, nil
		}
		return "", s.endedLocked(o)
	case s.eof: // a line that was cut off is none
		return "", s.endedLocked(o)
	case s.fullLocked() && err == nil:
		err = ErrBufferFull
	}
	return "", s.waitErrorLocked(o, nil, begun, err)
}

// flushAtLocked brings the text up to what is seen once the peer has paused, and returns when
// to ask again if it has not yet.
func (s *Session) flushAtLocked(now time.Time) (again time.Time) {
	if !s.heldLocked() {
		return time.Time{}
	}
	settle := s.settle
	if settle <= 0 || settle == Forever {
		settle = DefaultSettle
	}
	if !s.listeningLocked() {
		return now.Add(settle)
	}
	since := s.reading.silentSince(s.lastArrival)
	if at := since.Add(settle); now.Before(at) {
		return at
	}
	s.flushViewLocked()
	return time.Time{}
}

// Drain discards what comes until the peer has been quiet for the time given (0: the
// session's settle), and returns how many bytes that was.
func (s *Session) Drain(ctx context.Context, quiet time.Duration, o WaitOptions) (total int64, err error) {
	if o.Op == "" {
		o.Op = "drain"
	}
	begun := s.clock.Now()
	timeout, err := s.beginRead(o)
	if err != nil {
		return 0, s.failed(o, nil, begun, err)
	}
	s.readBegan(o)
	defer func() { s.readEnded(o, begun, "", err) }()
	calm := or(quiet, s.Settle())
	if calm <= 0 {
		err = s.sync(ctx, time.Time{})
	}
	if err == nil {
		err = s.await(ctx, deadline(begun, timeout), func(now time.Time) (bool, time.Time) {
			total += s.buf.Len()
			r := s.buf.Unread()
			s.consumeLocked(&r, r.Len(), buffer.AllNotes)
			s.wakePump()
			since := begun
			if s.lastArrival.After(since) {
				since = s.lastArrival
			}
			if !s.listeningLocked() {
				since = now
			}
			if s.eof || s.closed || !now.Before(since.Add(calm)) {
				return true, time.Time{}
			}
			s.watching = s.maxBuffer <= buffer.LargeChunk // else a look now and then is enough to keep the buffer small
			return false, since.Add(calm)
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	switch {
	case err != nil:
	case s.closed:
		err = ErrClosed
	case s.eof && s.eofCause != nil:
		err = io.EOF
	}
	if err != nil {
		return total, s.waitErrorLocked(o, nil, begun, err)
	}
	return total, nil
}

// Fence asks the peer for a timing mark and returns when it has come back: then
// the peer has worked through everything that was written before. Peers that
// refuse the option answer as well, so it works with any (RFC 860).
//
// Answers do not say which mark they belong to, only their order does. So while n
// marks of earlier fences, which ran out, are unanswered, n answers more are waited
// for, each of which is asked for when the one before has come: a late answer never
// passes for this fence's, and a peer that has left marks unanswered for good costs
// n round trips, not the fence.
func (s *Session) Fence(ctx context.Context, o WaitOptions) (err error) {
	if o.Op == "" {
		o.Op = "fence"
	}
	begun := s.clock.Now()
	timeout, err := s.beginRead(o)
	f, ok := s.line.(line.Fencer)
	if err == nil && !ok {
		err = ErrNoTelnet
	}
	s.readBegan(o)
	defer func() { s.readEnded(o, begun, "", err) }()
	if err != nil {
		return s.failed(o, nil, begun, err)
	}
	s.mu.Lock()
	goal := 0
	if s.eof {
		err = io.EOF
	} else {
		goal, err = f.Fence()
	}
	s.tellSentLocked()
	s.line.Flush()
	s.mu.Unlock()
	if err != nil {
		return s.failed(o, nil, begun, err)
	}
	err = s.await(ctx, deadline(begun, timeout), func(time.Time) (bool, time.Time) {
		s.watching = true
		return f.Fences() >= goal || s.eof || s.closed, time.Time{}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	f.EndFence()
	switch {
	case f.Fences() >= goal:
		return nil
	case s.closed:
		err = ErrClosed
	case s.eof:
		err = io.EOF
	}
	return s.waitErrorLocked(o, nil, begun, err)
}
