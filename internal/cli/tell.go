package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
)

// say prints a line to standard error, as everything that moonwire itself says.
func (app *App) say(format string, args ...any) {
	app.tell("moonwire: " + ownLines(strings.TrimSuffix(fmt.Sprintf(format, args...), "\n")) + "\n")
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

// sayError prints an error, which has hints of its own in lines that begin so.
func (app *App) sayError(text string) {
	app.tell("moonwire: " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\nmoonwire:", "\n  moonwire:") + "\n")
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
