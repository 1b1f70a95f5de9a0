package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind"
)

// say prints a line to standard error, as everything that moonwire itself says.
func (app *App) say(format string, args ...any) {
	app.tell("moonwire: " + ownLines(strings.TrimSuffix(fmt.Sprintf(format, args...), "\n")) + "\n")
}

// warnings are what was said while the operator was at a session's screen, which takes a
// line away soon.
type warnings struct {
	mu    sync.Mutex
	lines []string
}

// warn says a line, and keeps it for sayAgain.
func (app *App) warn(line string) {
	app.say("%s", line)
	app.warned.mu.Lock()
	defer app.warned.mu.Unlock()
	app.warned.lines = append(app.warned.lines, line)
}

// sayAgain repeats the warnings on a terminal.
func (app *App) sayAgain() {
	if !app.term.InputIsTerminal() {
		return
	}
	app.warned.mu.Lock()
	defer app.warned.mu.Unlock()
	for _, line := range app.warned.lines {
		app.say("%s", line)
	}
}

// hint prints a hint to standard error.
func (app *App) hint(format string, args ...any) {
	app.tell("hint: " + ownLines(fmt.Sprintf(format, args...)) + "\n")
}

// tell is the one place that writes to standard error what moonwire says. Whatever
// a message holds of a peer's, a file's or a script's bytes, none of it reaches the
// terminal as a control character, and no secret is shown.
func (app *App) tell(text string) {
	_, _ = io.WriteString(app.Stderr, app.shown(text)) // there is no other place to complain
}

// shown is a text as it may be shown to people: secrets hidden, and what a terminal
// would act on escaped.
func (app *App) shown(text string) string {
	return diagnose.Visible(hide(&app.secrets, text))
}

// hide hides secrets in a text that may hold them as they are or quoted.
func hide(secrets *mask.Secrets, text string) string {
	return secrets.MaskForms(text, mask.OnWire, diagnose.QuotedForms)
}

// sayError prints an error's text, which has hints of its own in lines that begin so.
// hints are the lines that may: the text holds names and words from elsewhere as well.
func (app *App) sayError(text string, hints []string) {
	first, rest, more := strings.Cut(strings.TrimSuffix(text, "\n"), "\n")
	if more {
		first += "\n" + apart(rest, hints)
	}
	app.tell("moonwire: " + first + "\n")
}

// apart sets the lines of an error's text that look like messages of moonwire's own apart.
// hints are the lines that may.
func apart(text string, hints []string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		hint := strings.HasPrefix(line, "hint:") && slices.Contains(hints, strings.TrimSuffix(line, "\n"))
		if !hint && (strings.HasPrefix(line, "hint:") || strings.HasPrefix(line, "moonwire:")) {
			lines[i] = "  " + line
		}
	}
	return strings.Join(lines, "")
}

// hintLines are the lines of an error's own hints.
func hintLines(err error) (lines []string) {
	for _, hint := range luabind.HintsOf(err) {
		first, _, _ := strings.Cut(hint, "\n")
		lines = append(lines, "hint: "+first)
	}
	if wait, ok := errors.AsType[*session.WaitError](err); ok {
		for _, line := range wait.Report().Lines() {
			if strings.HasPrefix(line, "hint:") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// ownLines sets the lines of a text behind the first that look like a message of
// their own apart: only moonwire begins a line so.
func ownLines(text string) string {
	return strings.NewReplacer("\nmoonwire:", "\n  moonwire:", "\nhint:", "\n  hint:").Replace(text)
}

// A teller is tell as a writer of whole texts.
type teller struct{ app *App }

// Write implements io.Writer.
func (t teller) Write(p []byte) (int, error) {
	t.app.tell(string(p))
	return len(p), nil
}
