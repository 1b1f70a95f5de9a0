package match

import (
	"fmt"
	"strconv"
)

// Error says why a list of patterns cannot be compiled.
type Error struct {
	// Index is the pattern's place in the list, from 0; -1 if the fault is the
	// list's own.
	Index int
	// Pattern is the pattern at fault.
	Pattern Pattern
	// Offset is the byte of Source at which the fault begins, -1 if it is not known.
	Offset int
	// Message says what is wrong, Hint what would help; Hint may be empty.
	Message, Hint string
}

// Error gives the pattern, its place and what is wrong with it, without the hint.
func (e *Error) Error() string {
	if e.Index < 0 {
		return e.Message
	}
	at := ""
	if e.Offset >= 0 {
		at = " at byte " + strconv.Itoa(e.Offset+1)
	}
	return fmt.Sprintf("pattern %d, %s: %s%s", e.Index+1, e.Pattern, e.Message, at)
}
