package record

// Lines of JSON, made by hand: a flood is escaped at the speed of a copy.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendEvent appends an event's line up to its data.
func appendEvent(dst []byte, at time.Duration, code byte) []byte {
	dst = append(dst, '[')
	dst = strconv.AppendFloat(dst, at.Seconds(), 'f', 6, 64)
	dst = append(dst, ',', ' ', '"', code, '"', ',', ' ')
	return dst
}

// appendText appends valid UTF-8 as a JSON string.
func appendText(dst, text []byte) []byte {
	const block = 4 << 10 // bytes, a small part of the processor's cache
	dst = append(dst, '"')
	for len(text) > block {
		dst = appendEscaped(dst, text[:block])
		text = text[block:]
	}
	return append(appendEscaped(dst, text), '"')
}

// appendEscaped appends text as it stands within a JSON string. Words are copied
// before they are looked at: what lies behind a byte that needs an escape is
// overwritten by what follows.
func appendEscaped(dst, text []byte) []byte {
	const word, words = 8, 32
	dst = slices.Grow(dst, escapeLength*len(text)+words) // all that may be written
	out, n, i := dst[:cap(dst)], len(dst), 0
	var quotes uint64 // all ones if they are to be looked for
	if bytes.IndexByte(text, '"') >= 0 || bytes.IndexByte(text, '\\') >= 0 {
		quotes = math.MaxUint64
	}
	for {
		for quotes == 0 && i+words <= len(text) {
			from, to := text[i:i+words:i+words], out[n:n+words:n+words]
			a, b := binary.LittleEndian.Uint64(from), binary.LittleEndian.Uint64(from[8:])
			c, d := binary.LittleEndian.Uint64(from[16:]), binary.LittleEndian.Uint64(from[24:])
			if controls(a)|controls(b)|controls(c)|controls(d) != 0 {
				break
			}
			binary.LittleEndian.PutUint64(to, a)
			binary.LittleEndian.PutUint64(to[8:], b)
			binary.LittleEndian.PutUint64(to[16:], c)
			binary.LittleEndian.PutUint64(to[24:], d)
			i, n = i+words, n+words
		}
		var special uint64
		for i+word <= len(text) {
			x := binary.LittleEndian.Uint64(text[i:])
			binary.LittleEndian.PutUint64(out[n:], x)
			if special = controls(x) | quoting(x)&quotes; special != 0 {
				break
			}
			i, n = i+word, n+word
		}
		if special == 0 {
			break
		}
		plain := bits.TrailingZeros64(special) / 8
		i, n = i+plain, n+plain
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			copy(out[n:n+4], `\r\n`)
			i, n = i+2, n+4
			continue
		}
		escape := escapes[text[i]]
		binary.LittleEndian.PutUint64(out[n:], escape)
		i, n = i+1, n+int(escape>>56)
	}
	for ; i < len(text); i++ {
		if escape := escapes[text[i]]; escape != 0 {
			binary.LittleEndian.PutUint64(out[n:], escape)
			n += int(escape >> 56)
		} else {
			out[n] = text[i]
			n++
		}
	}
	return out[:n]
}

const (
	eachByte = 0x0101010101010101
	eachTop  = 0x8080808080808080
)

// controls has the top bit set of the first byte of a word that is below 0x20,
// perhaps bits above that, and none below. 0: there is no such byte.
func controls(word uint64) uint64 { return (word - eachByte*0x20) &^ word & eachTop }

// quoting is controls for '"' and the backslash.
func quoting(word uint64) uint64 {
	quote, slash := word^(eachByte*'"'), word^(eachByte*'\\')
	return ((quote - eachByte) | (slash - eachByte)) &^ word & eachTop
}

// escapeLength is the number of bytes that the longest escape has, \u0000.
const escapeLength = 6

// escapes are what stands in a JSON string for the bytes of UTF-8 that cannot
// stand for themselves: the text from the lowest byte on, its length in the
// highest. 0: the byte needs none.
var escapes = func() (table [256]uint64) {
	set := func(b byte, escape string) {
		table[b] = uint64(len(escape)) << 56
		for i := range len(escape) {
			table[b] |= uint64(escape[i]) << (8 * i)
		}
	}
	for b := range byte(0x20) {
		set(b, `\u00`+hexDigits[b>>4:b>>4+1]+hexDigits[b&15:b&15+1])
	}
	set('\n', `\n`)
	set('\r', `\r`)
	set('\t', `\t`)
	set('"', `\"`)
	set('\\', `\\`)
	return table
}()

// appendBytes appends any bytes as a JSON string of characters U+0000 to U+00FF.
func appendBytes(dst, p []byte) []byte {
	dst = append(dst, '"')
	for _, b := range p {
		switch {
		case b >= utf8.RuneSelf:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		case escapes[b] != 0:
			dst = appendEscaped(dst, []byte{b})
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"')
}

// latin is the way back from appendBytes. ok is false if text has characters that
// are no bytes.
func latin(text string) (p []byte, ok bool) {
	p = make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			return nil, false
		}
		p = append(p, byte(r))
	}
	return p, true
}

// appendJSON appends a JSON object as a JSON string.
func appendJSON(dst []byte, v any) []byte {
	var object bytes.Buffer
	e := json.NewEncoder(&object)
	e.SetEscapeHTML(false)              // a placeholder stays one
	if err := e.Encode(v); err != nil { // v is a struct of strings and numbers
		return append(dst, "\"{}\""...)
	}
	return appendText(dst, bytes.TrimSuffix(object.Bytes(), []byte("\n")))
}

// header is a file's first line.
type header struct {
	Version   int               `json:"version"`
	Width     int               `json:"width"`
	Height    int               `json:"height"`
	Timestamp float64           `json:"timestamp,omitempty"`
	Title     string            `json:"title,omitempty"`
	Env       map[string]string `json:"env,omitempty"`
	Moonwire  *ours             `json:"moonwire,omitempty"`
}

type ours struct {
	Format  int    `json:"format"`
	Program string `json:"program,omitempty"`
}

// begun is the data of an event "S".
type begun struct {
	Session  int    `json:"session"`
	Name     string `json:"name"`
	Address  string `json:"address"`
	Telnet   bool   `json:"telnet"`
	Encoding string `json:"encoding,omitempty"`
	Opener   string `json:"opener,omitempty"`
}

// waited is the data of an event "w".
type waited struct {
	Where   string  `json:"where,omitempty"`
	Op      string  `json:"op"`
	Index   int     `json:"index"` // of the pattern in its list, from 1; 0 if none matched
	Rule    string  `json:"rule"`
	Seconds float64 `json:"seconds"`
	Matched string  `json:"matched,omitempty"`
	Error   string  `json:"error,omitempty"`
}

func appendHeader(dst []byte, h header) []byte {
	line, err := json.Marshal(h)
	if err != nil { // h is a struct of strings and numbers
		return dst
	}
	return append(append(dst, line...), '\n')
}

// validText is text with U+FFFD for bytes that are not UTF-8.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
