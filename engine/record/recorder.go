package record

// The tap: what sessions tell is put into a queue, under their locks and as
// cheaply as can be; a goroutine makes lines of it and writes them.

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/text"
)

// maxQueue is the number of bytes that may wait to be written before the sessions wait too:
// as many as stay in the processor's cache.
const maxQueue = 256 << 10

// Options say more of a recording.
type Options struct {
	Secrets       *mask.Secrets   // hidden, also those that are added later; nil: none
	Program       string          // what wrote the recording, for the header
	Columns, Rows int             // of the window, for players; 80 and 24
	Failed        func(err error) // told once if the file cannot be written; the sessions go on
}

// hidden is a whole text with the secrets hidden, quoted ones as well.
func (o *Options) hidden(text string) string {
	return o.Secrets.MaskForms(text, mask.OnWire, diagnose.QuotedForms)
}

// A Recorder writes sessions to a file. It has a goroutine that ends with Close.
// Its methods may be called from any goroutine.
type Recorder struct {
	options Options
	file    io.Writer
	close   func() error
	done    chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	change  sync.Cond
	queue   []item
	arena   []byte // the bytes of the queue's items
	closed  bool
	tracks  []*track
	begin   time.Time // of time 0; zero before the first session
	failure error

	writer writer // the goroutine's
}

// An item is one observation in the queue.
type item struct {
	track    *track
	code     byte // of the event; 'i' and 'o' for bytes of the wire
	at       time.Duration
	from, to int    // in the arena
	text     string // the data, where it is text
}

// Create makes a file, readable by its owner alone, and a Recorder that writes to
// it. A recording that is there is replaced; any other file is not, for its name was
// hardly meant for a recording.
func Create(path string, o Options) (*Recorder, error) {
	if !replaceable(path) {
		return nil, fmt.Errorf("%s is there and is no recording", path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	r := NewRecorder(f, o)
	r.close = f.Close
	return r, nil
}

// replaceable reports whether nothing but a recording is lost with a file.
func replaceable(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return true // opening it to write says what is wrong
	}
	defer f.Close()
	var first [1]byte
	_, err = f.Read(first[:])
	return err == nil && first[0] == '{'
}

// NewRecorder makes a Recorder that writes to w: whole lines, many at a time when
// much is going on.
func NewRecorder(w io.Writer, o Options) *Recorder {
	if o.Columns <= 0 {
		o.Columns = 80
	}
	if o.Rows <= 0 {
		o.Rows = 24
	}
	r := &Recorder{options: o, file: w, done: make(chan struct{})}
	r.change.L = &r.mu
	r.writer.options = &r.options
	go r.run()
	return r
}

// Add begins to record a session. Its time 0 is that of the recording's first.
func (r *Recorder) Add(s *session.Session) {
	now := s.Clock().Now()
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	t := &track{recorder: r, session: s, number: len(r.tracks) + 1}
	t.prepare(r.options.Secrets, s.Negotiates(), s.Encoding())
	r.tracks = append(r.tracks, t)
	if r.begin.IsZero() {
		r.begin = now
		r.writer.header = header{
			Version: 2, Width: r.options.Columns, Height: r.options.Rows,
			Timestamp: float64(now.UnixMilli()) / 1000, Title: r.options.hidden(s.Address()),
			Env:      map[string]string{"TERM": "xterm"},
			Moonwire: &ours{Format: formatVersion, Program: r.options.Program},
		}
	}
	about := begun{t.number, r.options.hidden(s.Name()), r.options.hidden(s.Address()), s.Negotiates(), s.Encoding(), r.options.hidden(s.Opener())}
	object := string(appendJSON(nil, about))
	r.putLocked(item{track: t, code: 'S', at: now.Sub(r.begin), text: object}, nil)
	r.mu.Unlock()
	s.AddTap(t)
}

// Remove ends the recording of a session; the others go on.
func (r *Recorder) Remove(s *session.Session) {
	r.mu.Lock()
	i := slices.IndexFunc(r.tracks, func(t *track) bool { return t.session == s && !t.ended })
	if i < 0 {
		r.mu.Unlock()
		return
	}
	t := r.tracks[i]
	t.ended = true
	r.mu.Unlock()
	s.RemoveTap(t)
}

// Close writes what is left and ends the recording. It returns what went wrong
// with the file, at any time.
func (r *Recorder) Close() error {
	r.mu.Lock()
	tracks := slices.Clone(r.tracks)
	r.mu.Unlock()
	for _, t := range tracks {
		t.session.RemoveTap(t)
	}
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.change.Broadcast()
	r.mu.Unlock()
	<-r.done
	var err error
	if first && r.close != nil {
		err = r.close()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == nil {
		r.failure = err
	}
	return r.failure
}

// A track is one session of a recording, as the session's tap.
type track struct {
	recorder *Recorder
	session  *session.Session
	number   int
	ended    bool
	wrote    []byte        // the end of what was written; guarded by the session's lock
	in, out  stream        // the goroutine's
	partial  []byte        // the beginning of a character that the peer has not sent whole
	decoder  *text.Decoder // of the peer's encoding, nil for UTF-8
}

// prepare makes the track ready for its bytes.
func (t *track) prepare(secrets *mask.Secrets, telnet bool, encoding string) {
	t.in.code, t.out.code = 'o', 'i'
	t.in.split.bare, t.out.split.bare = !telnet, !telnet
	var encoder *text.Encoder
	if canonical, known := text.Canonical(encoding); known && canonical != "utf-8" {
		t.decoder, _ = text.NewDecoder(canonical) // it is known
		encoder, _ = text.NewEncoder(canonical)
	}
	asSent := func(value string) []string {
		forms := mask.OnWire(value)
		if encoder != nil {
			if p, err := encoder.Append(nil, value); err == nil { // else it was never written
				forms = append(append(forms, string(p)), mask.OnWire(string(p))...)
			}
		}
		return forms
	}
	t.in.mask, t.out.mask = mask.NewVeil(secrets.Masker(asSent)), mask.NewVeil(secrets.Masker(asSent))
}

// Observe implements session.Tap.
func (t *track) Observe(o *session.Observation) {
	r := t.recorder
	it := item{track: t}
	switch o.Kind {
	case session.WireIn:
		it.code = 'o'
	case session.WireOut:
		it.code = 'i'
	case session.Negotiated:
		it.code, it.text = 'n', o.Event.String()
	case session.WaitBegan:
		it.code, it.text = 'm', place(o.Where)+o.Wait.Op
		if len(o.Wait.Patterns) > 0 {
			it.text += " " + strings.Join(o.Wait.Patterns, ", ")
		}
	case session.WaitEnded:
		w := ended(o)
		w.Matched = r.options.Secrets.MaskWithin(o.Wait.Before, []byte(w.Matched), o.Wait.After)
		w.Error = r.options.hidden(w.Error)
		it.code, it.text = 'w', string(appendJSON(nil, w))
	case session.Wrote:
		if o.Where == fromTerminal {
			return // every key is a write
		}
		it.code, it.text = 'm', place(o.Where)+"write "+t.written(o.Text)
	case session.Resized:
		it.code, it.text = 'r', strconv.Itoa(max(o.Columns, 1))+"x"+strconv.Itoa(max(o.Rows, 1))
	case session.Closed:
		it.code, it.text = 'x', o.Text
	case session.Noted:
		it.code, it.text = 'e', o.Text
	case session.Remark:
		it.code, it.text = 'm', o.Text
	default:
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.arena) > maxQueue && !r.closed {
		r.change.Wait()
	}
	if !r.closed && r.failure == nil {
		it.at = max(o.Time.Sub(r.begin), 0)
		r.putLocked(it, o.Bytes)
	}
}

// fromTerminal is what the session's Live writes as.
const fromTerminal = "terminal"

// putLocked adds to the queue.
func (r *Recorder) putLocked(it item, p []byte) {
	it.from = len(r.arena)
	r.arena = append(r.arena, p...)
	it.to = len(r.arena)
	r.queue = append(r.queue, it)
	if len(r.queue) == 1 {
		r.change.Broadcast()
	}
}

func place(where string) string {
	if where == "" {
		return ""
	}
	return where + ": "
}

// written is a write's text in a mark; a long one is cut, since its bytes follow. Two
// writes may make a secret.
func (t *track) written(text string) string {
	const most, kept = 200, 1024 // bytes
	shown := t.recorder.options.Secrets.MaskWithin(t.wrote, []byte(text), nil)
	t.wrote = append(t.wrote, text[max(len(text)-kept, 0):]...)
	t.wrote = t.wrote[max(len(t.wrote)-kept, 0):]
	text = shown
	if len(text) <= most {
		return strconv.Quote(text)
	}
	return strconv.Quote(text[:most]) + " and " + strconv.Itoa(len(text)-most) + " bytes more"
}

func ended(o *session.Observation) waited {
	w := waited{
		Where: o.Where, Op: o.Wait.Op, Index: o.Wait.Index + 1, Rule: o.Wait.Rule,
		Seconds: o.Wait.Waited.Seconds(), Matched: o.Wait.Matched,
	}
	if o.Wait.Err != nil {
		w.Error = o.Wait.Err.Error()
	}
	return w
}

// run makes lines of the queue until the recording ends.
func (r *Recorder) run() {
	defer close(r.done)
	var queue []item
	var arena []byte
	r.mu.Lock()
	for {
		for len(r.queue) == 0 && !r.closed {
			r.change.Wait()
		}
		over := r.closed && len(r.queue) == 0
		queue, r.queue = r.queue, queue[:0]
		arena, r.arena = r.arena, arena[:0]
		r.change.Broadcast() // there is room again
		r.mu.Unlock()
		w := &r.writer
		for _, it := range queue {
			w.take(it, arena[it.from:it.to])
		}
		if over {
			w.finish(r.tracks)
		}
		err := w.flush(r.file)
		r.mu.Lock()
		if err != nil && r.failure == nil {
			r.failure = err
			r.mu.Unlock()
			if r.options.Failed != nil {
				r.options.Failed(err)
			}
			r.mu.Lock()
		}
		if over {
			r.mu.Unlock()
			return
		}
	}
}
