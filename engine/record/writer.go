package record

import (
	"bytes"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
)

// A writer makes lines of what the sessions told, with the secrets hidden. An
// event whose bytes may be the beginning of a secret waits, and all after it, so
// that every event keeps its bytes, its time and its place.
type writer struct {
	options *Options
	header  header
	begun   bool     // the header is out
	current *track   // of the last event
	order   []*entry // events that wait, the oldest first
	lines   []byte
	failed  bool
	last    time.Duration // of the last event
	hide    *mask.Masker  // hides secrets in whole texts; made when it is needed
}

// hidden is Options.hidden, for many texts.
func (w *writer) hidden(text string) string {
	if w.options.Secrets.Len() == 0 || text == "" {
		return text
	}
	if w.hide == nil {
		w.hide = w.options.Secrets.Masker(mask.OnWire, diagnose.QuotedForms)
	}
	return string(w.hide.Flush(w.hide.Append(nil, []byte(text))))
}

// An entry is an event that is being made.
type entry struct {
	track *track
	code  byte
	bytes bool // data is bytes rather than text
	at    time.Duration
	data  []byte
	left  int  // bytes that are not decided yet
	lent  bool // data is the caller's: it is written before take returns, or copied
}

// A stream is one direction of a session.
type stream struct {
	code    byte // 'o' or 'i'
	split   splitter
	mask    *mask.Veil
	waiting []*entry // those with bytes that are not decided
	deaf    bool     // the rest of what was read belongs to a layer below
}

func (w *writer) take(it item, p []byte) {
	switch it.code {
	case 'i', 'o':
		s := &it.track.in
		if it.code == 'i' {
			s = &it.track.out
		}
		w.wire(it, s, p)
	case 'S', 'w':
		w.order = append(w.order, &entry{track: it.track, code: it.code, at: it.at, data: []byte(it.text)})
	default:
		text := appendText(nil, []byte(validText(w.hidden(it.text))))
		w.order = append(w.order, &entry{track: it.track, code: it.code, at: it.at, data: text})
	}
	w.emit()
}

// wire takes bytes of the connection.
func (w *writer) wire(it item, s *stream, p []byte) {
	if s.deaf { // what came with the announcement was no telnet
		s.deaf, s.split.state, s.split.command = false, inData, nil
	}
	s.split.split(p, func(p []byte) {
		if s.deaf {
			return
		}
		e := &entry{track: it.track, code: it.code, bytes: true, at: it.at, left: len(p)}
		w.order = append(w.order, e)
		s.waiting = append(s.waiting, e)
		s.mask.Spans(p, s.decided)
	}, func(command []byte) {
		switch {
		case s.deaf:
			return
		case s.code == 'o' && announces(command):
			s.deaf = true
			return
		}
		code := byte('<')
		if s.code == 'i' {
			code = '>'
		}
		data := []byte(w.hidden(string(command)))
		w.order = append(w.order, &entry{track: it.track, code: code, bytes: true, at: it.at, data: data})
	})
}

// decided gives n bytes of the stream to the events that they belong to. Of a
// secret the masker tells one byte with the placeholder and then its other bytes,
// each with nothing.
func (s *stream) decided(n int, text []byte) {
	for n > 0 {
		e := s.waiting[0]
		k := min(n, e.left)
		if n > 1 && k == n && e.data == nil {
			e.data, e.lent = text, true
		} else if n == 1 {
			e.own()
			e.data = append(e.data, text...)
		} else {
			e.own()
			e.data = append(e.data, text[:k]...)
			text = text[k:]
		}
		n -= k
		if e.left -= k; e.left == 0 {
			s.waiting = s.waiting[1:]
		}
	}
}

// own makes the data the entry's own.
func (e *entry) own() {
	if e.lent {
		e.data, e.lent = bytes.Clone(e.data), false
	}
}

// emit makes lines of the events up to the first that waits.
func (w *writer) emit() {
	n := 0
	for ; n < len(w.order) && w.order[n].left == 0; n++ {
		w.event(w.order[n])
		w.order[n] = nil
	}
	if w.order = w.order[n:]; len(w.order) == 0 {
		w.order = w.order[:0]
	}
	for _, e := range w.order {
		e.own()
	}
}

func (w *writer) event(e *entry) {
	w.last = e.at
	if !w.begun {
		w.begun = true
		w.lines = appendHeader(w.lines, w.header)
	}
	if w.current != e.track {
		if e.code != 'S' {
			w.line(e.at, '@', appendText(nil, []byte(strconv.Itoa(e.track.number))))
		}
		w.current = e.track
	}
	switch {
	case e.code == 'o':
		w.show(e)
	case !e.bytes:
		w.line(e.at, e.code, e.data)
	case len(e.data) == 0: // the rest of a secret
	case e.code == 'i' && utf8.Valid(e.data):
		w.text(e.at, 'i', e.data)
	case e.code == 'i':
		w.raw(e.at, '>', e.data)
	default:
		w.raw(e.at, e.code, e.data)
	}
}

// show writes what the peer sent, so that players show it: characters that are
// cut are shown when they are whole.
func (w *writer) show(e *entry) {
	p := e.data
	if e.track.decoder != nil {
		w.decode(e)
		return
	}
	if t := e.track; len(t.partial) > 0 {
		n := 0
		for n < len(p) && !utf8.FullRune(t.partial) {
			t.partial = append(t.partial, p[n])
			n++
		}
		if !utf8.FullRune(t.partial) {
			if n > 0 {
				w.raw(e.at, '<', p[:n])
			}
			return
		}
		r, size := utf8.DecodeRune(t.partial)
		if r == utf8.RuneError && size == 1 && n > 0 {
			n-- // the byte that broke it stands for itself
		}
		if n > 0 {
			w.raw(e.at, '=', p[:n])
			w.text(e.at, 'o', []byte(string(r)))
		}
		t.partial = t.partial[:0]
		p = p[n:]
	}
	cut := len(p)
	for back := 1; back < utf8.UTFMax && back <= len(p); back++ {
		if b := p[len(p)-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(p[len(p)-back:]) {
				cut = len(p) - back
			}
			break
		}
	}
	whole, partial := p[:cut], p[cut:]
	switch {
	case len(whole) == 0:
	case utf8.Valid(whole):
		w.text(e.at, 'o', whole)
	default:
		w.raw(e.at, '=', whole)
		w.text(e.at, 'o', []byte(validText(string(whole))))
	}
	if len(partial) > 0 {
		w.raw(e.at, '<', partial)
		e.track.partial = append(e.track.partial, partial...)
	}
}

// decode is show for a peer whose encoding is not UTF-8.
func (w *writer) decode(e *entry) {
	held := e.track.decoder.Held()
	shown := e.track.decoder.Append(nil, e.data)
	switch {
	case len(e.data) == 0:
	case !held && bytes.Equal(shown, e.data):
		w.text(e.at, 'o', shown)
	case len(shown) == 0:
		w.raw(e.at, '<', e.data)
	default:
		w.raw(e.at, '=', e.data)
		w.text(e.at, 'o', shown)
	}
}

func (w *writer) line(at time.Duration, code byte, data []byte) {
	w.lines = append(append(appendEvent(w.lines, at, code), data...), ']', '\n')
}

func (w *writer) text(at time.Duration, code byte, text []byte) {
	w.lines = append(appendText(appendEvent(w.lines, at, code), text), ']', '\n')
}

func (w *writer) raw(at time.Duration, code byte, p []byte) {
	w.lines = append(appendBytes(appendEvent(w.lines, at, code), p), ']', '\n')
}

// finish decides what is still open: nothing more will come.
func (w *writer) finish(tracks []*track) {
	for _, t := range tracks {
		for _, s := range []*stream{&t.in, &t.out} {
			s.mask.FlushSpans(s.decided)
		}
	}
	w.emit()
	for _, t := range tracks {
		for _, s := range []*stream{&t.in, &t.out} {
			if len(s.split.command) > 0 { // cut off by the end
				code := byte('<')
				if s.code == 'i' {
					code = '>'
				}
				w.event(&entry{track: t, code: code, bytes: true, data: s.split.command, at: w.last})
			}
		}
	}
}

// flush writes the lines out.
func (w *writer) flush(file io.Writer) error {
	lines := w.lines
	if w.lines = w.lines[:0]; w.failed || len(lines) == 0 {
		return nil
	}
	_, err := file.Write(lines)
	w.failed = err != nil
	return err
}
