package baselib

// Loading source text: what Lua 5.1 reads and gopher-lua does not, and errors
// with a place.

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
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
	defer tooComplex(name, &err)
	chunk, err := Parse(source, name)
	if err != nil {
		return nil, err
	}
	rewriteBlock(chunk)
	placeGotos(chunk, 0, false)
	proto, err = lua.Compile(chunk, name)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	tighten(proto)
	bindMarks(proto)
	repair(proto)
	return proto, nil
}

// tighten gives the compiler's spare room back: it lays out 12 KB for each function,
// however short.
func tighten(p *lua.FunctionProto) {
	p.Code = slices.Clone(p.Code)
	p.Constants = slices.Clone(p.Constants)
	p.DbgSourcePositions = slices.Clone(p.DbgSourcePositions)
	for _, inner := range p.FunctionPrototypes {
		tighten(inner)
	}
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

// tooComplex makes an error of a panic in gopher-lua's compiler.
func tooComplex(name string, err *error) {
	if r := recover(); r != nil {
		*err = &SyntaxError{Chunk: name, Line: 1, Message: fmt.Sprintf("chunk is too complex (%v)", r)}
	}
}

// syntaxError puts gopher-lua's error in Lua's words.
func syntaxError(name string, err error) *SyntaxError {
	var (
		parsing   *parse.Error
		compiling *lua.CompileError
	)
	switch {
	case errors.As(err, &parsing):
		return &SyntaxError{
			Chunk: name, Line: max(1, parsing.Pos.Line), Column: parsing.Pos.Column,
			Message: fmt.Sprintf("unexpected symbol near '%s'", parsing.Token),
		}
	case errors.As(err, &compiling):
		message := compiling.Message
		if strings.HasPrefix(message, "register overflow") {
			message = "function or expression too complex (too many local variables or values at once)"
		}
		return &SyntaxError{Chunk: name, Line: max(1, compiling.Line), Message: message}
	}
	return &SyntaxError{Chunk: name, Line: 1, Message: err.Error()}
}
