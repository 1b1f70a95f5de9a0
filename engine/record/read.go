package record

// Reading recordings: our own, and what asciinema and its kin write.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/line"
)

// Recording is a file that was read.
type Recording struct {
	Path          string
	Version       int // of asciicast: 1, 2 or 3
	Ours          bool
	Columns, Rows int
	Began         time.Time // zero if the file does not say
	Title         string
	Events        []Event
	Sessions      []*Session // at least one
	Cut           bool       // the last line was not whole and is left out
}

// Event is a line of the file.
type Event struct {
	Time    time.Duration // since the beginning
	Code    string        // "o", "i" and so on; see the package's documentation
	Data    string        // as it is in the file
	Session int           // index in Sessions
}

// Session is one conversation of a recording, by its bytes.
type Session struct {
	Name, Address string
	Telnet        bool
	Encoding      string
	Opener        string // the task that opened it and where, "" if the script itself did
	Begun         time.Duration
	Steps         []Step // up to where the script closed: what came then nobody waited for
	Closed        string // how it ended, "" if the recording does not say
	ClosedAt      time.Duration
}

// Step is bytes that went one way.
type Step struct {
	Time  time.Duration
	Out   bool // we sent them; else the peer did
	Bytes []byte
	Item  line.Item // what the line told, in the place of bytes
}

// FormatError tells what is wrong with a file.
type FormatError struct {
	Path string
	Line int // from 1; 0 if it is about the whole file
	What string
	Hint string
}

// Error says it in one line.
func (e *FormatError) Error() string {
	if e.Line > 0 {
		return e.Path + ":" + strconv.Itoa(e.Line) + ": " + e.What
	}
	return e.Path + ": " + e.What
}

// Hints is what may help.
func (e *FormatError) Hints() []string {
	if e.Hint == "" {
		return nil
	}
	return []string{e.Hint}
}

// Open reads a file. The error is of the file system, or a *FormatError.
func Open(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path)
}

// Read reads a recording; path is for errors.
func Read(r io.Reader, path string) (*Recording, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1F, 0x8B}) {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, &FormatError{Path: path, What: "it is a damaged gzip file: " + err.Error()}
		}
		in = bufio.NewReaderSize(unzipped, 64<<10)
	}
	p := &parser{rec: &Recording{Path: path}, in: in, most: maxLine, raw: -1}
	if err := p.read(); err != nil {
		if p.broken != nil {
			return nil, p.broken
		}
		return nil, err
	}
	return p.rec, nil
}

type parser struct {
	rec     *Recording
	in      *bufio.Reader
	buf     []byte // of a line that is longer than in's buffer
	most    int    // bytes of a line
	line    int
	session int
	begun   map[int]int // number in the file to index
	raw     int         // the session whose next "o" only shows what "=" held, -1 for none
	last    time.Duration
	broken  error // of the reader
}

// maxLine bounds a line of a file, and a file of version 1 as a whole, in bytes: far
// more than anybody's recorder puts into one event.
const maxLine = 16 << 20

// next reads a line, valid until the next call. whole reports whether it has its newline.
func (p *parser) next() (line []byte, whole bool) {
	p.line++
	p.buf = p.buf[:0]
	for {
		piece, err := p.in.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if !full && len(p.buf) == 0 {
			p.check(err)
			return piece, err == nil
		}
		if len(p.buf)+len(piece) > p.most {
			p.broken = p.tooLong()
			return nil, false
		}
		p.buf = append(p.buf, piece...)
		if !full {
			p.check(err)
			return p.buf, err == nil
		}
	}
}

// tooLong refuses a line, or a file of version 1, that goes on for too long.
func (p *parser) tooLong() error {
	e := p.fail("the line is longer than %d MB, the most that is read", p.most>>20)
	e.Hint = "no recorder writes such a line; is the file damaged?"
	return e
}

// check keeps the error of a reader that failed.
func (p *parser) check(err error) {
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		// no test: a disk would have to fail
		p.broken = fmt.Errorf("%s: %w", p.rec.Path, err)
	}
}

func (p *parser) fail(format string, args ...any) *FormatError {
	return &FormatError{Path: p.rec.Path, Line: p.line, What: fmt.Sprintf(format, args...)}
}

func (p *parser) read() error {
	first, whole := p.next()
	if p.broken != nil {
		return p.broken
	}
	trimmed := bytes.TrimSpace(first)
	if len(trimmed) == 0 {
		if !whole {
			return &FormatError{Path: p.rec.Path, What: "the file is empty, it holds no recording"}
		}
		return p.foreign("it begins with an empty line")
	}
	if trimmed[0] != '{' {
		return p.foreign("it begins with " + beginning(trimmed))
	}
	var h anyHeader
	if err := json.Unmarshal(trimmed, &h); err != nil {
		return p.maybeOld(first, whole, err)
	}
	if err := p.header(&h); err != nil {
		return err
	}
	if h.Version == 1 {
		return p.old(h)
	}
	for {
		line, whole := p.next()
		if p.broken != nil {
			return p.broken
		}
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' {
			if err := p.event(text); err != nil {
				if !whole {
					p.rec.Cut = true
					break
				}
				return err
			}
		}
		if !whole {
			break
		}
	}
	p.needSession()
	return nil
}

func beginning(p []byte) string {
	if len(p) > 20 {
		p = p[:20]
	}
	return strconv.Quote(string(p))
}

func (p *parser) foreign(why string) error {
	return &FormatError{
		Path: p.rec.Path, Line: 1, What: "this is no recording: " + why,
		Hint: `a recording is an asciicast file; its first line is like {"version": 2, "width": 80, "height": 24}`,
	}
}

// anyHeader is the first line of any version of asciicast.
type anyHeader struct {
	Version   int     `json:"version"`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	Timestamp float64 `json:"timestamp"`
	Title     string  `json:"title"`
	Moonwire  *ours   `json:"moonwire"`
	Term      struct {
		Cols int `json:"cols"`
		Rows int `json:"rows"`
	} `json:"term"`
	Stdout []json.RawMessage `json:"stdout"`
}

func (p *parser) header(h *anyHeader) error {
	switch {
	case h.Version == 0:
		return p.foreign(`its first line has no "version"`)
	case h.Version < 0 || h.Version > 3:
		return p.fail("this is asciicast version %d; versions 1 to 3 are known", h.Version)
	case h.Moonwire != nil && h.Moonwire.Format > formatVersion:
		return p.fail("it was recorded by a later moonwire (format %d; this one knows %d)", h.Moonwire.Format, formatVersion)
	}
	r := p.rec
	r.Version, r.Title, r.Ours = h.Version, h.Title, h.Moonwire != nil
	r.Columns, r.Rows = h.Width, h.Height
	if h.Version == 3 {
		r.Columns, r.Rows = h.Term.Cols, h.Term.Rows
	}
	if h.Timestamp > 0 {
		r.Began = time.UnixMilli(int64(h.Timestamp * 1000)).UTC()
	}
	return nil
}

// maybeOld reads version 1: one JSON object, on as many lines as it likes.
func (p *parser) maybeOld(first []byte, whole bool, why error) error {
	if !whole {
		return p.fail("the header is cut off or damaged: %v", why)
	}
	first = bytes.Clone(first)
	rest, err := io.ReadAll(io.LimitReader(p.in, int64(p.most-len(first))+1))
	if len(first)+len(rest) > p.most {
		return p.tooLong()
	}
	if err != nil {
		// no test: a disk would have to fail
		return fmt.Errorf("%s: %w", p.rec.Path, err)
	}
	var h anyHeader
	if err := json.Unmarshal(append(first, rest...), &h); err != nil || h.Version != 1 {
		return p.fail("the header is damaged: %v", why)
	}
	if err := p.header(&h); err != nil {
		return err
	}
	return p.old(h)
}

// old takes the events of version 1, pairs of a delay and a text.
func (p *parser) old(h anyHeader) error {
	for i, raw := range h.Stdout {
		var pair []json.RawMessage
		var delay float64
		var text string
		if err := json.Unmarshal(raw, &pair); err != nil || len(pair) != 2 ||
			json.Unmarshal(pair[0], &delay) != nil || json.Unmarshal(pair[1], &text) != nil {
			return &FormatError{Path: p.rec.Path, What: fmt.Sprintf("entry %d of stdout is damaged: it should be [delay, text]", i+1)}
		}
		p.last += seconds(delay)
		p.add(Event{Time: p.last, Code: "o", Data: text})
	}
	p.needSession()
	return nil
}

// event takes a line [time, code, data].
func (p *parser) event(line []byte) error {
	if line[0] != '[' {
		return p.fail("this is no event, which would be [time, code, data]: %s", beginning(line))
	}
	if p.rec.Ours && !utf8.Valid(line) { // JSON would put other bytes in their place
		return p.fail("the event is damaged: it is not UTF-8")
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return p.fail("the event is damaged: %v", err)
	}
	var at float64
	var code, data string
	switch {
	case len(parts) != 3:
		return p.fail("an event has three parts, [time, code, data]; this one has %d", len(parts))
	case json.Unmarshal(parts[0], &at) != nil || at < 0 || at > 1e9:
		return p.fail("the event's time is wrong: %s", beginning(parts[0]))
	case json.Unmarshal(parts[1], &code) != nil || code == "":
		return p.fail("the event's code is wrong: %s", beginning(parts[1]))
	case json.Unmarshal(parts[2], &data) != nil:
		if code == "o" || code == "i" || p.rec.Ours {
			return p.fail("the event's data is no string: %s", beginning(parts[2]))
		}
		data = string(parts[2]) // another program's own
	}
	t := seconds(at)
	if p.rec.Version == 3 { // counts from the event before
		t += p.last
	}
	p.last = max(p.last, t)
	return p.add(Event{Time: t, Code: code, Data: data})
}

func seconds(s float64) time.Duration { return time.Duration(s*1e6+0.5) * time.Microsecond }

// needSession makes the session of a file that has none of its own.
func (p *parser) needSession() {
	if len(p.rec.Sessions) == 0 {
		p.rec.Sessions = append(p.rec.Sessions, &Session{Name: p.rec.Title, Address: p.rec.Title})
	}
}

// add takes an event and what it means for its session's bytes.
func (p *parser) add(e Event) error {
	switch {
	case e.Code == "S" && p.rec.Ours:
		var b begun
		if err := json.Unmarshal([]byte(e.Data), &b); err != nil {
			return p.fail("the beginning of a session is damaged: %v", err)
		}
		if p.begun == nil {
			p.begun = make(map[int]int)
		}
		p.session = len(p.rec.Sessions)
		p.begun[b.Session] = p.session
		p.rec.Sessions = append(p.rec.Sessions, &Session{Name: b.Name, Address: b.Address, Telnet: b.Telnet, Encoding: b.Encoding, Opener: b.Opener, Begun: e.Time})
	case e.Code == "@" && p.rec.Ours:
		n, err := strconv.Atoi(e.Data)
		i, known := p.begun[n]
		if err != nil || !known {
			return p.fail("session %s has not begun", strconv.Quote(e.Data))
		}
		p.session = i
	}
	p.needSession()
	e.Session = p.session
	p.rec.Events = append(p.rec.Events, e)
	return p.step(e, p.rec.Sessions[p.session])
}

func (p *parser) step(e Event, s *Session) error {
	shown := p.raw == p.session
	if e.Code != "@" {
		p.raw = -1
	}
	switch e.Code {
	case "o":
		if !shown {
			s.step(e.Time, false, []byte(e.Data))
		}
	case "i":
		s.step(e.Time, true, []byte(e.Data))
	case "=", "<", ">":
		if !p.rec.Ours {
			return nil
		}
		bytes, ok := latin(e.Data)
		if !ok {
			return p.fail("the data of an event %q has characters that are no bytes", e.Code)
		}
		s.step(e.Time, e.Code == ">", bytes)
		if e.Code == "=" {
			p.raw = p.session
		}
	case "e":
		if !p.rec.Ours {
			return nil
		}
		it, ok := line.ParseNote(e.Data)
		if !ok {
			return p.fail("the event %q is of no kind that is known", e.Data)
		}
		if s.Closed != closedByUs {
			s.Steps = append(s.Steps, Step{Time: e.Time, Item: it})
		}
	case "x":
		if s.Closed != "" { // the peer has closed, and then we did
			return nil
		}
		s.Closed, s.ClosedAt = e.Data, e.Time
		if p.rec.Version == 3 {
			s.Closed = "the program ended with status " + e.Data
		}
	}
	return nil
}

func (s *Session) step(at time.Duration, out bool, p []byte) {
	if s.Closed == closedByUs { // the peer's parting words, which nobody waited for
		return
	}
	if len(p) == 0 {
		return
	}
	if n := len(s.Steps); n > 0 && s.Steps[n-1].Out == out && s.Steps[n-1].Time == at && s.Steps[n-1].Item.Kind == line.None {
		s.Steps[n-1].Bytes = append(s.Steps[n-1].Bytes, p...)
		return
	}
	s.Steps = append(s.Steps, Step{Time: at, Out: out, Bytes: p})
}

// Received is all that the peer sent.
func (s *Session) Received() []byte { return s.all(false) }

// Sent is all that we sent.
func (s *Session) Sent() []byte { return s.all(true) }

func (s *Session) all(out bool) []byte {
	var all []byte
	for _, step := range s.Steps {
		if step.Out == out {
			all = append(all, step.Bytes...)
		}
	}
	return all
}

// Duration is the time of the last event.
func (r *Recording) Duration() time.Duration {
	if len(r.Events) == 0 {
		return 0
	}
	return r.Events[len(r.Events)-1].Time
}

// printable is a name for a session in what is shown.
func (s *Session) printable() string {
	name := s.Name
	if name == "" {
		name = s.Address
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}
