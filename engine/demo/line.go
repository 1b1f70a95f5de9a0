// Lines: what a terminal's driver does with keys until a line is whole.

package demo

import (
	"errors"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/telnet"
)

// maxLine is the longest line that can be typed, in bytes.
const maxLine = 4 << 10

// errInterrupt ends a line by ^C.
var errInterrupt = errors.New("interrupted")

// line reads a line, echoing it if visible. CR LF, CR NUL, CR and LF end it.
// ^D on an empty line is errEOF, ^C is errInterrupt; what was typed when the
// input ended counts as a line.
func (c *session) line(visible bool) (string, error) {
	var line []byte
	for {
		b, err := c.key()
		if errors.Is(err, errEOF) && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
		if c.afterCR {
			c.afterCR = false
			if b == '\n' || b == 0 {
				continue
			}
		}
		switch {
		case b == '\r' || b == '\n':
			c.afterCR = b == '\r'
			c.newline(visible)
			return string(line), nil
		case b == keyInterrupt:
			c.print("^C\n")
			return "", errInterrupt
		case b == keyEOF:
			if len(line) == 0 {
				return "", errEOF
			}
		case b == keyErase || b == '\b':
			line = c.erase(line, 1, visible)
		case b == keyKill:
			line = c.erase(line, len(line), visible)
		case b == 0x17: // ^W: the blanks before the cursor, and the word before them
			n := len(line)
			for n > 0 && line[n-1] == ' ' {
				n--
			}
			for n > 0 && line[n-1] != ' ' {
				n--
			}
			line = c.erase(line, len(line)-n, visible)
		case b == 0x1B:
			if err := c.skipSequence(); err != nil {
				return "", err
			}
		case b < ' ' && b != '\t', len(line) >= maxLine:
			c.echo([]byte{'\a'}, visible)
		default:
			line = append(line, b)
			c.echo(line[len(line)-1:], visible)
		}
	}
}

// newline moves to the next line. After a password too: only the letters are
// not for others to see.
func (c *session) newline(visible bool) {
	if c.echoes() || !visible {
		c.print("\n")
	}
}

// echoes reports whether typing is echoed by us and not by the client.
func (c *session) echoes() bool { return c.codec.Enabled(telnet.Us, telnet.Echo) }

func (c *session) echo(p []byte, visible bool) {
	if visible && c.echoes() {
		c.out = c.codec.AppendData(c.out, p)
	}
}

// erase takes the last n bytes off the line, and always whole characters.
func (c *session) erase(line []byte, n int, visible bool) []byte {
	for end := len(line) - n; len(line) > 0 && len(line) > end; {
		_, size := utf8.DecodeLastRune(line)
		line = line[:len(line)-size]
		c.echo([]byte("\b \b"), visible)
	}
	return line
}

// skipSequence skips what a key such as an arrow sends after ESC.
func (c *session) skipSequence() error {
	b, err := c.key()
	if err != nil || b != '[' && b != 'O' {
		return err
	}
	for range 16 {
		b, err = c.key()
		if err != nil || b >= '@' && b <= '~' {
			return err
		}
	}
	return nil
}
