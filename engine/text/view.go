package text

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/vt"
)

// The control characters of ASCII that mean something to a view.
const (
	bs  = 0x08
	ht  = '\t'
	lf  = '\n'
	vtb = 0x0B
	ff  = 0x0C
	cr  = '\r'
	so  = 0x0E
	si  = 0x0F
	esc = 0x1B
	del = 0x7F
)

// An Edit says that text is not seen any more: of what is seen at offset At, the last
// Back bytes are taken away. Edits come in the order of their places, and each acts
// before the byte at At.
type Edit struct {
	At   int // bytes behind the place where the call that tells it began to append
	Back int // bytes, at least 1
	// Again says that as many bytes behind the one at At each take the place of the one
	// before: Back, which is 1, is taken away before each of them, too.
	Again int
}

// View turns a stream of bytes into text and edits. It is for one goroutine at a time.
// The zero View is not usable; call [NewView].
type View struct {
	charset *charset
	parser  vt.Parser

	// held begins a character that has not come whole, and spill is one that never
	// will. The last provisional bytes of the text stand for both since Flush.
	held        [4]byte
	nheld       int
	spill       []byte
	provisional int

	returns   int  // CRs that have not acted
	newlineCR bool // a CR is a newline
	skipLF    bool // the LF that may come next belongs to a CR that was one

	out       []byte // what is appended to, during a call
	base      int    // where the call began in out
	edits     []Edit
	questions []Question
	redrawn   bool

	// The open line while nothing has edited it: earlier calls gave prior of it, and
	// the rest is behind the last newline in out[from:].
	prior   []byte
	trimmed int // columns of the open line that came before prior
	from    int
	looked  int // there is no newline in out[from:looked]

	line     line
	credit   int // for telling again
	window   window
	graphics graphics

	scratch []byte // text that is decoded, until it is printed
	carry   []byte // the beginning of a character, for the decoders that keep a state
}

// NewView returns a view of text in the encoding of that name ("" is UTF-8). The error
// wraps [ErrUnknownEncoding].
func NewView(encoding string) (*View, error) {
	v := new(View)
	v.SetWindow(0, 0)
	v.window = v.window.next()
	v.line.id, v.credit = 1, firstCredit
	return v, v.SetEncoding(encoding)
}

// Encoding returns the encoding's canonical name.
func (v *View) Encoding() string { return v.charset.name }

// SetEncoding changes the encoding from the next byte on. A character that has come in
// part is not valid then: its bytes pass as they are. A CR and an unfinished escape
// sequence go on. On an error, which wraps [ErrUnknownEncoding], nothing has changed.
func (v *View) SetEncoding(name string) error {
	if name == "" {
		name = "utf-8"
	}
	c, err := newCharset(name)
	if err != nil {
		return err
	}
	v.spill = appendSeen(append(v.spill, v.held[:v.nheld]...), v.carry)
	v.nheld, v.carry = 0, v.carry[:0]
	v.charset = c
	switch {
	case c.utf8 || c.order == decodeFirst:
		v.parser.EightBit = vt.UTF8
	case c.c1:
		v.parser.EightBit = vt.Single
	default:
		v.parser.EightBit = vt.Never
	}
	return nil
}

// SetNewlineCR tells the view that the peer ends its lines with CR alone, from the next
// byte on. A CR LF is one newline then as well.
func (v *View) SetNewlineCR(on bool) { v.newlineCR = on }

// Append appends to dst the text that src adds and returns the result; [View.Edits]
// and [View.Questions] tell the rest until the next call. The beginning of a character
// waits for the next call or for [View.Flush], and so does a movement. It keeps nothing
// of src.
func (v *View) Append(dst, src []byte) []byte {
	v.begin(dst)
	if len(src) > 0 {
		v.unspill()
		if v.charset.order == decodeFirst {
			v.scratch = v.transform(v.scratch[:0], src)
			src = v.scratch
		}
		v.scan(src)
	}
	return v.end()
}

// Flush brings what has been told up to what is seen: the movements act, and what has
// come of a character is text, until the rest of it comes. It is for a pause of the
// peer and the stream's end. A CR and an unfinished escape sequence stay as they are.
func (v *View) Flush(dst []byte) []byte {
	v.begin(dst)
	v.bring(v.sync)
	return v.whole()
}

// Mark is Flush for an event in the peer's stream. Events may come by the million, so a line
// that the host has had told again too often stays behind, up to the next pause.
func (v *View) Mark(dst []byte) []byte {
	v.begin(dst)
	v.bring(func() { v.show() })
	return v.whole()
}

// whole tells what has come of a character, and ends a call.
func (v *View) whole() []byte {
	if v.half() > v.provisional {
		v.back(v.provisional)
		n := len(v.out)
		v.out = appendSeen(append(append(v.out, v.spill...), v.held[:v.nheld]...), v.carry)
		v.provisional = len(v.out) - n
	}
	return v.end()
}

// half returns how many bytes of text stand for what has not come whole.
func (v *View) half() int {
	n := v.nheld + len(v.spill)
	for _, b := range v.carry {
		if !isControl(b) {
			n++
		}
	}
	return n
}

// appendSeen appends bytes of a character that is not whole. Where bytes below 0x80 are not
// ASCII they may look like controls, which are no text.
func appendSeen(dst, p []byte) []byte {
	for _, b := range p {
		if !isControl(b) {
			dst = append(dst, b)
		}
	}
	return dst
}

func isControl(b byte) bool { return b < ' ' || b == del }

// Sync is Flush but for what has come of a character.
func (v *View) Sync(dst []byte) []byte {
	v.begin(dst)
	v.bring(v.sync)
	return v.end()
}

// bring brings what has been told up to what is seen, that of the line by sync.
func (v *View) bring(sync func()) {
	if v.newlineCR && v.returns > 0 {
		v.carriageReturn()
		v.skipLF = true
	}
	if v.lags() {
		if v.provisional > 0 { // it stands behind the line
			v.back(v.provisional)
			v.provisional = 0
		}
		l := &v.line
		cursor := l.cursor
		if l.away {
			l.cursor = l.behind
		}
		sync()
		l.cursor = cursor
	}
}

// lags reports whether what is told of the line is not what is seen of it.
func (v *View) lags() bool {
	l := &v.line
	return l.active && (!l.away && l.moved() || l.away && l.behind > 0)
}

// InString reports whether a control string, such as a window's title, has begun and not
// ended: what has come of it is no text.
func (v *View) InString() bool { return v.parser.InString() }

// Held reports whether [View.Flush] would tell anything.
func (v *View) Held() bool {
	return v.newlineCR && v.returns > 0 || v.half() > v.provisional || v.lags()
}

// Edits returns the edits that the last call of Append or Flush told.
func (v *View) Edits() []Edit { return v.edits }

// Redrawn reports whether something came in the last call of Append that tells nothing new and
// still is work of the peer's: mostly characters over the same ones, or a movement, though the
// cursor may be back again. It depends on the bytes alone, not on where they were cut.
func (v *View) Redrawn() bool { return v.redrawn }

// Reset forgets the open line: the cursor is at the beginning of an empty one. It is
// for a stream that went elsewhere for a while. What has come of a character or of a
// sequence is forgotten, too.
func (v *View) Reset() {
	v.parser = vt.Parser{EightBit: v.parser.EightBit}
	v.nheld, v.spill, v.carry, v.provisional = 0, v.spill[:0], v.carry[:0], 0
	v.returns, v.skipLF = 0, false
	v.clearLine(0)
}

func (v *View) begin(dst []byte) {
	v.out, v.base, v.from, v.looked = dst, len(dst), len(dst), len(dst)
	v.edits, v.questions, v.redrawn = v.edits[:0], v.questions[:0], false
}

// end keeps what the next call needs of the open line.
func (v *View) end() []byte {
	if !v.line.active {
		prior, rest := v.open()
		rest = rest[:len(rest)-v.provisionalIn(rest)]
		v.prior = append(prior, rest...)
		v.trim()
	}
	out := v.out
	v.out = nil
	return out
}

// provisionalIn returns how many bytes at the end of p stand for a character that has
// not come whole.
func (v *View) provisionalIn(p []byte) int { return min(v.provisional, len(p)) }

// back tells that the last n bytes are not seen any more.
func (v *View) back(n int) {
	if n == 0 {
		return
	}
	at := len(v.out) - v.base
	if k := len(v.edits) - 1; k >= 0 && v.edits[k].At == at {
		v.edits[k].Back += n
		return
	}
	v.edits = append(v.edits, Edit{At: at, Back: n})
}

// unspill takes back what stood for half a character, before more of it comes.
func (v *View) unspill() {
	if v.provisional > 0 {
		v.back(v.provisional)
		v.provisional = 0
	}
	if len(v.spill) > 0 {
		p := v.spill
		v.spill = v.spill[:0]
		v.print(p)
	}
}

// scan takes bytes of the stream, or of what is decoded of it.
func (v *View) scan(src []byte) {
	var next marks
	for i := 0; i < len(src); {
		switch {
		case v.parser.Active():
			n, st := v.parser.Feed(src[i:])
			i += n
			if st == vt.Done {
				v.sequence(v.parser.Sequence())
			}
		case v.nheld > 0:
			i += v.character(src[i:])
		case v.line.active && v.isSimple():
			if i = v.simple(src, i); i < len(src) {
				i += v.special(src[i:])
			}
		case v.isPlain():
			if i = v.plain(src, i, &next); i < len(src) {
				i += v.special(src[i:])
			}
		default:
			if n := run(src[i:]); n > 0 {
				i += v.text(src[i : i+n])
			} else {
				i += v.special(src[i:])
			}
		}
	}
}

// isPlain reports whether ASCII may be copied as it is.
func (v *View) isPlain() bool {
	return !v.line.active && !v.line.away && v.returns == 0 && !v.skipLF && !v.graphics.on() && v.charset.order != filterFirst
}

// special takes what stopped plain, simple or run: a control, or a character that begins with
// a byte from 0x80 up.
func (v *View) special(src []byte) int {
	switch b := src[0]; {
	case b == esc:
		if n := v.parser.Whole(src); n > 0 {
			v.sequence(v.parser.Sequence())
			return n
		}
		if n := colour(src); n > 0 {
			return n
		}
		v.control(b)
		return 1
	case b == cr:
		n := 1
		for n < len(src) && src[n] == cr {
			n++
		}
		v.skipLF = false
		v.returns += n
		return n
	case b < ' ' || b == del:
		v.control(b)
		return 1
	}
	return v.text(src[:run(src)])
}

// run returns how many bytes from the first on are no controls of ASCII.
func run(src []byte) int {
	for i, b := range src {
		if b < ' ' || b == del {
			return i
		}
	}
	return len(src)
}

// moves reports whether the control b moves the cursor, or may: then it ends a
// character that has not come whole.
func moves(b byte) bool { return bs <= b && b <= cr }

func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// open returns the open line while nothing has edited it: what earlier calls gave of
// it, and what this one did.
func (v *View) open() (prior, rest []byte) {
	if n := bytes.LastIndexByte(v.out[v.looked:], lf); n >= 0 {
		lines := v.out[v.from : v.looked+n+1]
		if v.line.row > 0 {
			v.line.row = v.window.below(v.line.row, 1)
		}
		v.window = v.window.next()
		if v.line.row > 0 {
			v.line.row = v.window.below(v.line.row, bytes.Count(lines, []byte{lf})-1)
		}
		v.from += len(lines)
		v.line.id++
		v.prior, v.trimmed = v.prior[:0], 0
	}
	v.looked = len(v.out)
	return v.prior, v.out[v.from:]
}

// countLines brings the open line's number, its row and the window up to the newlines that were
// copied as they are.
func (v *View) countLines() {
	if !v.line.active { // else there is none
		v.open()
	}
}
