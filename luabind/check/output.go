package check

import (
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/engine/diagnose"
)

// The rules on what session:run does better.

// pagerMark is what pagers show, as patterns write it.
var pagerMark = once(`(?i)-- ?more ?--|\\?\(END\\?\)|<-+ ?more ?-+>`)

// pagerByHand reports a loop that waits for a pager's mark.
func (s *script) pagerByHand(call *ast.FuncCallExpr) {
	if s.loops == 0 {
		return
	}
	for _, text := range s.texts(call.Args) {
		if mark := pagerMark().FindString(text); mark != "" {
			s.report(call.Line(), "pager", "the loop answers the pager %s by hand; session:run(line) does that, and returns every page", diagnose.Quote(mark))
			return
		}
	}
}

// texts are the strings among arguments, those in tables included.
func (s *script) texts(args []ast.Expr) []string {
	var list []string
	for _, arg := range args {
		if t, ok := arg.(*ast.TableExpr); ok {
			for _, f := range t.Fields {
				list = append(list, s.texts([]ast.Expr{f.Value})...)
			}
			continue
		}
		if call, ok := arg.(*ast.FuncCallExpr); ok {
			list = append(list, s.texts(call.Args)...)
			continue
		}
		if text, ok := s.text(arg); ok {
			list = append(list, text)
		}
	}
	return list
}

// barePrompt reports a read_until of nothing but a prompt's sign, from the second on: the
// first ends a login.
func (s *script) barePrompt(call *ast.FuncCallExpr) {
	if len(call.Args) == 0 {
		return
	}
	text, ok := s.text(call.Args[0])
	if !ok || strings.Trim(text, " ") == "" || strings.Trim(text, "#$>% ") != "" || len(text) > 3 {
		return
	}
	if s.bare == nil {
		s.bare = map[string]bool{}
	}
	if again := s.bare[text]; !again && s.loops == 0 {
		s.bare[text] = true
		return
	}
	s.report(call.Args[0].Line(), "step", "the text %s may stand in output as well, and every later read is then a prompt behind; session:run(line) checks that, or write more of the prompt", diagnose.Quote(text))
}
