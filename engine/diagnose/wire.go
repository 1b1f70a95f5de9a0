package diagnose

// Hints that the course of the conversation gives, whatever the patterns are.

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The causes that the conversation shows.
const (
	Silent    Cause = "silent"     // nothing came
	Option    Cause = "option"     // an option was refused, or a request is unanswered
	Pager     Cause = "pager"      // the peer shows a page and waits for a key
	Question  Cause = "question"   // the peer asks something
	Prompt    Cause = "prompt"     // another prompt than the one waited for
	Refused   Cause = "refused"    // the login was refused
	Command   Cause = "command"    // the peer did not understand
	TurnedOff Cause = "turned-off" // the peer sends us away
	Protocol  Cause = "protocol"   // the peer does not speak telnet
	Closed    Cause = "closed"     // the peer closed
	NoEcho    Cause = "no-echo"    // the last write never came back
	NoNewline Cause = "no-newline" // the last write had no newline
	Sending   Cause = "sending"    // the peer was still at it
	NoMark    Cause = "no-mark"    // no event of the kind waited for
	Dropped   Cause = "dropped"    // the buffer's limit
	Lost      Cause = "lost"       // the peer loses characters
	Open      Cause = "open"       // the pattern matches, but the match could still change
)

// wireHints gives all that the facts show, in no order.
func wireHints(f *Facts, misses []Miss) []Hint {
	c := &course{f: f, tail: f.Pending}
	if n := len(c.tail) - 2048; n > 0 {
		c.tail = c.tail[charBefore(c.tail, n):]
	}
	c.line = c.tail[bytes.LastIndexByte(c.tail, '\n')+1:]
	if i := bytes.LastIndexByte(c.line, '\r'); i >= 0 && i+1 < len(c.line) {
		c.line = c.line[i+1:]
	}
	c.protocol()
	c.unfinished()
	if f.Call == "fence" {
		c.fence()
	} else {
		c.silence()
	}
	c.option()
	c.write()
	c.said()
	c.asks()
	c.events()
	c.time(misses)
	return c.hints
}

// course is the conversation as far as it is known.
type course struct {
	f     *Facts
	tail  []byte // the last lines that came
	line  []byte // the last of them, unfinished
	hints []Hint
}

func (c *course) add(cause Cause, confidence float64, fix, format string, args ...any) {
	c.hints = append(c.hints, Hint{Cause: cause, Pattern: -1, Text: fmt.Sprintf(format, args...), Fix: fix, Confidence: confidence})
}

// protocol knows servers of other protocols by their first bytes.
func (c *course) protocol() {
	first := c.f.Wire
	if len(first) == 0 {
		first = c.f.Pending
	}
	if c.f.Received > int64(len(first)) {
		return // these are not the first
	}
	switch {
	case bytes.HasPrefix(first, []byte("SSH-")):
		c.add(Protocol, 0.97, "", "that is an ssh server, %s, not telnet", QuoteHead(bytes.TrimSpace(first), shownText))
	case bytes.HasPrefix(first, []byte("HTTP/1.")):
		c.add(Protocol, 0.95, "", "that is a web server, not telnet")
	case bytes.HasPrefix(first, []byte("RFB 0")):
		c.add(Protocol, 0.97, "", "that is a vnc server, not telnet")
	case len(first) >= 3 && (first[0] == 0x15 || first[0] == 0x16) && first[1] == 3 && first[2] < 5:
		c.add(Protocol, 0.95, `connect("telnets://host:port")`, "the peer speaks TLS")
	}
}

// unfinished is when the peer stopped within a telnet command, which hides all that
// it may say behind it.
func (c *course) unfinished() {
	if what := c.f.Unfinished; what != "" && !c.f.PeerClosed {
		c.add(Protocol, 0.84, "", "the peer began %s: until that ends, nothing that it sends is text", what)
	}
}

// fence is when the peer's answer is a telnet command that did not come: its silence
// says nothing else.
func (c *course) fence() {
	if !c.f.PeerClosed {
		c.add(NoMark, 0.86, "", "the peer has not answered DO TIMING-MARK: it is busy still, or one that knows nothing of it; then wait for its prompt")
	}
}

// silence is when nothing came: ever, or since the last write.
func (c *course) silence() {
	f := c.f
	switch {
	case f.Received == 0 && len(f.Pending)+len(f.Consumed) == 0:
		text, fix := "nothing has come since the connection was made; some peers wait for a key first", `writeln("")`
		switch {
		case f.Ended || f.endMissed(): // the error says how
			return
		case f.PeerClosed:
			text, fix = "the peer closed without a word: it may refuse this address, or want another protocol", ""
		case f.LastWrite != "":
			text, fix = "nothing has come since the connection was made: the peer may be busy, or speak another protocol", ""
		}
		c.add(Silent, 0.8, fix, "%s", text)
	case f.PeerClosed || len(f.Pending) > 0 || f.InWait > 0:
	case f.LastWrite != "" && f.SinceWrite == 0:
		c.add(Silent, 0.62, "", "nothing came since %s was written%s", QuoteMiddle(f.LastWrite, shownText), ago(f.LastWriteAge))
	case !f.WroteSinceMatch:
		c.add(Silent, 0.5, "", "nothing came during this wait, and the script wrote nothing that could have caused it")
	}
}

func ago(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return ", " + d.Round(100*time.Millisecond).String() + " ago"
}

// option looks for the request that the peer may be waiting for.
func (c *course) option() {
	f := c.f
	silent := len(f.Pending)+len(f.Consumed) == 0
	best := Hint{}
	for _, o := range f.Options {
		verb, name, _ := strings.Cut(o.Received, " ")
		name, _, _ = strings.Cut(name, " ")
		var confidence float64
		answer := "got " + o.Answered
		refused := strings.HasPrefix(o.Answered, "WONT") || strings.HasPrefix(o.Answered, "DONT")
		switch {
		case verb == "WONT" || verb == "DONT":
			continue
		case o.Answered == "":
			confidence, answer = 0.9, "has no answer yet"
		case o.Waiting:
			confidence = 0.85
		case refused && (name == "TTYPE" || name == "NEW-ENVIRON" || name == "LINEMODE" || name == "BINARY" || name == "NAWS"):
			confidence = 0.7
			if name == "TTYPE" {
				confidence = 0.83
			}
		case refused:
			confidence = 0.42
		default:
			continue
		}
		if !silent {
			confidence -= 0.35
			if o.Answered == "" || o.Waiting {
				confidence += 0.12
			}
		}
		if confidence <= best.Confidence {
			continue
		}
		fix := ""
		switch {
		case name == "NEW-ENVIRON" && refused:
			fix = `connect(address, {environ={TERM="vt100"}})`
		case refused:
			fix = fmt.Sprintf("connect(address, {options={[%q]=\"accept\"}})", name)
			if !strings.Contains(name, "-") {
				fix = fmt.Sprintf("connect(address, {options={%s=\"accept\"}})", name)
			}
		}
		by := ""
		switch {
		case o.By == "hook" && o.Answered == "":
			by = " from the on_option hook"
		case o.By == "hook":
			by = " from the on_option hook, which can return nil for the default"
		case o.By == "options":
			by = ", as the options given to connect say"
		}
		best = Hint{Cause: Option, Pattern: -1, Confidence: confidence, Fix: fix, Text: "the peer asked " + o.Received + " and " + answer + by + "; it may be waiting for that"}
	}
	if best.Confidence > 0 {
		c.hints = append(c.hints, best)
	} else if silent && !f.PeerClosed {
		c.terminalType()
	}
}

// terminalType is when the peer asked for the terminal's name, got one, and said nothing
// since: some know few.
func (c *course) terminalType() {
	for _, o := range c.f.Options {
		if o.Received == "SB TTYPE SEND" && o.Answered != "" {
			c.add(Option, 0.84, `connect(address, {terminal={"xterm", "ansi", "vt100"}})`,
				"the peer asked for the terminal's type, was told one, and has said nothing since: it may not know that one")
			return
		}
	}
}

// write looks at what the script wrote last.
func (c *course) write() {
	f := c.f
	text := f.LastWrite
	if text == "" || f.PeerClosed {
		return
	}
	end := text[len(text)-1]
	unfinished := end != '\n' && end != '\r'
	line := strings.TrimRight(string(c.line), " ")
	echoHere := len(text) > 1 && strings.HasSuffix(line, strings.TrimRight(text, " "))
	switch {
	case unfinished && (end < ' ' || end == 0x7f):
		// A control character is a key by itself.
	case unfinished && (f.SinceWrite == 0 || echoHere || f.LastWriteEchoed && f.SinceWrite <= int64(len(text)+2)):
		confidence := 0.78
		switch {
		case utf8.RuneCountInString(text) == 1:
			confidence = 0.45 // an answer to a menu or a pager mostly needs none
		case echoHere || f.LastWriteEchoed:
			confidence = 0.93
		}
		fix := ""
		if !f.LastWriteSecret {
			fix = "writeln(" + LuaString(text) + ")"
		}
		c.add(NoNewline, confidence, fix, "the last write, %s, had no newline at its end", QuoteMiddle(text, shownText))
	case !f.LastWriteEchoed && !f.LastWriteSecret && c.lost(strings.TrimSpace(text)) != "":
		c.add(Lost, 0.9, "connect(address, {pace=0.02})", "%s was written, and echoed as %s: the peer loses what comes too fast",
			QuoteMiddle(text, shownText), Quote(c.lost(strings.TrimSpace(text))))
	case f.PeerEchoes && !f.LastWriteEchoed && !f.LastWriteSecret && strings.TrimSpace(text) != "" && !c.hidden():
		confidence := 0.72
		if len(f.Pending) > 0 && f.SinceWrite > int64(len(text)) {
			confidence = 0.45 // something came: perhaps the answer
		}
		c.add(NoEcho, confidence, "", "%s was written but never echoed: the peer was not reading then, or threw it away; wait for its prompt before writing", QuoteMiddle(text, shownText))
	}
}

// lost returns an echo of text that lacks some of its characters.
func (c *course) lost(text string) string {
	if len(text) < 4 || c.f.SinceWrite == 0 {
		return ""
	}
	all := append(c.f.Consumed[:len(c.f.Consumed):len(c.f.Consumed)], c.f.Pending...)
	since := all[max(int64(len(all))-c.f.SinceWrite, 0):]
	line, _, _ := bytes.Cut(since, []byte{'\n'})
	shown := strings.TrimSpace(string(line))
	if len(shown) >= len(text) || 10*len(shown) < 6*len(text) {
		return ""
	}
	at := 0
	for i := range len(text) {
		if at < len(shown) && shown[at] == text[i] {
			at++
		}
	}
	if at < len(shown) {
		return ""
	}
	return shown
}

// hidden says whether the last write answered a question for a password, which is
// not echoed whatever it was.
func (c *course) hidden() bool {
	f := c.f
	all := append(f.Consumed[:len(f.Consumed):len(f.Consumed)], f.Pending...)
	before := all[:max(int64(len(all))-f.SinceWrite, 0)]
	before = bytes.TrimRight(before[bytes.LastIndexByte(before, '\n')+1:], " ")
	return len(before) < 200 && regexp.MustCompile(secret).Match(before)
}

// events says why an event may never come.
func (c *course) events() {
	only := len(c.f.Patterns) > 0
	has := map[string]bool{}
	for _, p := range c.f.Patterns {
		if p.Kind == Event {
			has[p.Source] = true
		}
		only = only && p.Kind == Event
	}
	confidence := 0.45
	if only {
		confidence = 0.8
	}
	if has["PROMPT"] {
		text := "PROMPT needs a peer that marks its prompts with GA or EOR, and this one sent neither"
		for _, o := range c.f.Options {
			if o.Received == "WILL SGA" && strings.HasPrefix(o.Answered, "DO ") {
				text = "PROMPT needs GA or EOR, and with WILL SGA the peer has given up sending GA"
			}
		}
		c.add(NoMark, confidence, "", "%s; wait for the prompt's text", text)
	}
	if has["ECHO_OFF"] {
		text := "the peer never said WILL ECHO during this wait"
		if c.f.PeerEchoes {
			text = "the peer had taken over echoing before this wait began"
		}
		c.add(NoMark, confidence, "", "%s; wait for the text of its prompt", text)
	}
}

// time is when the peer was not done, or closed.
func (c *course) time(misses []Miss) {
	f := c.f
	if f.Dropped > 0 {
		c.add(Dropped, 0.72, "", "the buffer's limit dropped %d bytes that no wait had taken: wait sooner or raise max_buffer", f.Dropped)
	}
	if f.Reason == EOF && f.Received > 0 && !f.Cut && !f.endMissed() {
		if last := bytes.TrimSpace(c.tail); len(last) > 0 && f.WroteSinceMatch {
			last = last[bytes.LastIndexByte(last, '\n')+1:]
			c.add(Closed, 0.45, "", "the peer closed by itself; its last words were %s", QuoteTail(last, shownText, 0))
		} else {
			c.add(Closed, 0.45, "read_all()", "the peer closed by itself; list EOF, or take everything up to there")
		}
	}
	if !c.arriving() {
		return
	}
	confidence := 0.52
	for _, m := range misses {
		if m.Text != "" && m.Came == "" {
			confidence = 0.66 // it was just arriving
		}
	}
	text := "the peer was still sending, %s before the time ran out: it may only need longer"
	if slices.ContainsFunc(f.Patterns, func(p Pattern) bool { return p.Kind == Regex && unescapedEnd(p.Source) }) {
		text += ", or a settle that its pauses reach ($ holds only in a pause)"
	}
	fix := fmt.Sprintf("timeout=%d", max(int64(2*f.Waited/time.Second), 2))
	c.add(Sending, confidence, fix, text, f.SinceLastByte.Round(time.Millisecond))
}

// arriving says whether the peer had hardly paused when time ran out.
func (c *course) arriving() bool {
	f := c.f
	return f.Reason == Timeout && f.InWait > 0 && f.SinceLastByte > 0 && f.SinceLastByte <= min(f.Waited/10, time.Second/2)
}
