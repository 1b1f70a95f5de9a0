// The commands that print much: log, and more with its pages.

package demo

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxLog  = 16 << 30 // bytes that log prints
	maxMore = 1_000_000
)

// logLine is a line of log; its digits are the line's number.
const logLine = "2026-01-17T10:24:43Z demo app[217]: request 000000001 GET / 200 in 12 ms\n"

// size reads "64", "64k", "64M" or "64G".
func size(s string, limit int64) (int64, bool) {
	unit := int64(1)
	for i, letters := range []string{"kK", "mM", "gG"} {
		if s != "" && strings.ContainsRune(letters, rune(s[len(s)-1])) {
			unit = 1 << (10 * (i + 1))
			s = s[:len(s)-1]
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n * unit, err == nil && n >= 0 && n <= limit/unit
}

// logLines prints exactly N bytes of lines, of which the last is cut to fit.
// What goes over the wire is a little more: a CR before each newline.
func (c *session) logLines(args []string) int {
	if len(args) != 1 {
		return c.usage("log N[k|M|G]")
	}
	left, ok := size(args[0], maxLog)
	if !ok {
		c.print("log: " + args[0] + ": not a number of bytes up to 16G\n")
		return 1
	}
	wire := []byte(strings.TrimSuffix(logLine, "\n") + "\r\n")
	digits := bytes.Index(wire, []byte("000000001"))
	block := bytes.Repeat(wire, flushSize/len(wire))
	number := 0
	for left >= int64(len(logLine)) {
		lines := min(len(block)/len(wire), int(left/int64(len(logLine))))
		for i := range lines {
			number++
			putNumber(block[i*len(wire)+digits:][:9], number)
		}
		c.out = append(c.out, block[:lines*len(wire)]...) // ASCII: nothing to escape
		left -= int64(lines * len(logLine))
		c.flush()
		if c.interrupted() {
			return 130
		}
	}
	if left > 0 {
		c.print(logLine[:left-1] + "\n")
	}
	return 0
}

// putNumber writes n in decimal over all of p.
func putNumber(p []byte, n int) {
	for i := len(p) - 1; i >= 0; i-- {
		p[i] = byte('0' + n%10)
		n /= 10
	}
}

// more prints N lines and stops after each window full of them. A client whose
// window has no rows, or that told none, does not want that.
func (c *session) more(args []string) int {
	if len(args) != 1 {
		return c.usage("more N")
	}
	lines, ok := size(args[0], maxMore)
	if !ok {
		c.print("more: " + args[0] + ": not a number of lines up to 1000000\n")
		return 1
	}
	until := int64(c.rows) - 1 // the last row is the prompt's
	for n := int64(1); n <= lines; n++ {
		c.print(fmt.Sprintf("line %d of %d\n", n, lines))
		if c.rows > 0 && n >= until && n < lines {
			further, end := c.morePrompt()
			if end {
				return 0
			}
			until = n + further
		}
		if n%256 == 0 && c.interrupted() {
			return 130
		}
	}
	return 0
}

// morePrompt asks how many lines more to print.
func (c *session) morePrompt() (lines int64, end bool) {
	const text = " --More-- "
	c.prompt(text)
	for {
		b, err := c.key()
		if err != nil {
			return 0, true
		}
		if c.afterCR {
			c.afterCR = false
			if b == '\n' || b == 0 {
				continue
			}
		}
		switch b {
		case ' ':
			lines = max(1, int64(c.rows)-1)
		case '\r', '\n':
			c.afterCR = b == '\r'
			lines = 1
		case 'q', 'Q', keyInterrupt, keyEOF:
			end = true
		default:
			c.echo([]byte{'\a'}, true)
			continue
		}
		// The prompt disappears, as on a terminal.
		c.print("\r" + strings.Repeat(" ", len(text)) + "\r")
		return lines, end
	}
}
