//go:build unix

package repl_test

// A terminal to look at: as much of a VT100 as line editing uses.

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"golang.org/x/text/width"

	"github.com/moonwire/moonwire/engine/terminal"
)

// seat is an operator at a pseudo-terminal with a screen.
type seat struct {
	*terminal.Terminal
	keys *os.File
	tty  *os.File

	mu      sync.Mutex
	changed chan struct{}
	rows    [][]rune
	row     int
	column  int
	columns int
	pending []byte
	log     strings.Builder // everything received
}

func newSeat(t *testing.T, columns int) *seat {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	if err := pty.Setsize(keys, &pty.Winsize{Cols: uint16(columns), Rows: 40}); err != nil {
		t.Fatal(err)
	}
	s := &seat{keys: keys, tty: tty, changed: make(chan struct{}), columns: columns, rows: [][]rune{nil}}
	s.Terminal = terminal.New(terminal.Config{In: tty, Out: tty})
	go func() {
		p := make([]byte, 32<<10)
		for {
			n, err := keys.Read(p)
			if err != nil {
				return
			}
			s.receive(p[:n])
		}
	}()
	t.Cleanup(func() {
		s.Close()
		tty.Close()
		keys.Close()
	})
	return s
}

func (s *seat) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := s.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// text is what the screen shows, without trailing spaces, the cursor as "|".
func (s *seat) text() string {
	var b strings.Builder
	for i, row := range s.rows {
		line := string(row)
		if i == s.row {
			cells, cursor := row, s.column
			for len(cells) < cursor {
				cells = append(cells[:len(cells):len(cells)], ' ')
			}
			line = string(cells[:cursor]) + "|" + string(cells[cursor:])
		}
		b.WriteString(strings.TrimRight(strings.ReplaceAll(line, "\x00", ""), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// shows waits until the screen ends in want.
func (s *seat) shows(t *testing.T, want string) {
	t.Helper()
	s.waits(t, want, func() bool { return strings.HasSuffix(s.text(), want) })
}

// received waits until want has been sent to the terminal.
func (s *seat) received(t *testing.T, want string) {
	t.Helper()
	s.waits(t, want, func() bool { return strings.Contains(s.log.String(), want) })
}

func (s *seat) waits(t *testing.T, want string, ok func() bool) {
	t.Helper()
	tooLong := time.After(5 * time.Second)
	for {
		s.mu.Lock()
		done, changed, text := ok(), s.changed, s.text()
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-tooLong:
			t.Fatalf("the screen does not come to show\n%s\nbut shows\n%s", want, text)
		}
	}
}

func (s *seat) receive(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Write(p)
	s.pending = append(s.pending, p...)
	for len(s.pending) > 0 {
		n := s.act(s.pending)
		if n == 0 {
			break
		}
		s.pending = s.pending[n:]
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// act does what the beginning of p says and returns how much that was, 0 if
// more is needed.
func (s *seat) act(p []byte) int {
	switch c := p[0]; {
	case c == '\n':
		s.row++
		for len(s.rows) <= s.row {
			s.rows = append(s.rows, nil)
		}
		return 1
	case c == '\r':
		s.column = 0
		return 1
	case c == '\b':
		s.column = max(0, s.column-1)
		return 1
	case c == 0x1b:
		if len(p) < 2 {
			return 0
		}
		if p[1] != '[' {
			return 2
		}
		for i := 2; i < len(p); i++ {
			if p[i] >= 0x40 {
				s.sequence(string(p[2:i]), p[i])
				return i + 1
			}
		}
		return 0
	case c < ' ':
		return 1
	}
	if !utf8.FullRune(p) {
		return 0
	}
	r, n := utf8.DecodeRune(p)
	s.put(r)
	return n
}

func (s *seat) put(r rune) {
	w := 1
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		w = 2
	}
	if s.column+w > s.columns {
		s.column = 0
		s.row++
		for len(s.rows) <= s.row {
			s.rows = append(s.rows, nil)
		}
	}
	row := s.rows[s.row]
	for len(row) < s.column+w {
		row = append(row, ' ')
	}
	row[s.column] = r
	if w == 2 {
		row[s.column+1] = 0
	}
	s.rows[s.row] = row
	s.column += w
}

func (s *seat) sequence(parameters string, final byte) {
	n, err := strconv.Atoi(parameters)
	if err != nil {
		n = 1
	}
	switch final {
	case 'A':
		s.row = max(0, s.row-n)
	case 'C':
		s.column = min(s.columns-1, s.column+n)
	case 'H':
		s.row, s.column = 0, 0
	case 'J':
		if parameters == "2" {
			s.rows = make([][]rune, s.row+1)
			return
		}
		s.rows = s.rows[:s.row+1]
		s.rows[s.row] = s.rows[s.row][:min(s.column, len(s.rows[s.row]))]
	case 'K':
		s.rows[s.row] = nil
	}
}
