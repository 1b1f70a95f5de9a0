package record

// What an operator did, read out of the bytes of a session: the lines and keys
// that were typed, each with what was showing before.

import (
	"bytes"
	"strings"
	"time"
	"unicode"

	"github.com/moonwire/moonwire/engine/text"
)

// A turn is something typed and the text that came before it.
type turn struct {
	before string        // all text since the turn before
	pauses []int         // where in before the peer paused, offsets
	waited time.Duration // from the turn before to this one's prompt
	typed  string        // with its newline, if it is a line
	line   string        // what was typed in the end, without the newline
	key    bool          // a key, no line
	hidden bool          // the peer did not echo it
}

// pause is what is as long as a session's settle time, with some for the network.
const pause = 80 * time.Millisecond

// asksSecret are prompts after which what is typed is not to be shown.
var asksSecret = lazily(`(?i)(password|passwd|passphrase|passcode|\bpin\b|secret|token)[^:>]*[:>?]\s*$`)

// turnsOf reads the turns of a session; rest is what came after the last one.
func turnsOf(s *Session) (turns []turn, rest turn, err error) {
	encoding := s.Encoding
	if encoding == "" {
		encoding = "utf-8"
	}
	view, err := text.NewView(encoding)
	if err != nil {
		return nil, rest, err
	}
	w := &watcher{view: view, in: splitter{bare: !s.Telnet}, out: splitter{bare: !s.Telnet}}
	for _, step := range s.Steps {
		w.now = step.Time
		if step.Out {
			w.out.split(step.Bytes, w.typed, func([]byte) {})
		} else {
			w.in.split(step.Bytes, w.came, w.command)
		}
	}
	if len(w.keys) > 0 {
		w.end(true)
	}
	for i := range w.turns {
		t := &w.turns[i]
		reply := w.answer(i)
		asked := asksSecret().MatchString(lastLineOf(t.before))
		unseen := w.echoing[i] && !t.key && !strings.ContainsFunc(t.line, unicode.IsControl) &&
			strings.Trim(w.echoes[i], "*•\b \r") == "" && !strings.Contains(string(edited([]byte(firstLineOf(reply)))), t.line)
		t.hidden = t.line != "" && (asked || unseen)
	}
	return w.turns, turn{before: w.text, pauses: w.pauses, waited: w.last - w.ended}, nil
}

// A watcher goes through a session's bytes.
type watcher struct {
	view    *text.View
	in, out splitter
	lines   newlines
	now     time.Duration

	turns   []turn
	echoing []bool   // for each turn: the peer echoes
	echoes  []string // for each turn: what came while it was typed

	text   string // since the last turn
	pauses []int
	keys   []byte        // being typed
	echo   string        // came meanwhile
	peer   bool          // the peer has taken over echoing
	last   time.Duration // when text last came
	ended  time.Duration // of the last turn
}

// answer is the text that came after turn i.
func (w *watcher) answer(i int) string {
	if i+1 < len(w.turns) {
		return w.turns[i+1].before
	}
	return w.text
}

func (w *watcher) came(p []byte) {
	if len(p) == 2 && p[0] == iac && !w.in.bare {
		p = p[1:]
	}
	more := string(w.view.Append(nil, p))
	if len(w.keys) > 0 {
		w.echo += more
		if strings.Contains(w.echo, "\n") { // an answer: what was typed was a key
			echo := w.echo
			w.end(true)
			w.text = echo
		}
		w.last = w.now
		return
	}
	if w.text != "" && w.now-w.last >= pause {
		w.pauses = append(w.pauses, len(w.text))
	}
	w.last = w.now
	w.text += more
}

func (w *watcher) command(c []byte) {
	if len(c) == 3 && c[2] == 1 && (c[1] == will || c[1] == will+1) { // WILL or WONT ECHO
		w.peer = c[1] == will
	}
}

func (w *watcher) typed(p []byte) {
	for _, b := range w.lines.append(nil, p) {
		w.keys = append(w.keys, b)
		if b == '\n' {
			w.end(false)
		}
	}
}

// end makes a turn of what was typed.
func (w *watcher) end(key bool) {
	line := string(w.keys)
	if !key {
		line = string(edited(bytes.TrimSuffix(w.keys, []byte("\n"))))
	}
	w.turns = append(w.turns, turn{
		before: w.text, pauses: w.pauses, typed: string(w.keys), line: line, key: key,
		waited: max(w.last-w.ended, 0),
	})
	w.echoing = append(w.echoing, w.peer)
	w.echoes = append(w.echoes, w.echo)
	w.text, w.pauses, w.keys, w.echo, w.ended = "", nil, nil, "", w.now
}

func lastLineOf(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

func firstLineOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
