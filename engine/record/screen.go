package record

// Whether what a peer showed is a line, or a screen that a program has painted.

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/vt"
)

// screens watches a peer's bytes for programs that paint the whole screen.
type screens struct {
	parser    vt.Parser
	alternate bool // the program has a screen of its own
	placed    bool // the cursor was sent to a place on the screen
}

// came takes bytes of the peer's.
func (s *screens) came(p []byte) {
	for len(p) > 0 {
		if !s.parser.Active() {
			i := bytes.IndexByte(p, 0x1b)
			if i < 0 {
				return
			}
			s.parser.Begin(p[i])
			p = p[i+1:]
			continue
		}
		n, status := s.parser.Feed(p)
		p = p[n:]
		if status == vt.Done {
			s.sequence(s.parser.Sequence())
		}
	}
}

func (s *screens) sequence(q *vt.Sequence) {
	if q.Kind != vt.Control {
		return
	}
	switch {
	case (q.Final == 'H' || q.Final == 'f') && q.Private == 0:
		s.placed = s.placed || max(q.Param(0, 1), q.Param(1, 1)) > 1 // the corner is where a cleared screen begins
	case (q.Final == 'h' || q.Final == 'l') && q.Private == '?':
		for i := range q.Count() {
			switch q.Param(i, 0) {
			case 47, 1047, 1049:
				s.alternate = q.Final == 'h'
			}
		}
	}
}

// painted reports whether a screen was painted since it was asked last.
func (s *screens) painted() bool {
	painted := s.alternate || s.placed
	s.placed = false
	return painted
}
