package vt

// The bounds on one sequence, in bytes after its introducer. A sequence that has no
// end by then is given up: what came of it is dropped, and what follows is text.
const (
	MaxSequence = 256       // CSI and ESC sequences
	MaxString   = 64 * 1024 // OSC, DCS, SOS, PM and APC strings
)

// maxParam is the largest parameter that is told; larger ones are told as this.
const maxParam = 65535

// maxParams is the number of parameters that are kept. Further ones are dropped, as terminals
// do.
const maxParams = 16

// The control characters that matter to a parser.
const (
	nul = 0x00
	bel = 0x07
	lf  = '\n'
	can = 0x18
	sub = 0x1A
	esc = 0x1B
	del = 0x7F
)

// The eight-bit controls (C1) that begin or end a sequence. In seven bits each is
// ESC and the same letter less 0x40.
const (
	DCS = 0x90
	SOS = 0x98
	CSI = 0x9B
	ST  = 0x9C
	OSC = 0x9D
	PM  = 0x9E
	APC = 0x9F
)

// EightBit says how the controls from 0x80 to 0x9F are written in a stream.
type EightBit uint8

// The ways to write them.
const (
	Never  EightBit = iota // they are not: those bytes are letters
	Single                 // as a byte each (ISO 8859)
	UTF8                   // as the characters U+0080 to U+009F in UTF-8
)

// Kind says what a Sequence is.
type Kind uint8

// The kinds of sequences.
const (
	Escape  Kind = iota + 1 // ESC, intermediates, a final byte
	Control                 // CSI, parameters, intermediates, a final byte
	String                  // OSC, DCS and the like: only its end is told
)

// Sequence is a sequence that has come whole.
type Sequence struct {
	Kind Kind
	// Private is the first byte of a CSI's parameters if it is one of < = > ?, else 0.
	Private byte
	// Intermediates are the bytes 0x20 to 0x2F before the final one, 0 where there are
	// fewer; Many says that there were more than two.
	Intermediates [2]byte
	Many          bool
	// Final is the byte that ends the sequence; 0 for a String.
	Final byte

	params [maxParams]uint16
	count  int  // of params begun
	given  uint // which of params have digits, a bit each
}

// Param returns parameter i of a CSI, counted from 0, or missing if it was left out.
func (s *Sequence) Param(i, missing int) int {
	if i >= s.count || s.given&(1<<i) == 0 {
		return missing
	}
	return int(s.params[i])
}

// Count returns the number of a CSI's parameters; one that is empty counts as well.
func (s *Sequence) Count() int { return s.count }

// Repeat returns parameter 0 as a number of times: 1 if it is missing or 0.
func (s *Sequence) Repeat() int { return max(s.Param(0, 1), 1) }

// Status is what a Parser says of the bytes it was fed.
type Status uint8

// The states of a sequence.
const (
	More   Status = iota // it goes on
	Done                 // it has ended, and Parser.Sequence tells what it is
	Broken               // it ended without being one: what follows is text
)

type state uint8

const (
	idle         state = iota
	escape             // ESC came
	intermediate       // ESC and bytes 0x20 to 0x2F
	control            // CSI came
	osc                // a string that BEL ends, too
	palette            // OSC P: Linux's console takes 7 hex digits and no terminator
	device             // DCS, SOS, PM, APC
	stringEscape       // ESC within a string: of ST, or of a new sequence
)

// Parser steps through one sequence after the other. The zero Parser is ready to use.
type Parser struct {
	// EightBit says how the stream writes ST in eight bits.
	EightBit EightBit

	seq    Sequence
	state  state
	length int  // bytes since the introducer
	title  bool // the string is ESC k, and no OSC
	led    bool // the last byte of the string was C2, which may begin U+009C
}

// Begin begins a sequence. introducer is ESC (0x1B) or an eight-bit control of those
// that begin a sequence.
func (p *Parser) Begin(introducer byte) {
	p.title = false
	switch introducer {
	case esc:
		p.enter(escape)
	case CSI:
		p.enter(control)
	case OSC:
		p.enter(osc)
	default:
		p.enter(device)
	}
}

// Introduces reports whether the eight-bit control c begins a sequence.
func Introduces(c byte) bool {
	switch c {
	case DCS, SOS, CSI, OSC, PM, APC:
		return true
	}
	return false
}

// Active reports whether a sequence has begun and not ended.
func (p *Parser) Active() bool { return p.state != idle }

// InString reports whether a string (OSC, DCS, SOS, PM or APC) has begun and not ended.
func (p *Parser) InString() bool { return p.state >= osc }

// Sequence returns the sequence that ended last. It is valid until the next Begin.
func (p *Parser) Sequence() *Sequence { return &p.seq }

func (p *Parser) enter(s state) {
	p.state, p.length, p.led = s, 0, false
	p.seq = Sequence{Kind: Escape}
	switch s {
	case control:
		p.seq.Kind = Control
	case osc, device:
		p.seq.Kind = String
	}
}

// Whole takes the control sequence that src begins with, if it has come whole and has
// digits alone before its final byte, as nearly all have. It returns its length, 0 if src
// begins otherwise; then nothing has changed.
func (p *Parser) Whole(src []byte) int {
	if len(src) < 3 || src[0] != esc || src[1] != '[' {
		return 0
	}
	value, n := 0, 2
	for ; ; n++ {
		if n == len(src) || n == MaxSequence {
			return 0
		}
		b := src[n]
		if b < '0' || b > '9' {
			if b < '@' || b >= del {
				return 0
			}
			break
		}
		value = min(value*10+int(b-'0'), maxParam)
	}
	s := &p.seq
	s.Kind, s.Private, s.Intermediates, s.Many, s.Final = Control, 0, [2]byte{}, false, src[n]
	s.count, s.given = 0, 0
	if n > 2 {
		s.params[0], s.count, s.given = uint16(value), 1, 1
	}
	p.state = idle
	return n + 1
}

// Feed takes the next bytes of the sequence in progress. It returns how many of them
// belong to it, and what has become of it.
func (p *Parser) Feed(src []byte) (n int, st Status) {
	for i, b := range src {
		bound := MaxSequence
		if p.state >= osc {
			bound = MaxString
		}
		if p.length++; p.length > bound {
			p.state = idle
			return i, Broken
		}
		if !p.step(b) {
			p.state = idle
			return i, Broken
		}
		if p.state == idle {
			if p.seq.Kind == 0 {
				return i + 1, Broken
			}
			return i + 1, Done
		}
	}
	return len(src), More
}

// step takes one byte. It reports false if the sequence broke off before it.
func (p *Parser) step(b byte) bool {
	switch {
	case b == can || b == sub:
		p.seq.Kind = 0
		p.state = idle
		return true
	case p.state >= osc && p.state != stringEscape:
		return p.stepString(b)
	case p.state == stringEscape && b == '\\':
		p.seq.Kind = String
		p.state = idle
		return true
	case b == esc:
		p.enter(escape)
		return true
	case b == nul || b == del:
		return true
	case b < ' ' || b > del:
		// A newline or a letter of another alphabet can't be part of one.
		return false
	}
	switch p.state {
	case control:
		p.stepControl(b)
	case intermediate:
		p.stepIntermediate(b)
	default: // escape, or stringEscape: ESC ended the string and begins this
		p.stepEscape(b)
	}
	return true
}

func (p *Parser) stepEscape(b byte) {
	switch b {
	case '[':
		p.enter(control)
	case ']', 'k': // ESC k is screen's title
		p.enter(osc)
		p.title = b == 'k'
	case 'P', 'X', '^', '_':
		p.enter(device)
	default:
		p.seq.Kind = Escape
		p.stepIntermediate(b)
		if b < '0' {
			p.state = intermediate
		}
	}
}

func (p *Parser) stepIntermediate(b byte) {
	if b < '0' {
		p.intermediate(b)
		return
	}
	p.seq.Final, p.state = b, idle
}

func (p *Parser) intermediate(b byte) {
	switch s := &p.seq; {
	case s.Intermediates[0] == 0:
		s.Intermediates[0] = b
	case s.Intermediates[1] == 0:
		s.Intermediates[1] = b
	default:
		s.Many = true
	}
}

func (p *Parser) stepControl(b byte) {
	s := &p.seq
	switch {
	case b >= '@':
		s.Final, p.state = b, idle
	case b < '0':
		p.intermediate(b)
	case b >= '<':
		if p.length == 1 {
			s.Private = b
		}
	case b <= '9':
		if s.count == 0 {
			s.count = 1
		}
		if i := s.count - 1; i < maxParams {
			s.params[i] = uint16(min(int(s.params[i])*10+int(b-'0'), maxParam))
			s.given |= 1 << i
		}
	default: // ; and : both end a parameter
		s.count = min(max(s.count, 1)+1, maxParams+1)
	}
}

func (p *Parser) stepString(b byte) bool {
	first := p.state == osc && p.length == 1 && !p.title
	led := p.led
	p.led = b == 0xC2 && p.EightBit == UTF8
	switch {
	case b == esc:
		p.state, p.length = stringEscape, 0
		p.seq = Sequence{Kind: Escape}
	case b == bel && p.state != device,
		b == ST && (p.EightBit == Single || led),
		b == 'R' && first: // Linux's console: reset the palette
		p.state = idle
	case b == lf && p.state != device:
		// No title or link holds a newline: the peer broke it off.
		return false
	case b == 'P' && first:
		p.state = palette
	case p.state == palette && !hex(b):
		p.state = osc
	case p.state == palette && p.length == 8:
		p.state = idle
	}
	return true
}

func hex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f'
}
