package trace

import (
	"bytes"
	"fmt"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/text"
)

const (
	shownLine = 160     // bytes of a line that are shown
	longLine  = 4 << 10 // bytes after which a line is shown although it goes on
	headLines = 20      // lines of a burst that are shown at once
	tailLines = 4       // of the rest, the last that are shown
)

// stream makes lines of the peer's text.
type stream struct {
	watched *watched
	text    standing
	masker  *mask.Masker
	masked  []byte
	came    time.Time // when what is not shown of the open line did

	line  []byte    // is shown, and has no end yet
	since time.Time // when its first byte did

	shown   int // lines of this burst
	held    []heldLine
	skipped int // lines and bytes left out
	bytes   int
}

type heldLine struct {
	at   time.Time
	text string
	size int
}

// add takes text that came, and the edits in it.
func (s *stream) add(p []byte, edits []text.Edit, now time.Time) {
	if !s.text.open() {
		s.came = now
	}
	shown, _ := s.text.add(p, edits)
	if len(shown) > 0 {
		s.show(shown, s.came)
		s.came = now
	}
}

// show shows p, as lines.
func (s *stream) show(p []byte, now time.Time) {
	if len(p) == 0 {
		return
	}
	s.masked = s.masker.Append(s.masked[:0], p)
	s.lines(s.masked, now)
	if cap(s.masked) > 1<<20 {
		s.masked = nil
	}
}

func (s *stream) lines(p []byte, now time.Time) {
	for len(p) > 0 {
		if len(s.line) == 0 {
			s.since = now
		}
		n := bytes.IndexByte(p, '\n') + 1
		whole := n > 0
		if !whole {
			n = len(p)
		}
		if room := longLine - len(s.line); n > room {
			n, whole = room, true
		}
		if whole && len(s.line) == 0 {
			s.put(p[:n])
		} else {
			s.line = append(s.line, p[:n]...)
			if whole {
				s.put(s.line)
				s.line = s.line[:0]
			}
		}
		p = p[n:]
	}
}

// put shows a line, or keeps it as one of the last of a flood.
func (s *stream) put(line []byte) {
	if s.shown < headLines {
		s.shown++
		s.watched.line(s.since, "<", diagnose.QuoteMiddle(line, shownLine))
		return
	}
	if len(s.held) == tailLines {
		s.skipped++
		s.bytes += s.held[0].size
		s.held = append(s.held[:0], s.held[1:]...)
	}
	s.held = append(s.held, heldLine{s.since, diagnose.QuoteMiddle(line, shownLine), len(line)})
}

// flush ends the burst.
func (s *stream) flush(now time.Time) {
	s.flushLine()
	if s.skipped > 0 {
		s.watched.line(now, "<", fmt.Sprintf("... %d lines, %d bytes left out", s.skipped, s.bytes))
	}
	for _, h := range s.held {
		s.watched.line(h.at, "<", h.text)
	}
	s.shown, s.skipped, s.bytes, s.held = 0, 0, 0, s.held[:0]
}

// flushLine shows a line without an end.
func (s *stream) flushLine() {
	shown, _ := s.text.pause()
	s.show(shown, s.came)
	if len(s.line) > 0 {
		s.put(s.line)
		s.line = s.line[:0]
	}
}

// end is flush when nothing more will come.
func (s *stream) end(now time.Time) {
	s.lines(s.masker.Flush(nil), now)
	s.flush(now)
}
