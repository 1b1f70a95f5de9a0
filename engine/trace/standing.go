package trace

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/text"
)

// standing shows the text of a session as a person sees it: a line at its end, or as it
// stands when the peer pauses, and again if that changes.
type standing struct {
	display text.Display
	told    []byte // of the open line
	out     []byte
}

// add takes text and edits. It returns what is to be shown now, and whether that is the
// line once more, as what was shown of it has changed. The bytes are valid until the
// next call.
func (s *standing) add(p []byte, edits []text.Edit) (shown []byte, again bool) {
	s.out = s.display.Append(s.out[:0], p, edits)
	if len(s.out) == 0 {
		return nil, false
	}
	shown, again = s.rest(s.out)
	s.told = s.told[:0]
	if cap(s.out) > 1<<20 {
		s.out = nil
	}
	return shown, again
}

// pause returns what is to be shown of the open line, likewise.
func (s *standing) pause() (shown []byte, again bool) {
	open := s.display.Open()
	if len(open) == 0 || bytes.Equal(open, s.told) {
		return nil, false
	}
	shown, again = s.rest(open)
	s.told = append(s.told[:0], open...)
	return shown, again
}

// open reports whether pause would return something.
func (s *standing) open() bool {
	open := s.display.Open()
	return len(open) > 0 && !bytes.Equal(open, s.told)
}

// rest is what p has beyond what was told, or p if it does not begin so.
func (s *standing) rest(p []byte) (shown []byte, again bool) {
	if bytes.HasPrefix(p, s.told) {
		return p[len(s.told):], false
	}
	return p, true
}
