package syntax

import (
	"errors"
	"fmt"

	"github.com/yuin/gopher-lua/parse"
)

// An Error says why a chunk cannot be compiled.
type Error struct {
	Chunk   string // the chunk's name
	Line    int    // from 1
	Column  int    // in bytes from 1; 0 where it is not known
	Message string // without the place
	// Incomplete is true where more text could mend it: the chunk ends inside
	// a statement, a long string or a long comment.
	Incomplete bool
}

// Error returns "chunk:line: message".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Message)
}

// Kind is the kind that the script's error value has.
func (e *Error) Kind() string { return "syntax" }

// fromParser puts the error of gopher-lua's parser in Lua's words.
func fromParser(name string, err error) *Error {
	if e, ok := errors.AsType[*parse.Error](err); ok {
		return &Error{
			Chunk: name, Line: max(1, e.Pos.Line), Column: e.Pos.Column,
			Message: fmt.Sprintf("unexpected symbol near '%s'", e.Token),
		}
	}
	return &Error{Chunk: name, Line: 1, Message: err.Error()}
}
