package syntax

// The grammar of Lua 5.1 with goto, read as Lua's own parser reads it, for its
// errors and its limits: gopher-lua's parser says of a mistake only where it is, and
// its compiler goes as deep as a program is nested.

import (
	"fmt"
	"strings"
)

const (
	maxNesting = 200    // how deeply blocks and expressions may nest, as in Lua
	maxTree    = 50_000 // and the tree that gopher-lua makes of them, where 1+1+1+... is nested too
)

// A grammar checks a chunk. Its methods are called like Lua's productions, and
// return how deep the tree of what they read is. A mistake is a panic with a
// *Error.
type grammar struct {
	scanner
	tok, ahead token
	looked     bool // ahead is read
	last       int  // the line of the token before tok
	levels     int
	loops      int  // that the statement is in, within its function
	vararg     bool // the function has ...
}

// check reads the whole chunk.
func (g *grammar) check() (err *Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	g.vararg = true
	g.advance()
	g.chunk()
	if g.tok.kind != endToken {
		g.expected("<eof>")
	}
	return nil
}

func (g *grammar) advance() {
	g.last = g.tok.line
	if g.looked {
		g.tok, g.looked = g.ahead, false
		return
	}
	g.tok = g.read()
}

func (g *grammar) read() token {
	t, err := g.next()
	if err != nil {
		panic(err)
	}
	if t.kind == endToken && t.line > 1 && strings.HasSuffix(g.src, "\n") {
		t.line-- // the last line that has text
	}
	return t
}

// fault is a mistake at the token that was read last.
func (g *grammar) fault(message string) { g.faultNoted(message, g.tok.note()) }

// faultNoted is fault with a note in brackets, "" for none.
func (g *grammar) faultNoted(message, note string) {
	panic(&Error{
		Chunk: g.name, Line: g.tok.line, Column: g.tok.column, Message: message + " near '" + g.tok.shown() + "'" + note,
		Incomplete: g.tok.kind == endToken,
	})
}

// shown is a token as a message shows it.
func (t token) shown() string {
	if c := t.text[0]; len(t.text) == 1 && (c < ' ' || c == 0x7f) {
		return fmt.Sprintf("char(%d)", c)
	}
	if t.text == "\u00a0" {
		return "U+00A0"
	}
	return t.text
}

// note says what is wrong with characters that a word processor puts into a script.
func (t token) note() string {
	switch t.text {
	case "\u201c", "\u201d", "\u201e", "\u2018", "\u2019":
		return ` (Lua's quotation marks are " and ')`
	case "\u2013", "\u2014":
		return " (Lua's minus is -)"
	case "\u00a0":
		return " (it looks like a blank)"
	}
	return ""
}

func (g *grammar) expected(what string) { g.fault("'" + what + "' expected") }

// accept passes over a keyword or a sign if it is here.
func (g *grammar) accept(text string) bool {
	if !g.tok.is(text) {
		return false
	}
	g.advance()
	return true
}

func (g *grammar) want(text string) {
	if !g.accept(text) {
		g.expected(text)
	}
}

func (g *grammar) wantName() {
	if g.tok.kind != nameToken {
		g.expected("<name>")
	}
	g.advance()
}

// wantCloser passes over what ends what was opened by a token at a line.
func (g *grammar) wantCloser(closer, opener string, line int) {
	if g.accept(closer) {
		return
	}
	if line == g.tok.line {
		g.expected(closer)
	}
	g.fault(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", closer, opener, line))
}

func (g *grammar) enter() {
	if g.levels++; g.levels > maxNesting {
		panic(&Error{Chunk: g.name, Line: g.tok.line, Column: g.tok.column, Message: "chunk has too many syntax levels"})
	}
}

func (g *grammar) leave() { g.levels-- }

// over returns the depth of a node over parts so deep.
func (g *grammar) over(depths ...int) int {
	depth := 1
	for _, d := range depths {
		depth = max(depth, d+1)
	}
	if depth > maxTree {
		panic(&Error{Chunk: g.name, Line: g.tok.line, Column: g.tok.column, Message: "chunk has too many syntax levels"})
	}
	return depth
}
