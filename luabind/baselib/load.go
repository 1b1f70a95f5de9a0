package baselib

// Loading source text: what Lua 5.1 reads and gopher-lua does not, and errors
// with a place.

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// A SyntaxError says why a chunk cannot be compiled.
type SyntaxError = syntax.Error

// Compile compiles a chunk. Its name is what messages call it, a script's path
// for instance. A byte order mark and a first line that begins with # are
// skipped. The result may be shared by any number of states, each making its
// own function of it with LState.NewFunctionFromProto.
//
// The error is a [*SyntaxError].
func Compile(source []byte, name string) (proto *lua.FunctionProto, err error) {
	defer tooComplex(name, &err)
	chunk, err := syntax.Parse(source, name)
	if err != nil {
		return nil, err
	}
	scopes := prepare(chunk)
	proto, err = lua.Compile(chunk, name)
	if err != nil {
		return nil, compileError(scopes, name, err)
	}
	tighten(proto)
	bindMarks(proto)
	repair(proto)
	scopes.finish(proto)
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

// tooComplex makes an error of a panic in gopher-lua's compiler.
func tooComplex(name string, err *error) {
	if r := recover(); r != nil {
		*err = &SyntaxError{Chunk: name, Line: 1, Message: fmt.Sprintf("chunk is too complex (%v)", r)}
	}
}

// toldLine is a line in a message of the compiler.
var toldLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(` line \d+`) })

// compileError puts the error of gopher-lua's compiler in Lua's words.
func compileError(scopes *scoper, name string, err error) *SyntaxError {
	compiling, ok := errors.AsType[*lua.CompileError](err)
	if !ok {
		return &SyntaxError{Chunk: name, Line: 1, Message: err.Error()}
	}
	message := toldLine().ReplaceAllStringFunc(compiling.Message, func(told string) string {
		number, _ := strconv.Atoi(told[len(" line "):]) // digits alone
		return fmt.Sprintf(" line %d", scopes.line(number))
	})
	if strings.HasPrefix(message, "register overflow") {
		message = "function or expression too complex (too many local variables or values at once)"
	}
	line := scopes.line(compiling.Line)
	if strings.HasPrefix(message, "label ") || strings.HasPrefix(message, "<goto ") {
		line = scopes.lineBefore(compiling.Line)
	}
	return &SyntaxError{Chunk: name, Line: max(1, line), Message: message}
}
