package check

import (
	"errors"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/luabind"
)

// text gives the text that an expression has whenever it is run.
func (s *script) text(e ast.Expr) (string, bool) {
	for range 10 { // names that stand for names
		switch x := e.(type) {
		case *ast.StringExpr:
			return x.Value, true
		case *ast.StringConcatOpExpr:
			a, ok := s.text(x.Lhs)
			b, okToo := s.text(x.Rhs)
			return a + b, ok && okToo
		case *ast.IdentExpr:
			v := s.names.uses[x]
			if v == nil || !v.local {
				return "", false
			}
			e = v.only()
		default:
			return "", false
		}
	}
	return "", false
}

// events are the patterns that are no text.
func eventOf(name string) (patterns.Kind, bool) {
	switch name {
	case "EOF":
		return patterns.EOF, true
	case "TIMEOUT":
		return patterns.Timeout, true
	case "PROMPT":
		return patterns.Prompt, true
	case "ECHO_OFF":
		return patterns.EchoOff, true
	case "ECHO_ON":
		return patterns.EchoOn, true
	case "EXIT":
		return patterns.Exit, true
	}
	return 0, false
}

// An item is one pattern of a list as far as it can be told.
type item struct {
	pattern patterns.Pattern
	known   bool
	action  bool // something is done on it, beside returning
	line    int
}

// item reads an entry of a list.
func (s *script) item(e ast.Expr) item {
	it := item{line: e.Line()}
	if pair, ok := e.(*ast.TableExpr); ok {
		if len(pair.Fields) != 2 || pair.Fields[0].Key != nil || pair.Fields[1].Key != nil {
			return it
		}
		it = s.item(pair.Fields[0].Value)
		it.action = true
		s.sessionParam(pair.Fields[1].Value, 1)
		return it
	}
	if text, ok := s.text(e); ok {
		it.pattern, it.known = patterns.Pattern{Kind: patterns.Regex, Source: text}, true
		return it
	}
	if kind, ok := eventOf(s.global(e)); ok {
		it.pattern, it.known = patterns.Pattern{Kind: kind}, true
		return it
	}
	if name, ok := e.(*ast.IdentExpr); ok { // local prompt = regex("...")
		if v := s.names.uses[name]; v != nil && v.local {
			if call, ok := v.only().(*ast.FuncCallExpr); ok {
				e = call
			}
		}
	}
	call, ok := e.(*ast.FuncCallExpr)
	if !ok || call.Receiver != nil || len(call.Args) == 0 {
		return it
	}
	p := patterns.Pattern{}
	switch s.global(call.Func) {
	case "exact":
		p.Kind = patterns.Exact
	case "glob":
		p.Kind = patterns.Glob
	case "regex":
		p.Kind = patterns.Regex
		if len(call.Args) > 1 {
			if p.Flags, ok = s.text(call.Args[1]); !ok {
				return it
			}
		}
	default:
		return it
	}
	if p.Source, ok = s.text(call.Args[0]); ok {
		it.pattern, it.known = p, true
	}
	return it
}

// expect checks a call of expect: its options and its patterns.
func (s *script) expect(call *ast.FuncCallExpr) {
	if len(call.Args) == 0 {
		return
	}
	t, ok := call.Args[0].(*ast.TableExpr)
	if !ok {
		s.patterns(call.Args[:1], false)
		return
	}
	s.options("expect", t, luabind.ExpectKeys())
	var entries []ast.Expr
	listed := false
	for _, f := range t.Fields {
		if f.Key == nil {
			entries = append(entries, f.Value)
		} else if key, _ := s.key(f); key == "order" {
			listed = true
		}
	}
	s.patterns(entries, listed)
}

// expectAny checks the list of expect_any: of each session, the patterns.
func (s *script) expectAny(e ast.Expr) {
	t, ok := e.(*ast.TableExpr)
	if !ok {
		return
	}
	if len(t.Fields) == 0 {
		s.report(t.Line(), "argument", `expect_any: the list is empty; as in { {s1, "word"}, {s2, "word", EOF} }`)
	}
	for _, f := range t.Fields {
		one, ok := f.Value.(*ast.TableExpr)
		if !ok || f.Key != nil {
			continue
		}
		var entries []ast.Expr
		for i, f := range one.Fields {
			switch key, _ := s.key(f); {
			case f.Key != nil:
				s.report(f.Value.Line(), "option", "expect_any has no option %q in the list of a session; its timeout is the second argument", key)
			case i > 0:
				entries = append(entries, f.Value)
			}
		}
		s.patterns(entries, false)
	}
}

// callbacks checks the lists of interact.
func (s *script) callbacks(e ast.Expr) {
	t, ok := e.(*ast.TableExpr)
	if !ok {
		return
	}
	for _, f := range t.Fields {
		if key, _ := s.key(f); key != "on_input" && key != "on_output" {
			continue
		}
		list, ok := f.Value.(*ast.TableExpr)
		if !ok {
			continue
		}
		for _, one := range list.Fields {
			s.patterns([]ast.Expr{one.Value}, true)
		}
	}
}

// patterns checks a list.
func (s *script) patterns(entries []ast.Expr, listed bool) {
	var items []item
	complete := true
	for _, e := range entries {
		it := s.item(e)
		if call, ok := e.(*ast.FuncCallExpr); ok && it.known && s.global(call.Func) != "" {
			if !s.compiles(it) {
				return // told where it is made
			}
		}
		items = append(items, it)
		complete = complete && it.known
	}
	if !complete || listed {
		for _, it := range items {
			if it.known {
				s.review([]item{it})
			}
		}
		return
	}
	s.review(items)
}

func (s *script) compiles(it item) bool {
	_, err := patterns.Compile([]patterns.Pattern{it.pattern})
	return err == nil
}

// review compiles a list that is known whole and tells what is odd about it.
func (s *script) review(items []item) {
	if len(items) == 0 {
		return
	}
	list := make([]patterns.Pattern, len(items))
	for i, it := range items {
		list[i] = it.pattern
	}
	compiled, err := patterns.Compile(list)
	if err != nil {
		at := items[0]
		e, ok := errors.AsType[*match.Error](err)
		if !ok {
			s.report(at.line, "pattern", "%v", err)
			return
		}
		if e.Index >= 0 {
			at = items[e.Index]
		}
		s.wrong(at.line, e)
		return
	}
	for _, r := range compiled.Remarks() {
		shown := list[r.Index].String()
		switch r.Kind {
		case match.MatchesEmpty:
			s.report(items[r.Index].line, "pattern", "the pattern %s matches the empty text, so it can match before anything has come", shown)
		case match.Hidden:
			by := "earlier patterns match"
			if r.By >= 0 {
				by = "pattern " + list[r.By].String() + " is listed before it and matches"
			}
			s.report(items[r.Index].line, "pattern", "the pattern %s never matches: %s whenever it would", shown, by)
		case match.Never:
			s.report(items[r.Index].line, "pattern", "the pattern %s matches no text; a literal $ or ^ is written \\$ or \\^", shown)
		case match.Holds:
			s.report(items[r.Index].line, "pattern", "the pattern %s takes in everything from the first byte on, so no other is taken before the peer pauses; leave out what it begins with", shown)
		case match.Lingers, match.LingersInLine: // as a prompt's may
		}
	}
}

// wrong reports a pattern that does not compile.
func (s *script) wrong(line int, e *match.Error) {
	hint := ""
	if e.Hint != "" {
		hint = "; " + e.Hint
	}
	s.report(line, "pattern", "the pattern %s is wrong: %s%s", e.Pattern, e.Message, hint)
}

// pattern checks a call of regex, exact or glob by itself.
func (s *script) pattern(call *ast.FuncCallExpr) {
	it := s.item(call)
	if !it.known {
		return
	}
	if _, err := patterns.Compile([]patterns.Pattern{it.pattern}); err != nil {
		if e, ok := errors.AsType[*match.Error](err); ok {
			s.wrong(call.Line(), e)
		}
	}
}

// What shows that a text is meant as a regular expression. A prompt may well have
// brackets, bars and dollars: "[y/n]? ", "(yes|no)", "[root@host ~]$ ".
var (
	regexSigns = once(`\\[dwsbDWS$.+*?()\[\]|^]|\.[*+]|\[\^|\[[a-z0-9]-[a-z0-9]|\[[#$>%]{2,}\]|^\^|\(\?[a-zA-Z:]`)
	driveSign  = once(`[A-Za-z]:\\`)
)

// readUntil checks the text of read_until.
func (s *script) readUntil(call *ast.FuncCallExpr) {
	if len(call.Args) == 0 {
		return
	}
	text, ok := s.text(call.Args[0])
	if !ok || driveSign().MatchString(text) || !regexSigns().MatchString(text) || !s.compiles(item{pattern: patterns.Pattern{Source: text}}) {
		return
	}
	s.report(call.Args[0].Line(), "literal", "read_until waits for the very text %s, which looks like a regular expression; use expect(%s)", diagnose.Quote(text), diagnose.LuaString(text))
}

// ignored checks a statement that throws away what expect returned.
func (s *script) ignored(call *ast.FuncCallExpr) {
	name, self, sure := s.callee(call)
	if name != "expect" || len(call.Args) == 0 || !sure && (s.peers || s.foreign) || self != nil && s.names.defined[name] {
		return
	}
	t, ok := call.Args[0].(*ast.TableExpr)
	if !ok {
		return
	}
	count := 0
	var unseen []string
	for _, f := range t.Fields {
		if f.Key != nil {
			continue
		}
		count++
		it := s.item(f.Value)
		if it.known && !it.action && (it.pattern.Kind == patterns.EOF || it.pattern.Kind == patterns.Timeout) {
			unseen = append(unseen, it.pattern.String())
		}
	}
	if count > 1 && len(unseen) > 0 {
		slices.Sort(unseen)
		s.report(call.Line(), "ignored", "the result is ignored, so nobody notices %s; without it in the list the wait would raise an error", strings.Join(unseen, " or "))
	}
}
