package baselib

// Loading source text: what Lua 5.1 reads and gopher-lua does not, and errors
// with a place.

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// A SyntaxError says why a chunk can not be compiled.
type SyntaxError struct {
	Chunk   string // the chunk's name
	Line    int    // from 1
	Column  int    // in bytes from 1; 0 where it is not known
	Message string // without the place
	// Incomplete is true where more text could mend it: the chunk ends inside
	// a statement, a long string or a long comment.
	Incomplete bool
}

// Error returns "chunk:line: message".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Message)
}

// Kind is the kind that the script's error value has.
func (e *SyntaxError) Kind() string { return "syntax" }

// Compile compiles a chunk. Its name is what messages call it, a script's path
// for instance. A byte order mark and a first line that begins with # are
// skipped. The result may be shared by any number of states, each making its
// own function of it with LState.NewFunctionFromProto.
//
// The error is a [*SyntaxError].
func Compile(source []byte, name string) (proto *lua.FunctionProto, err error) {
	lines := bytes.Count(source, []byte("\n")) + 1
	if bytes.HasSuffix(source, []byte("\n")) {
		lines--
	}
	source = skipHead(source)
	defer func() {
		if r := recover(); r != nil {
			proto, err = nil, &SyntaxError{Chunk: name, Line: 1, Message: fmt.Sprintf("chunk is too complex (%v)", r)}
		}
	}()
	chunk, err := parse.Parse(bytes.NewReader(source), name)
	if err != nil {
		return nil, syntaxError(err, name, max(1, lines))
	}
	proto, err = lua.Compile(chunk, name)
	if err != nil {
		return nil, syntaxError(err, name, max(1, lines))
	}
	return proto, nil
}

// Load is [Compile] followed by making a function of the result.
func Load(L *lua.LState, source []byte, name string) (*lua.LFunction, error) {
	proto, err := Compile(source, name)
	if err != nil {
		return nil, err
	}
	return L.NewFunctionFromProto(proto), nil
}

// skipHead drops a byte order mark and the text of a first line that begins
// with #, but not the line's end.
func skipHead(source []byte) []byte {
	source = bytes.TrimPrefix(source, []byte("\xef\xbb\xbf"))
	if len(source) == 0 || source[0] != '#' {
		return source
	}
	if i := bytes.IndexAny(source, "\r\n"); i >= 0 {
		return source[i:]
	}
	return nil
}

func syntaxError(err error, name string, lines int) error {
	var (
		parsing   *parse.Error
		compiling *lua.CompileError
	)
	switch {
	case errors.As(err, &parsing):
		return parseError(parsing, name, lines)
	case errors.As(err, &compiling):
		return &SyntaxError{Chunk: name, Line: max(1, compiling.Line), Message: compiling.Message}
	}
	return &SyntaxError{Chunk: name, Line: 1, Message: err.Error()}
}

func parseError(err *parse.Error, name string, lines int) *SyntaxError {
	e := &SyntaxError{Chunk: name, Line: err.Pos.Line, Column: err.Pos.Column}
	near := err.Token
	if err.Pos.Line == parse.EOF {
		e.Line, e.Column, e.Incomplete = lines, 0, true
		near = "<eof>"
	}
	message := strings.TrimSpace(strings.ToLower(err.Message))
	if message == "syntax error" || message == "parse error" {
		message = "unexpected symbol"
	}
	e.Message = fmt.Sprintf("%s near '%s'", message, near)
	return e
}
