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
	s := scanner{name: name, src: string(skipHead(source)), line: 1}
	if err := s.scan(); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			proto, err = nil, &SyntaxError{Chunk: name, Line: 1, Message: fmt.Sprintf("chunk is too complex (%v)", r)}
		}
	}()
	chunk, err := parse.Parse(strings.NewReader(s.result()), name)
	if err != nil {
		return nil, s.syntaxError(err)
	}
	rewriteBlock(chunk)
	placeGotos(chunk, 0, false)
	proto, err = lua.Compile(chunk, name)
	if err != nil {
		return nil, s.syntaxError(err)
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

// syntaxError puts gopher-lua's error in Lua's words.
func (s *scanner) syntaxError(err error) *SyntaxError {
	var (
		parsing   *parse.Error
		compiling *lua.CompileError
	)
	switch {
	case errors.As(err, &parsing) && parsing.Pos.Line == parse.EOF:
		return s.unfinished()
	case errors.As(err, &parsing):
		message := strings.TrimSpace(parsing.Message)
		switch message {
		case "syntax error", "parse error", "Invalid token", "Invalid '~' token":
			message = "unexpected symbol"
		}
		return &SyntaxError{
			Chunk: s.name, Line: parsing.Pos.Line, Column: parsing.Pos.Column,
			Message: fmt.Sprintf("%s near '%s'", message, parsing.Token),
		}
	case errors.As(err, &compiling):
		return &SyntaxError{Chunk: s.name, Line: max(1, compiling.Line), Message: compiling.Message}
	}
	return &SyntaxError{Chunk: s.name, Line: 1, Message: err.Error()}
}

// unfinished is the error of a chunk that ends too early.
func (s *scanner) unfinished() *SyntaxError {
	e := &SyntaxError{Chunk: s.name, Line: s.line, Message: "unexpected symbol near '<eof>'", Incomplete: true}
	if strings.HasSuffix(s.src, "\n") && e.Line > 1 {
		e.Line--
	}
	if n := len(s.open); n > 0 {
		o := s.open[n-1]
		e.Message = fmt.Sprintf("'%s' expected near '<eof>'", o.closer())
		if o.line != e.Line {
			e.Message = fmt.Sprintf("'%s' expected (to close '%s' at line %d) near '<eof>'", o.closer(), o.word, o.line)
		}
	}
	return e
}
