package trace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// Log is a file with the text of sessions as a user would have seen it: what the
// peer sent, after the text view, the echo of what was typed among it, with secrets
// hidden. It is appended to, as it happens.
//
// Sessions are told apart by a heading on a line of its own,
//
//	==> core1, 2026-11-23 12:00:00 <==
//
// which is put where another session goes on, and where one begins unless the file
// is empty and named for it alone.
//
// A file that can not be opened is NewLog's error, and one that can not be written
// later is one warning; the sessions go on. A file that was
// moved away or removed (by a log rotation, say) is made anew at its old place.
type Log struct {
	config LogConfig

	mu      sync.Mutex
	file    *os.File
	checked time.Time // when the file was last looked for at its place
	broken  bool      // a warning was given; nothing is written any more
	last    *logTap   // whose text the file ends with
	midline bool      // the file ends within a line
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

// Close closes the file.
func (l *Log) Close() error {
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
	return &logTap{log: l, name: s.Name(), veil: mask.NewVeil(l.config.Secrets.Masker(mask.OnWire))}
}

type logTap struct {
	log   *Log
	name  string
	veil  *mask.Veil
	shown []byte
	begun bool
}

// Observe implements session.Tap.
func (t *logTap) Observe(o *session.Observation) {
	t.shown = t.shown[:0]
	show := func(_ int, p []byte) { t.shown = append(t.shown, p...) }
	switch o.Kind {
	case session.TextIn:
		t.veil.Spans(o.Bytes, show)
	case session.Closed:
		t.veil.FlushSpans(show)
	default:
		return
	}
	if len(t.shown) > 0 {
		t.log.write(t, t.shown, o.Time)
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

// gone makes the file anew if it is no longer at its place.
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
	text := "==> " + headingName(t.name) + ", " + now.Format("2006-01-02 15:04:05") + " <==\n"
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
