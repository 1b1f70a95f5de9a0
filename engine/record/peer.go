package record

// The peer of a recorded session, without any input or output: it is told what the
// client sends, and tells what it says and when.

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

type moveKind uint8

const (
	says  moveKind = iota
	hears          // data, newlines as "\n"
	obeys          // a telnet command of the client's
	closes
	tells   // what the line told beside its bytes
	nothing // was heard in another way
)

// A move is something that the recording's peer does.
type move struct {
	kind moveKind
	time time.Duration // in the recording
	data []byte
	item line.Item
}

// movesOf makes the moves of a session. If joined, what it says within
// joinedWithin is said at once, when the last of it is due.
func movesOf(s *Session, joined bool) []move {
	var moves []move
	split := splitter{bare: !s.Telnet}
	var lines newlines
	own := -1 // the move whose data is not the recording's any more
	for _, step := range s.Steps {
		if step.Item.Kind != line.None {
			moves = append(moves, move{kind: tells, time: step.Time, item: step.Item})
			continue
		}
		if !step.Out {
			if n := len(moves); joined && n > 0 && moves[n-1].kind == says && step.Time-moves[n-1].time < joinedWithin {
				last := &moves[n-1]
				if own != n-1 {
					own, last.data = n-1, bytes.Clone(last.data)
				}
				last.time, last.data = step.Time, append(last.data, step.Bytes...)
			} else {
				moves = append(moves, move{kind: says, time: step.Time, data: step.Bytes})
			}
			continue
		}
		split.split(step.Bytes, func(p []byte) {
			if p = lines.append(nil, withoutReports(p)); len(p) > 0 {
				moves = append(moves, move{kind: hears, time: step.Time, data: p})
			}
		}, func(command []byte) {
			moves = append(moves, move{kind: obeys, time: step.Time, data: bytes.Clone(command)})
		})
	}
	if s.Closed != closedByUs {
		at := s.ClosedAt
		if n := len(s.Steps); n > 0 {
			at = max(at, s.Steps[n-1].Time)
		}
		moves = append(moves, move{kind: closes, time: at})
	}
	return moves
}

// closedByUs is how a session ends that the script closed. The peer did not, and
// in a replay it says nothing more. Of a recording that ends without a word, the
// end is the peer's.
const closedByUs = "closed by the script"

// newlines makes "\n" of every way to end a line: CR LF, CR NUL, CR.
type newlines struct{ afterCR bool }

func (n *newlines) append(dst, p []byte) []byte {
	for _, b := range p {
		after := n.afterCR
		n.afterCR = b == '\r'
		switch {
		case b == '\r':
			dst = append(dst, '\n')
		case after && (b == '\n' || b == 0):
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// Difference tells where a client did not do what the recording has.
type Difference struct {
	Session string        // of a recording that has several
	Time    time.Duration // in the recording
	Want    string        // the recording's line; "" if it has nothing more
	Got     string        // the client's
	Over    bool          // the recording had nothing more to hear
	Hidden  bool          // Got answers a question for a secret, or stands where one is recorded; it is empty
}

// Error says it in a line.
func (d *Difference) Error() string {
	got := "the client sent " + strconv.Quote(d.Got)
	if d.Hidden {
		got = "the client sent something that may be a secret and is not shown"
	}
	of := ""
	if d.Session != "" {
		of = " of " + d.Session
	}
	if d.Over {
		return "the recording" + of + " is over, " + got
	}
	return "the recording" + of + " has " + strconv.Quote(d.Want) + ", " + got
}

type peer struct {
	moves   []move
	next    int
	lenient bool
	report  func(*Difference)
	broken  bool // the client did something else: it is hung up on
	flooded bool // the client sent more than is kept

	// Time at in the recording was time since here.
	since time.Time
	at    time.Duration

	split    splitter
	lines    newlines
	heard    []byte   // data that was not asked for yet
	most     int      // bytes of that
	commands [][]byte // of the client's, not asked for yet
	// The line that is being heard, as far as it agreed.
	wantLine, gotLine []byte
	show              splitter
	asked             string // the last line of what the peer said
}

func newPeer(s *Session, joined, lenient bool, now time.Time, report func(*Difference)) *peer {
	p := &peer{
		moves: movesOf(s, joined), lenient: lenient, report: report,
		since: now, at: s.Begun, split: splitter{bare: !s.Telnet}, show: splitter{bare: !s.Telnet}, most: spareHeard,
	}
	for _, m := range p.moves {
		if m.kind == hears {
			p.most += len(m.data)
		}
	}
	return p
}

// spareHeard is the number of bytes that a client may have sent, beyond all that the recording
// has of it, that were not asked for.
const spareHeard = 64 << 10

// due is when the peer says something or closes; ok is false while it waits for
// the client, and when it has nothing more to say.
func (p *peer) due() (at time.Time, ok bool) {
	if p.broken {
		return p.since, true
	}
	for p.next < len(p.moves) && p.moves[p.next].kind == nothing {
		p.next++
	}
	if p.next == len(p.moves) {
		return time.Time{}, false
	}
	if m := p.moves[p.next]; m.kind == says || m.kind == tells || m.kind == closes {
		return p.since.Add(max(m.time-p.at, 0)), true
	}
	return time.Time{}, false
}

// say takes what is due.
func (p *peer) say() (data []byte, told line.Item, closed bool) {
	if p.broken {
		return nil, told, true
	}
	m := p.moves[p.next]
	at, _ := p.due()
	p.next++
	p.since, p.at = at, m.time
	p.show.split(m.data, func(data []byte) {
		line := lastLine([]byte(p.asked), data)
		p.asked = string(line[max(len(line)-maxAsked, 0):])
	}, func([]byte) {})
	p.listen(at)
	return m.data, m.item, m.kind == closes
}

// maxAsked bounds how much of the peer's last line is looked at.
const maxAsked = 256

// maxCommands bounds the client's commands that the recording does not have.
const maxCommands = 256

// hear takes what the client sent.
func (p *peer) hear(now time.Time, data []byte) {
	if p.broken {
		return
	}
	p.split.split(data, func(data []byte) {
		if len(data) == 2 && data[0] == iac && !p.split.bare {
			data = data[1:]
		}
		data = withoutReports(data)
		if room := p.most - len(p.heard); len(data) > room {
			data = data[:max(room, 0)]
			p.flooded = true
		}
		p.heard = p.lines.append(p.heard, data)
	}, func(command []byte) {
		if len(p.commands) < maxCommands {
			p.commands = append(p.commands, bytes.Clone(command))
		}
	})
	p.listen(now)
	if p.flooded && !p.broken {
		p.flood(now)
	}
}

// flood hangs up on a client that sends more than can be meant.
func (p *peer) flood(now time.Time) {
	typed, end := p.wanted()
	p.differs(&Difference{Want: string(typed), Got: string(p.heard[:min(len(p.heard), 80)]) + "...", Over: end == p.next})
	p.broken, p.since, p.heard = true, now, nil
}

// differs reports a difference. What the client sent is left out where the recording
// holds a secret, or the peer has just asked for one: a host that plays a recording
// does not know the secrets of its clients.
func (p *peer) differs(d *Difference) {
	d.Time = p.recorded()
	if strings.Contains(d.Want, "<secret ") || asksSecret().MatchString(p.asked) {
		d.Got, d.Hidden = "", true
	}
	p.report(d)
}

// recorded is the time in the recording that the peer is at.
func (p *peer) recorded() time.Duration {
	if p.next < len(p.moves) {
		return p.moves[p.next].time
	}
	return p.at
}

// listen goes on as far as what was heard is what the recording has.
func (p *peer) listen(now time.Time) {
	for ; p.next < len(p.moves); p.next++ {
		m := p.moves[p.next]
		switch m.kind {
		case says, tells, closes:
			return
		case obeys:
			if !p.obeyed(m.data) {
				return
			}
		case hears:
			n, result := agrees(m.data, p.heard)
			if result == differs && bytes.IndexByte(p.heard, '\n') >= 0 {
				if !p.differ(now) {
					return
				}
				p.next-- // to look at the same move again
				continue
			}
			if result != agreed {
				return
			}
			p.take(m.data, p.heard[:n])
			p.heard = p.heard[n:]
		}
		p.moves[p.next].kind = nothing
		p.since, p.at = now, m.time
	}
	for !p.broken && bytes.IndexByte(p.heard, '\n') >= 0 {
		p.differ(now)
	}
}

// obeyed takes a command that the client has sent.
func (p *peer) obeyed(command []byte) bool {
	for i, have := range p.commands {
		if bytes.Equal(have, command) {
			p.commands = append(p.commands[:i], p.commands[i+1:]...)
			return true
		}
	}
	return false
}

// take notes what agreed, for a later difference in the same line.
func (p *peer) take(want, got []byte) {
	p.wantLine, p.gotLine = lastLine(p.wantLine, want), lastLine(p.gotLine, got)
}

func lastLine(line, more []byte) []byte {
	line = append(line, more...)
	return line[bytes.LastIndexByte(line, '\n')+1:]
}

// differ is told that the client's line is another than the recording's. It tells
// whether to go on.
func (p *peer) differ(now time.Time) bool {
	got, rest, _ := bytes.Cut(p.heard, []byte("\n"))
	client := append(bytes.Clone(p.gotLine), got...)
	typed, end := p.wanted()
	over := end == p.next
	n, result := agrees(typed, client)
	if over || result != agreed || n != len(client) {
		p.differs(&Difference{Want: string(typed), Got: string(client), Over: over})
		if !p.lenient {
			p.broken, p.since = true, now
			return false
		}
	}
	// The client's line counts as the recording's: what the peer says meanwhile
	// it says, its echo above all.
	p.heard = rest
	p.wantLine, p.gotLine = nil, nil
	for i := p.next; i < end; i++ {
		switch m := &p.moves[i]; m.kind {
		case hears:
			if after := bytes.IndexByte(m.data, '\n'); after >= 0 && after+1 < len(m.data) {
				m.data = m.data[after+1:]
				continue
			}
			m.kind = nothing
			p.since, p.at = now, m.time
		case obeys:
			m.kind = nothing
		}
	}
	return !over
}

// wanted is the line that the recording has next, and the place behind the last of
// the moves that hear it.
func (p *peer) wanted() (line []byte, end int) {
	want := bytes.Clone(p.wantLine)
	end = p.next
	for i := p.next; i < len(p.moves) && bytes.IndexByte(want, '\n') < 0; i++ {
		if p.moves[i].kind == hears {
			want = append(want, p.moves[i].data...)
			end = i + 1
		}
	}
	line, _, _ = bytes.Cut(want, []byte("\n"))
	return edited(line), end
}

// idle is told that the client waits and will send nothing as it is. A telnet
// command that it did not send is passed over, since clients differ in those; a
// piece of a line that is another is a difference. It reports whether that changed
// anything.
func (p *peer) idle(now time.Time) bool {
	if p.broken || p.next >= len(p.moves) {
		return false
	}
	switch m := &p.moves[p.next]; m.kind {
	case obeys:
		m.kind = nothing
		p.listen(now)
		return true
	case hears:
		if _, result := agrees(m.data, p.heard); result != differs {
			return false
		}
		typed, _ := p.wanted()
		if _, result := agrees(typed, append(bytes.Clone(p.gotLine), p.heard...)); result == differs {
			p.differ(now)
			return true
		}
	}
	return false
}

// awaits is what the peer wants to hear, for who is stuck.
func (p *peer) awaits() string {
	for _, m := range p.moves[min(p.next, len(p.moves)):] {
		if m.kind == hears {
			line, _, _ := bytes.Cut(m.data, []byte("\n"))
			return string(line)
		}
	}
	return ""
}

type agreement uint8

const (
	agreed   agreement = iota
	differs            // whatever comes
	tooShort           // so far it agrees
)

// agrees compares what the recording has with what was heard, of which n bytes are
// taken. A secret's placeholder stands for any text within a line.
func agrees(want, heard []byte) (n int, result agreement) {
	for len(want) > 0 {
		if size := placeholder(want); size > 0 {
			want = want[size:]
			end := -1
			if len(want) > 0 && want[0] != '\n' {
				end = bytes.IndexByte(heard[n:], want[0])
			} else {
				end = bytes.IndexByte(heard[n:], '\n')
				if end < 0 && len(want) == 0 && len(heard) > n {
					end = len(heard) - n
				}
			}
			if end < 0 {
				return n, tooShort
			}
			n += end
			continue
		}
		if n == len(heard) {
			return n, tooShort
		}
		if heard[n] != want[0] {
			return n, differs
		}
		want = want[1:]
		n++
	}
	return n, agreed
}

// placeholder is the size of the secret's placeholder at the beginning of p, 0 if
// there is none.
func placeholder(p []byte) int {
	const begins = "<secret "
	if !bytes.HasPrefix(p, []byte(begins)) {
		return 0
	}
	end := bytes.IndexAny(p, ">\n")
	if end < 0 || p[end] != '>' {
		return 0
	}
	return end + 1
}

// edited is a line as it was when it ended: an operator's erasures have been
// carried out.
func edited(line []byte) []byte {
	var out []byte
	for _, b := range line {
		switch b {
		case 0x08, 0x7F:
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		case 0x15:
			out = out[:0]
		default:
			out = append(out, b)
		}
	}
	return out
}
