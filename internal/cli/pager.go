package cli

import (
	"cmp"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/moonwire/moonwire/stdlib/reference"
)

// page shows a text in the pager, or prints it.
func (app *App) page(text string) int {
	if app.pageOnTerminal(text) {
		return exitOK
	}
	return app.print(text)
}

// pageOnTerminal shows a text on a terminal that is too low for it, by $PAGER, or by less
// where there is one. It reports whether it did.
func (app *App) pageOnTerminal(text string) bool {
	out, ok := app.Stdout.(*os.File)
	_, rows, known := app.term.Size()
	if !ok || !known || !app.term.Interactive() || !isTerminal(out) || strings.Count(text, "\n") < rows {
		return false
	}
	words := strings.Fields(cmp.Or(app.Getenv("PAGER"), "less -R"))
	if len(words) == 0 || words[0] == "cat" {
		return false
	}
	pager := exec.CommandContext(app.ctx, words[0], words[1:]...)
	pager.Stdin, pager.Stdout, pager.Stderr = strings.NewReader(text), out, os.Stderr
	pager.Env = app.environ()
	if err := pager.Start(); err != nil {
		return false
	}
	_ = pager.Wait() // that it was left in the middle is no failure
	return true
}

// helpStyle is the style of help on standard output: the width and the colours of a
// terminal, where it is one.
func (app *App) helpStyle() reference.Style {
	out, ok := app.Stdout.(*os.File)
	columns, _, known := app.term.Size()
	if !ok || !known || !isTerminal(out) {
		return reference.Style{}
	}
	return reference.Style{Width: columns, Color: app.Getenv("NO_COLOR") == "" && app.Getenv("TERM") != "dumb"}
}

// isClosedPipe reports whether a write failed because its reader is gone.
func isClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}
