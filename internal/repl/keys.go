package repl

// Keys: what the bytes of a terminal mean, as far as line editing has a use
// for it. Both encodings of each key are known: xterm's and the VT220's.

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/terminal"
)

// keyPatience is how long a key's second byte may take: a lone ESC is a key.
const keyPatience = 100 * time.Millisecond

// key is a character, a control character, or one of the special keys, which
// are negative and so cannot be typed.
type key rune

// The special keys.
const (
	keyNone key = -iota - 1
	keyUp
	keyDown
	keyLeft
	keyRight
	keyHome
	keyEnd
	keyDelete
	keyWordLeft
	keyWordRight
	keyDeleteWord
	keyBackspaceWord
	keyEscape
	keyPaste // with the text pasted
)

// keys reads keys from the broker's input.
type keys struct{ in *terminal.Input }

// next waits for a key. For keyPaste it returns the text too, with "\n" for
// each new line.
func (k keys) next(ctx context.Context) (key, string, error) {
	b, err := k.byte(ctx)
	if err != nil {
		return keyNone, "", err
	}
	switch {
	case b == 0x1b:
		return k.escape(ctx)
	case b < utf8.RuneSelf:
		return key(b), "", nil
	}
	char := []byte{b}
	for !utf8.FullRune(char) {
		b, err := k.byte(ctx)
		if err != nil {
			return keyNone, "", err
		}
		char = append(char, b)
	}
	r, n := utf8.DecodeRune(char)
	k.in.Unread(char[n:])
	return key(r), "", nil
}

func (k keys) byte(ctx context.Context) (byte, error) {
	var p [1]byte
	_, err := k.in.Read(ctx, p[:])
	return p[0], err
}

// soon reads a byte that follows at once, if it does.
func (k keys) soon(ctx context.Context) (b byte, ok bool, err error) {
	short, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	b, err = k.byte(short)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return 0, false, nil
	}
	return b, err == nil, err
}

// escape reads the rest of a sequence that began with ESC.
func (k keys) escape(ctx context.Context) (key, string, error) {
	b, ok, err := k.soon(ctx)
	if !ok {
		return keyEscape, "", err
	}
	switch b {
	case '[':
		return k.sequence(ctx)
	case 'O':
		b, ok, err = k.soon(ctx)
		if !ok {
			return keyNone, "", err
		}
		return letterKey(b), "", nil
	case 'b':
		return keyWordLeft, "", nil
	case 'f':
		return keyWordRight, "", nil
	case 'd':
		return keyDeleteWord, "", nil
	case 0x7f, 'h' & 0x1f:
		return keyBackspaceWord, "", nil
	case 0x1b:
		k.in.Unread([]byte{b})
		return keyEscape, "", nil
	}
	return keyNone, "", nil
}

// sequence reads a control sequence (ECMA-48, 5.4): parameters, then a letter.
func (k keys) sequence(ctx context.Context) (key, string, error) {
	var parameters strings.Builder
	for {
		b, ok, err := k.soon(ctx)
		if !ok {
			return keyNone, "", err
		}
		if b < 0x40 || b > 0x7e {
			parameters.WriteByte(b)
			continue
		}
		p := parameters.String()
		if b != '~' {
			if strings.HasSuffix(p, ";5") || strings.HasSuffix(p, ";3") { // with Ctrl or Alt
				switch b {
				case 'C':
					return keyWordRight, "", nil
				case 'D':
					return keyWordLeft, "", nil
				}
			}
			return letterKey(b), "", nil
		}
		switch p {
		case "1", "7":
			return keyHome, "", nil
		case "4", "8":
			return keyEnd, "", nil
		case "3":
			return keyDelete, "", nil
		case "200":
			text, err := k.paste(ctx)
			return keyPaste, text, err
		}
		return keyNone, "", nil
	}
}

func letterKey(b byte) key {
	switch b {
	case 'A':
		return keyUp
	case 'B':
		return keyDown
	case 'C':
		return keyRight
	case 'D':
		return keyLeft
	case 'H':
		return keyHome
	case 'F':
		return keyEnd
	}
	return keyNone
}

// paste reads the text of a bracketed paste and its end.
func (k keys) paste(ctx context.Context) (string, error) {
	const end = "\x1b[201~"
	var text []byte
	for {
		b, err := k.byte(ctx)
		if err != nil {
			return "", err
		}
		text = append(text, b)
		if b == '~' && strings.HasSuffix(string(text[max(0, len(text)-len(end)):]), end) {
			break
		}
	}
	s := strings.ToValidUTF8(string(text[:len(text)-len(end)]), "\ufffd")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), nil
}
