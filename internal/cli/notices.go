package cli

import (
	"bytes"
	"io"
	"os"
	"sync/atomic"

	"github.com/moonwire/moonwire/engine/terminal"
)

// notices is standard error where it is the operator's terminal: what is told there
// may come while a line is typed or a session has the terminal.
type notices struct {
	file   *os.File
	term   *terminal.Terminal
	editor atomic.Pointer[io.Writer] // shows lines above the one that is typed
}

// Write writes lines so that they stay whole.
func (n *notices) Write(p []byte) (int, error) {
	var out io.Writer = n.file
	if editor := n.editor.Load(); editor != nil {
		out = *editor
	}
	shown := p
	if n.term.Mode() == terminal.Raw { // where "\n" alone does not go to the row's beginning
		shown = bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))
	}
	if _, err := out.Write(shown); err != nil {
		return 0, err
	}
	return len(p), nil
}
