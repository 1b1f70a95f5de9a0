package repl

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Completer returns what the text before byte pos of line can be completed to:
// whole words that begin with line[start:pos].
type Completer func(line string, pos int) (start int, words []string)

// completing gives readline the completion: as much as all candidates share,
// and at the second Tab a list of them above the line.
type completing struct{ e *lineEditor }

func (c completing) Do(line []rune, pos int) ([][]rune, int) {
	e := c.e
	if e.complete == nil {
		return nil, 0
	}
	before := string(line[:pos])
	start, words := e.complete(string(line), len(before))
	typed := before[start:]
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, typed) })
	if len(words) == 0 {
		_, _ = io.WriteString(e.t.Out(), "\a")
		return nil, 0
	}
	shared := words[0]
	for _, w := range words[1:] {
		shared = shared[:sharedLength(shared, w)]
	}
	if shared != typed {
		e.listed = ""
		return [][]rune{[]rune(shared[len(typed):])}, len([]rune(typed))
	}
	if e.listed != before {
		e.listed = before
		if len(words) > 1 {
			_, _ = io.WriteString(e.t.Out(), "\a")
		}
		return nil, 0
	}
	_, _ = io.WriteString(e.rl.Stdout(), columns(words, e.width()))
	return nil, 0
}

// sharedLength is the number of bytes that a and b begin with alike, in whole characters.
func sharedLength(a, b string) int {
	for i, r := range a {
		if !strings.HasPrefix(b[min(i, len(b)):], string(r)) {
			return i
		}
	}
	return len(a)
}

// columns lays words out as ls does, in lines of the width at most.
func columns(words []string, width int) string {
	widest := 0
	for _, w := range words {
		widest = max(widest, len(w)+2)
	}
	perRow := max(1, width/widest)
	rows := (len(words) + perRow - 1) / perRow
	var b strings.Builder
	for row := range rows {
		for i := row; i < len(words); i += rows {
			if i+rows < len(words) {
				fmt.Fprintf(&b, "%-*s", widest, words[i])
			} else {
				b.WriteString(words[i])
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
