package mask

import "bytes"

// A Veil is a Masker for bytes as they are on a connection, or as a terminal gets
// them: a secret is hidden, too, where bytes stand between its letters that nobody
// sees, such as colours, NUL and telnet commands. Such bytes stay where they are, but
// for those within a secret. Where a stream is seen from its middle, its first bytes
// may be the end of a secret; they are hidden as well.
//
// It belongs to one stream and one goroutine at a time.
type Veil struct {
	Telnet bool // IAC begins a command

	masker  *Masker
	within  framing
	length  int // bytes of the sequence
	waiting []run
	bytes   []byte // those of waiting
	unseen  int    // how many of those nobody sees

	started bool
	head    []byte // of the stream: the beginning of a secret's end
}

// A run is some bytes of the stream that are all seen or all unseen.
type run struct {
	n    int
	seen bool
}

// NewVeil makes a Veil of a Masker that has seen nothing.
func NewVeil(m *Masker) *Veil { return &Veil{masker: m} }

// maxUnseen bounds how many bytes that nobody sees are held back behind the beginning
// of a secret.
const maxUnseen = 64 << 10

// Held is the number of bytes that are held back.
func (v *Veil) Held() int { return len(v.bytes) + len(v.head) }

// Spans is that of [Masker].
func (v *Veil) Spans(src []byte, show func(n int, text []byte)) {
	v.masker.follow()
	if v.masker.auto == nil {
		v.started = v.started || len(src) > 0
		v.track(src)
		if len(src) > 0 {
			show(len(src), src)
		}
		return
	}
	if v.started && v.within == text && len(v.bytes) == 0 && !v.special(src) {
		v.masker.Spans(src, show)
		if w := &v.masker.held; v.masker.Held() > 0 {
			v.push(w.bytes[w.head:], true)
		}
		return
	}
	for len(src) > 0 {
		n, seen := v.next(src)
		v.put(src[:n], seen, show)
		src = src[n:]
	}
}

// FlushSpans is that of [Masker].
func (v *Veil) FlushSpans(show func(n int, text []byte)) {
	if head := v.head; len(head) > 0 {
		v.started, v.head = true, nil
		v.putSeen(head, show)
	}
	v.masker.FlushSpans(v.shower(show))
	v.drain(show)
}

// put takes bytes that are all seen or all unseen.
func (v *Veil) put(p []byte, seen bool, show func(n int, text []byte)) {
	switch {
	case !seen:
		v.putUnseen(p, show)
	case v.started:
		v.putSeen(p, show)
	default:
		for i := range p {
			if v.started {
				v.putSeen(p[i:], show)
				return
			}
			v.begin(p[i], show)
		}
	}
}

// begin takes a byte at the beginning of the stream, where a secret may end that began
// before it.
func (v *Veil) begin(b byte, show func(n int, text []byte)) {
	v.head = append(v.head, b)
	for _, s := range v.masker.secrets {
		for from := 1; from+len(v.head) <= len(s.Value); from++ {
			if s.Value[from:from+len(v.head)] != string(v.head) {
				continue
			}
			if from+len(v.head) == len(s.Value) && len(v.head) > cutShown {
				show(1, []byte(s.Placeholder()))
				for range v.head[1:] {
					show(1, nil)
				}
				v.head = v.head[:0]
			}
			return // it may go on so
		}
	}
	head := v.head
	v.started, v.head = true, nil
	v.putSeen(head, show)
}

func (v *Veil) putSeen(p []byte, show func(n int, text []byte)) {
	if len(p) == 0 {
		return
	}
	v.push(p, true)
	v.masker.Spans(p, v.shower(show))
	if v.masker.Held() == 0 {
		v.drain(show)
	}
}

func (v *Veil) putUnseen(p []byte, show func(n int, text []byte)) {
	if head := v.head; len(head) > 0 { // it ends no secret
		v.started, v.head = true, nil
		v.putSeen(head, show)
	}
	if len(v.bytes) == 0 {
		show(len(p), p)
		return
	}
	v.push(p, false)
	if v.unseen += len(p); v.unseen > maxUnseen {
		v.masker.FlushSpans(v.shower(show))
		v.drain(show)
	}
}

func (v *Veil) push(p []byte, seen bool) {
	v.bytes = append(v.bytes, p...)
	if n := len(v.waiting); n > 0 && v.waiting[n-1].seen == seen {
		v.waiting[n-1].n += len(p)
	} else {
		v.waiting = append(v.waiting, run{len(p), seen})
	}
}

// take takes up to n bytes off the first run.
func (v *Veil) take(n int) []byte {
	r := &v.waiting[0]
	n = min(n, r.n)
	p := v.bytes[:n]
	v.bytes = v.bytes[n:]
	if !r.seen {
		v.unseen -= n
	}
	if r.n -= n; r.n == 0 {
		v.waiting = v.waiting[1:]
	}
	return p
}

// shower puts the bytes that nobody sees back among what the masker shows.
func (v *Veil) shower(show func(n int, text []byte)) func(n int, text []byte) {
	return func(n int, text []byte) {
		hidden := n != len(text)
		for n > 0 {
			if !v.waiting[0].seen {
				p := v.take(v.waiting[0].n)
				if hidden && text == nil {
					for range p { // within a secret
						show(1, nil)
					}
				} else {
					show(len(p), p)
				}
				continue
			}
			p := v.take(n)
			n -= len(p)
			switch {
			case !hidden:
				show(len(p), p)
			default: // a masker tells of a secret byte by byte
				show(1, text)
			}
		}
	}
}

// drain shows what nobody sees and nothing holds back.
func (v *Veil) drain(show func(n int, text []byte)) {
	for len(v.waiting) > 0 {
		p := v.take(v.waiting[0].n)
		show(len(p), p)
	}
	v.bytes, v.waiting, v.unseen = nil, nil, 0
}

// A framing is where the stream is among bytes that nobody sees. What strings (ESC ])
// and subnegotiations hold counts as seen: a secret may stand there whole.
type framing uint8

const (
	text    framing = iota
	escape          // ESC came
	charset         // ESC and intermediate bytes
	csi             // ESC [
	command         // IAC came
	option          // IAC WILL, WONT, DO, DONT or SB came
)

const (
	nul = 0
	esc = 0x1b
	del = 0x7f
	iac = 0xff
)

// special reports whether there is something in p that nobody sees.
func (v *Veil) special(p []byte) bool {
	return bytes.IndexByte(p, esc) >= 0 || bytes.IndexByte(p, nul) >= 0 || bytes.IndexByte(p, del) >= 0 ||
		v.Telnet && bytes.IndexByte(p, iac) >= 0
}

// track follows the framing of bytes that need no hiding.
func (v *Veil) track(p []byte) {
	if v.within == text && !v.special(p) {
		return
	}
	for len(p) > 0 {
		n, _ := v.next(p)
		p = p[n:]
	}
}

// next is how many bytes at the beginning of p, one at least, are all seen or all
// unseen.
func (v *Veil) next(p []byte) (n int, seen bool) {
	if v.within == text {
		for n < len(p) && !v.begins(p[n]) {
			n++
		}
		if n > 0 {
			return n, true
		}
	}
	for i, b := range p {
		switch {
		case v.within == text && !v.begins(b):
			return i, false
		case v.within == command && b == iac: // doubled, it is data
			if i > 0 {
				return i, false
			}
			v.within = text
			return 1, true
		case !v.step(b):
			if i > 0 {
				return i, false
			}
			return 1, true
		}
	}
	return len(p), false
}

// begins reports whether b, where text is, is not seen.
func (v *Veil) begins(b byte) bool {
	return b == esc || b == nul || b == del || b == iac && v.Telnet
}

// maxSequence is the longest escape sequence that is held to be one, in bytes.
const maxSequence = 256

// step takes a byte that text does not hold. It reports false if that broke the
// sequence off and is text.
func (v *Veil) step(b byte) bool {
	if v.within == text {
		v.length = 0
	}
	v.length++
	switch {
	case b == iac && v.Telnet:
		v.within = command
	case v.within == command:
		v.within = text
		if b >= 0xfa && b != iac {
			v.within = option
		}
	case v.within == option:
		v.within = text
	case b == nul || b == del:
	case b == esc:
		v.within, v.length = escape, 0
	case b < ' ' || b > del || v.length > maxSequence:
		v.within = text
		return false
	case v.within == escape && b == '[':
		v.within = csi
	case v.within != csi && b < '0':
		v.within = charset
	case v.within != csi || b >= '@':
		v.within = text
	}
	return true
}
