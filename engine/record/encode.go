package record

// Lines of JSON, made by hand: a flood is escaped at the speed of a copy.

import (
	"encoding/binary"
	"encoding/json"
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
	dst = append(dst, '"')
	for {
		n := plainLength(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return append(dst, '"')
		}
		dst = appendEscape(dst, text[n])
		text = text[n+1:]
	}
}

// plainLength is how many bytes at the beginning are plain, looked at eight at a
// time.
func plainLength(text []byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:])
		quote, slash, del := x^(ones*'"'), x^(ones*'\\'), x^(ones*0x7F)
		// The top bit of a byte is set where it is below 0x20, or equal to one of
		// the three; it may be set beyond the first such byte without cause, and
		// is never set where the byte's own top bit is.
		if ((x-ones*0x20)&^x|(quote-ones)&^quote&^x|(slash-ones)&^slash&^x|(del-ones)&^del&^x)&tops != 0 {
			break
		}
	}
	for i < len(text) && plain[text[i]] {
		i++
	}
	return i
}

// plain are the bytes of UTF-8 that stand for themselves in a JSON string.
var plain = func() (table [256]bool) {
	for i := range table {
		table[i] = i >= 0x20 && i != '"' && i != '\\' && i != 0x7F
	}
	return table
}()

func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '"', '\\':
		return append(dst, '\\', b)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
}

// appendBytes appends any bytes as a JSON string of characters U+0000 to U+00FF.
func appendBytes(dst, p []byte) []byte {
	dst = append(dst, '"')
	for _, b := range p {
		if b >= utf8.RuneSelf || !plain[b] {
			dst = appendEscape(dst, b)
		} else {
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
	object, err := json.Marshal(v)
	if err != nil { // v is a struct of strings and numbers
		object = []byte("{}")
	}
	return appendText(dst, object)
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
