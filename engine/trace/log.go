package trace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// Log is a file with the text of sessions as a person would have seen it, the echo of
// what was typed among it, with secrets hidden. It is appended to, as it happens: a line
// when it ends, or as it stands when the peer pauses or something is written, and again
// if it changes after that.
//
// Sessions are told apart by a heading on a line of its own,
//
//	==> core1, 2026-11-23 12:00:00 <==
//
// which is put where another session goes on, and where one begins unless the file
// is empty and named for it alone.
//
// A file that cannot be opened is NewLog's error, and one that cannot be written
// later is one warning; the sessions go on. A file that was
// moved away or removed (by a log rotation, say) is made again at its old place.
type Log struct {
	config LogConfig

	mu      sync.Mutex
	file    *os.File
	checked time.Time // when the file was last looked for at its place
	broken  bool      // a warning was given; nothing is written any more
	last    *logTap   // whose text the file ends with
	midline bool      // the file ends within a line
	taps    []*logTap // of the sessions that are not closed
}

// LogConfig says where a Log is and what it does.
type LogConfig struct {
	Path     string
	Headings bool          // every session begins with a heading, also the first in an empty file
	Secrets  *mask.Secrets // hidden; nil: none
	Warn     func(string)  // takes the warning
}

// checkEvery is how often a file is looked for at its place.
const checkEvery = time.Second

// NewLog opens a file for appending.
func NewLog(c LogConfig) (*Log, error) {
	if c.Warn == nil {
		c.Warn = func(string) {}
	}
	l := &Log{config: c}
	if err := l.open(); err != nil {
		return nil, l.explain(err)
	}
	return l, nil
}

func (l *Log) open() error {
	f, err := os.OpenFile(l.config.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close() // all that was written to it is there, or was told of
	}
	l.file = f
	return nil
}

// explain says what could not be done.
func (l *Log) explain(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("cannot write the log %s: %w", l.config.Path, err)
}

// fail gives the one warning.
func (l *Log) fail(err error) {
	if l.broken {
		return
	}
	l.broken = true
	l.config.Warn(l.explain(err).Error() + "; going on without it")
}

// Close writes what is left of the sessions' text and closes the file.
func (l *Log) Close() error {
	l.mu.Lock()
	taps := slices.Clone(l.taps)
	l.mu.Unlock()
	for _, t := range taps {
		t.finish()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file, l.broken = nil, true
	return err
}

// Tap is what writes the text of session s to the log.
func (l *Log) Tap(s *session.Session) session.Tap {
	t := &logTap{log: l, name: s.Name(), clock: s.Clock(), veil: mask.NewVeil(l.config.Secrets.Masker(mask.OnWire))}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taps = append(l.taps, t)
	return t
}

type logTap struct {
	log   *Log
	name  string
	clock session.Clock
	veil  *mask.Veil
	shown []byte
	begun bool // guarded by the log's lock

	mu    sync.Mutex
	text  standing
	last  time.Time // when text last came
	armed bool      // a timer runs that looks for a pause
}

// Observe implements session.Tap.
func (t *logTap) Observe(o *session.Observation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch o.Kind {
	case session.TextIn:
		shown, again := t.text.add(o.Bytes, o.Edits)
		t.put(shown, again, o.Time)
		t.last = o.Time
		if !t.armed && t.text.open() {
			t.armed = true
			t.clock.AfterFunc(quiet, t.strike)
		}
	case session.Wrote:
		t.pause(o.Time)
	case session.Closed:
		t.end(o.Time)
	}
}

// show takes what may be shown.
func (t *logTap) show(_ int, p []byte) { t.shown = append(t.shown, p...) }

// finish writes what is left.
func (t *logTap) finish() {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(now)
}

// end writes what is left.
func (t *logTap) end(now time.Time) {
	t.pause(now)
	t.shown = t.shown[:0]
	t.veil.FlushSpans(t.show)
	if len(t.shown) > 0 {
		t.log.write(t, t.shown, now)
	}
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	t.log.taps = slices.DeleteFunc(t.log.taps, func(have *logTap) bool { return have == t })
}

// strike runs when the timer ends.
func (t *logTap) strike() {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if left := t.last.Add(quiet).Sub(now); left > 0 {
		t.clock.AfterFunc(left, t.strike)
		return
	}
	t.armed = false
	t.pause(now)
}

// pause writes the open line as it stands.
func (t *logTap) pause(now time.Time) {
	shown, again := t.text.pause()
	t.put(shown, again, now)
}

func (t *logTap) put(p []byte, again bool, now time.Time) {
	if len(p) == 0 {
		return
	}
	t.shown = t.shown[:0]
	if again {
		t.veil.Spans([]byte{'\n'}, t.show)
	}
	if t.veil.Spans(p, t.show); len(t.shown) > 0 {
		t.log.write(t, t.shown, now)
	}
	if cap(t.shown) > 1<<20 {
		t.shown = nil
	}
}

func (l *Log) write(t *logTap, p []byte, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return
	}
	if now.Sub(l.checked) >= checkEvery || now.Before(l.checked) {
		l.checked = now
		if l.gone(); l.broken {
			return
		}
	}
	if l.last != t || !t.begun {
		l.heading(t, now)
		l.last, t.begun = t, true
	}
	if _, err := l.file.Write(p); err != nil {
		l.fail(err)
		return
	}
	l.midline = p[len(p)-1] != '\n'
}

// gone makes the file again if it is no longer at its place.
func (l *Log) gone() {
	there, err := os.Stat(l.config.Path)
	if err == nil {
		if ours, err := l.file.Stat(); err == nil && os.SameFile(there, ours) {
			return
		}
	} else if _, err := os.Stat(filepath.Dir(l.config.Path)); err != nil {
		l.fail(err)
		return
	}
	l.last, l.midline = nil, false
	if err := l.open(); err != nil {
		l.fail(err)
	}
}

// heading tells whose text follows.
func (l *Log) heading(t *logTap, now time.Time) {
	if info, err := l.file.Stat(); err == nil && info.Size() == 0 && l.last == nil && !l.config.Headings {
		return
	}
	text := "==> " + headingName(l.config.Secrets.MaskForms(t.name, diagnose.QuotedForms)) + ", " + now.Format("2006-01-02 15:04:05") + " <==\n"
	if l.midline {
		text = "\n" + text
	}
	if _, err := l.file.WriteString(text); err != nil {
		l.fail(err)
	}
}

// headingName is a session's name as it stands in a heading: on one line, and with
// nothing in it that could end the heading.
func headingName(name string) string {
	if strings.Contains(name, "==") || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return strings.ReplaceAll(diagnose.Quote(name), "==", `=\x3d`)
	}
	return name
}
