package record

// What an operator did, read out of the bytes of a session: the lines and keys
// that were typed, each with what was showing before.

import (
	"bytes"
	"strings"
	"time"
	"unicode"

	"github.com/moonwire/moonwire/engine/line"
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
	echoed string        // what came while the turn before was typed
	glued  bool          // before goes on in the line that the turn before was typed in
	echoes bool          // the peer has taken over echoing, or nobody echoes
	screen bool          // a program has painted the screen in before
}

// pause is what is as long as a session's settle time, with some for the network.
const pause = 80 * time.Millisecond

// asksSecret are prompts after which what is typed is not to be shown.
var asksSecret = lazily(`(?i)(password|passwd|passphrase|passcode|\bpin\b|secret|token)[^:>]*[:>?]\s*$`)

// done is what an operator did in a session.
type done struct {
	turns  []turn
	rest   turn // what came after the last one
	window struct{ columns, rows int }
}

// turnsOf reads the turns of a session.
func turnsOf(s *Session) (done, error) {
	encoding := s.Encoding
	if encoding == "" {
		encoding = "utf-8"
	}
	view, err := text.NewView(encoding)
	if err != nil {
		return done{}, err
	}
	w := &watcher{view: view, in: splitter{bare: !s.Telnet}, out: splitter{bare: !s.Telnet}}
	for _, step := range s.Steps {
		w.now = step.Time
		if it := step.Item; it.Kind == line.Window && w.window.columns == 0 && w.window.rows == 0 {
			w.window.columns, w.window.rows = it.Columns, it.Rows
			w.view.SetWindow(it.Columns, it.Rows)
		}
		if kind := step.Item.Kind; kind == line.EchoOff || kind == line.EchoOn {
			w.peer, w.tells = kind == line.EchoOff, true
		}
		if step.Out {
			w.out.split(step.Bytes, w.typed, w.told)
		} else {
			w.in.split(step.Bytes, w.came, w.command)
		}
	}
	if len(w.keys) > 0 {
		w.end(true)
	}
	w.done.rest = turn{before: string(w.text), pauses: w.pauses, waited: w.last - w.ended, screen: w.screens.painted()}
	if !s.Telnet && !w.tells && w.anyEchoed() { // as with WILL ECHO: nothing else hides what is typed
		for i := range w.turns {
			w.turns[i].echoes = true
		}
	}
	for i := range w.turns {
		next := &w.done.rest
		if i+1 < len(w.turns) {
			next = &w.turns[i+1]
		}
		next.echoed = w.echoes[i]
		next.glued = !strings.Contains(next.before, "\n")
		t := &w.turns[i]
		asked := asksSecret().MatchString(lastLineOf(t.before))
		unseen := t.echoes && !t.key && !strings.ContainsFunc(t.line, unicode.IsControl) &&
			strings.Trim(w.echoes[i], "*•\b \r") == "" && !w.echoedAfter(i)
		t.hidden = t.line != "" && (asked || unseen)
	}
	return w.done, nil
}

// echoedAfter reports whether the line of turn i stands in the first line that came after
// it. Where a shell goes on in the next row of the screen it puts a space and "\r", which
// begins the line anew where the width is not known.
func (w *watcher) echoedAfter(i int) bool {
	line := w.turns[i].line
	return strings.Contains(string(edited([]byte(firstLineOf(w.answer(i))))), line) ||
		strings.Contains(inOneRow(string(w.firsts[i])), inOneRow(line))
}

// inOneRow is a text without what a change of rows puts into it.
func inOneRow(text string) string {
	return strings.NewReplacer(" ", "", "\r", "").Replace(text)
}

// anyEchoed reports whether the peer has echoed a line, so that it can be told from one that
// shows nothing of what is typed.
func (w *watcher) anyEchoed() bool {
	for i, t := range w.turns {
		if !t.key && t.line != "" && (strings.Contains(w.echoes[i], t.line) || w.echoedAfter(i)) {
			return true
		}
	}
	return false
}

// A watcher goes through a session's bytes.
type watcher struct {
	view    *text.View
	in, out splitter
	lines   newlines
	screens screens
	now     time.Duration

	done
	echoes []string // for each turn: what came while it was typed
	firsts [][]byte // for each turn: the first line that came after it, with its controls

	text   []byte // since the last turn
	pauses []int
	keys   []byte        // being typed
	echo   []byte        // came meanwhile
	peer   bool          // the peer has taken over echoing, or the terminal does not echo
	tells  bool          // the terminal tells of its echo
	last   time.Duration // when text last came
	ended  time.Duration // of the last turn
}

// answer is the text that came after turn i.
func (w *watcher) answer(i int) string {
	if i+1 < len(w.turns) {
		return w.turns[i+1].before
	}
	return string(w.text)
}

func (w *watcher) came(p []byte) {
	if len(p) == 2 && p[0] == iac && !w.in.bare {
		p = p[1:]
	}
	w.screens.came(p)
	if len(w.keys) > 0 {
		had := len(w.echo)
		w.echo = w.see(w.echo, p)
		if bytes.IndexByte(w.echo[min(had, len(w.echo)):], '\n') >= 0 { // an answer: what was typed was a key
			w.answered()
		}
		w.last = w.now
		return
	}
	if len(w.text) > 0 && w.now-w.last >= pause {
		w.pauses = append(w.pauses, len(w.text))
	}
	w.last = w.now
	if n := len(w.firsts); n > 0 && !bytes.HasSuffix(w.firsts[n-1], []byte{'\n'}) {
		end := bytes.IndexByte(p, '\n') + 1
		if end == 0 {
			end = len(p)
		}
		w.firsts[n-1] = append(w.firsts[n-1], p[:end]...)
	}
	w.text = w.see(w.text, p)
	for len(w.pauses) > 0 && w.pauses[len(w.pauses)-1] > len(w.text) {
		w.pauses = w.pauses[:len(w.pauses)-1]
	}
}

// see takes what came to the text that is seen. Edits do not go back beyond it.
func (w *watcher) see(seen, p []byte) []byte {
	shown := w.view.Append(nil, p)
	return text.Apply(seen, shown, w.view.Edits())
}

func (w *watcher) command(c []byte) {
	if len(c) == 3 && c[2] == 1 && (c[1] == will || c[1] == will+1) { // WILL or WONT ECHO
		w.peer = c[1] == will
	}
}

// told takes a command of ours. The window's size counts as it was at first, NAWS,
// RFC 1073.
func (w *watcher) told(c []byte) {
	const naws = 31
	if len(c) < 3 || c[1] != sb || c[2] != naws || w.window.columns > 0 || w.window.rows > 0 {
		return
	}
	size := bytes.ReplaceAll(bytes.TrimSuffix(c[3:], []byte{iac, se}), []byte{iac, iac}, []byte{iac})
	if len(size) == 4 {
		w.window.columns = int(size[0])<<8 | int(size[1])
		w.window.rows = int(size[2])<<8 | int(size[3])
		w.view.SetWindow(w.window.columns, w.window.rows)
	}
}

func (w *watcher) typed(p []byte) {
	for _, b := range w.lines.append(nil, withoutReports(p)) {
		if len(w.keys) == 1 && isAnswer(w.keys[0], w.echo) {
			w.answered()
		}
		w.keys = append(w.keys, b)
		switch b {
		case '\n':
			w.end(false)
		case 0x03, 0x04, 0x1a, 0x1c: // ^C, ^D, ^Z and ^\ act at once
			w.end(true)
		}
	}
}

// isAnswer reports whether what came after a key is more than its echo: what a pager
// shows in the line of its prompt.
func isAnswer(key byte, came []byte) bool {
	came = bytes.TrimSpace(came)
	return key > ' ' && key < 0x7F && len(came) > 1 && came[0] != key
}

// answered makes a turn of a key: what came since is no echo of it.
func (w *watcher) answered() {
	answer := w.echo
	w.echo = nil
	w.end(true)
	w.text = answer
}

// end makes a turn of what was typed.
func (w *watcher) end(key bool) {
	line := string(w.keys)
	if !key {
		line = string(edited(bytes.TrimSuffix(w.keys, []byte("\n"))))
	}
	w.turns = append(w.turns, turn{
		before: string(w.text), pauses: w.pauses, typed: string(w.keys), line: line, key: key,
		waited: max(w.last-w.ended, 0), echoes: w.peer, screen: w.screens.painted(),
	})
	w.echoes, w.firsts = append(w.echoes, string(w.echo)), append(w.firsts, nil)
	w.text, w.pauses, w.keys, w.echo, w.ended = nil, nil, nil, nil, w.now
}

// lineAt is the line that offset at of the turn's text stands in, up to there.
func (t *turn) lineAt(at int) string {
	if i := strings.LastIndexByte(t.before[:at], '\n'); i >= 0 {
		return t.before[i+1 : at]
	}
	return lastLineOf(t.echoed) + t.before[:at]
}

func lastLineOf(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

func firstLineOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
