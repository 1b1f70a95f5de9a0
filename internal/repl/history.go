package repl

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	// historyLimit is the number of statements that can be recalled.
	historyLimit = 1000
	// newlineMark stands for a new line, in the history's file and in a
	// statement that is recalled: it is edited in one line.
	newlineMark = "\u2424"
)

// History is the statements typed in this and earlier runs. A nil History
// remembers nothing.
type History struct {
	path    string // "" for none
	entries []string
}

// OpenHistory reads the history kept in the file at path, "" for one that is
// not kept. The file and its directory are made if they are not there, for
// nobody else to read.
func OpenHistory(path string) (*History, error) {
	h := &History{path: path}
	if path == "" {
		return h, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return h, fmt.Errorf("history: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return h, fmt.Errorf("history: %w", err)
	}
	defer f.Close()
	if err := f.Chmod(0o600); err != nil {
		// no test: the file would have to be another user's
		return h, fmt.Errorf("history: %w", err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(f); err != nil {
		// no test: a disk would have to fail
		return h, fmt.Errorf("history: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	for _, line := range lines {
		if line != "" {
			h.remember(decoded(line))
		}
	}
	if len(lines) > 2*historyLimit {
		return h, h.rewrite()
	}
	return h, nil
}

// remember adds s, but not twice in a row.
func (h *History) remember(s string) bool {
	if n := len(h.entries); n > 0 && h.entries[n-1] == s {
		return false
	}
	h.entries = append(h.entries, s)
	if n := len(h.entries) - historyLimit; n > 0 {
		h.entries = h.entries[n:]
	}
	return true
}

// add remembers a statement, in the file too. One that begins with a space is
// the operator's wish that it is not kept there. What goes wrong with the file
// costs later runs this statement and is not worth interrupting this one for.
func (h *History) add(statement string) {
	if h == nil || strings.TrimSpace(statement) == "" || !h.remember(statement) {
		return
	}
	if h.path == "" || statement[0] == ' ' {
		return
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(encoded(statement) + "\n") // one write: other runs append too
}

// rewrite shortens the file to what is remembered.
func (h *History) rewrite() error {
	var text strings.Builder
	for _, s := range h.entries {
		text.WriteString(encoded(s) + "\n")
	}
	f, err := os.CreateTemp(filepath.Dir(h.path), "history-*") // 0600
	if err != nil {
		// no test: the directory would have to vanish meanwhile
		return fmt.Errorf("history: %w", err)
	}
	_, err = f.WriteString(text.String())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), h.path)
	}
	if err != nil {
		os.Remove(f.Name())
		// no test: a disk would have to be full
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

// recall returns the statements, the last typed last, each as one line.
func (h *History) recall() []string {
	if h == nil {
		return nil
	}
	lines := make([]string, len(h.entries))
	for i, s := range h.entries {
		lines[i] = oneLine(s)
	}
	return lines
}

func encoded(s string) string { return strings.ReplaceAll(s, "\n", newlineMark) }

func decoded(s string) string { return strings.ReplaceAll(s, newlineMark, "\n") }

// recalled undoes what oneLine did.
func recalled(line string) string { return decoded(line) }

// oneLine joins the lines of a statement: with spaces where Lua sees no
// difference, which is anywhere but in comments and long strings.
func oneLine(s string) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	if strings.Contains(s, "--") || strings.Contains(s, "[[") || strings.Contains(s, "[=") || strings.Contains(s, "\\\n") {
		return encoded(s)
	}
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " ")
}
