package baselib

// The call stack as the script sees it, through the threads of protected calls.

import (
	"fmt"
	"iter"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A frame is one function of the call stack.
type frame struct {
	th   *lua.LState
	info *lua.Debug
	fn   lua.LValue
}

// frames yields the call stack of L, innermost first, going on with the frames
// of the thread for which a protected call is made. The functions that only
// set such a call up are left out, and those that stand for an instruction.
func (m *shared) frames(L *lua.LState) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		for th := L; th != nil; {
			g := m.guards[th]
			for level := 0; ; level++ {
				dbg, ok := th.GetStack(level)
				if !ok {
					break
				}
				fn, err := th.GetInfo("fnSl", dbg, lua.LNil)
				if err != nil {
					break
				}
				level += tailCalls(dbg)
				if g != nil && fn == lua.LValue(g.entry) || isMarked(fn) || isBody(fn) {
					continue
				}
				if !yield(frame{th, dbg, fn}) {
					return
				}
			}
			if g == nil {
				return
			}
			th = g.host
		}
	}
}

// framesOf yields the call stack of a thread that L asks about. That of a coroutine which has
// yielded begins with yield: gopher-lua has forgotten it.
func (m *shared) framesOf(L, th *lua.LState) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		if th != L && innermost(th) != nil && m.statusOf(L, th) == "suspended" {
			if !yield(frame{th, &lua.Debug{Name: "yield"}, m.yielding}) {
				return
			}
		}
		m.frames(th)(yield)
	}
}

// frameAt is the frame at a level.
func frameAt(frames iter.Seq[frame], level int) (f frame, ok bool) {
	for f := range frames {
		if level == 0 {
			return f, true
		}
		level--
	}
	return frame{}, false
}

// isBody reports whether a function is a body of a coroutine, which calls what the script
// made one of.
func isBody(fn lua.LValue) bool {
	f, ok := fn.(*lua.LFunction)
	return ok && !f.IsG && f.Proto.SourceName == bodyName
}

// tailCalls returns how many functions a frame replaced by calling in tail
// position; LState.GetStack counts each as a level that it has no frame for.
func tailCalls(dbg *lua.Debug) int {
	if r := recordOf(dbg); r != nil {
		return r.tailCalls
	}
	return 0
}

// The lines of a traceback that are shown when it is long.
const (
	traceHead = 12
	traceTail = 10
)

// Traceback returns the call stack of L as text, "stack traceback:" and a line
// for each function, beginning at a level: 0 is the function that runs now.
// Long ones are cut in their middle.
func Traceback(L *lua.LState, level int) string {
	return traceback(sharedOf(L).frames(L), level)
}

func traceback(frames iter.Seq[frame], level int) string {
	var head []frame
	var tail [traceTail]frame
	n := 0
	for f := range frames {
		if level > 0 {
			level--
			continue
		}
		if n < traceHead {
			head = append(head, f)
		} else {
			tail[(n-traceHead)%traceTail] = f
		}
		n++
	}
	var b strings.Builder
	b.WriteString("stack traceback:")
	for _, f := range head {
		b.WriteString("\n\t")
		b.WriteString(f.describe())
	}
	rest := n - traceHead
	if rest > traceTail {
		fmt.Fprintf(&b, "\n\t... (%d more)", rest-traceTail)
	}
	for i := max(0, rest-traceTail); i < rest; i++ {
		b.WriteString("\n\t")
		b.WriteString(tail[i%traceTail].describe())
	}
	return b.String()
}

func (f frame) describe() string {
	place := "[Go]:"
	if f.info.CurrentLine > 0 {
		place = fmt.Sprintf("%s:%d:", f.info.Source, f.info.CurrentLine)
	}
	name := f.info.Name
	switch {
	case f.info.CurrentLine > 0 && f.info.LineDefined == 0:
		return place + " in main chunk"
	case name == "" || strings.HasPrefix(name, "(") || name == "corountine" || name == "main chunk" || name == "?":
		if f.info.LineDefined > 0 {
			return fmt.Sprintf("%s in function <%s:%d>", place, f.info.Source, f.info.LineDefined)
		}
		return place + " in ?"
	case strings.HasPrefix(name, "<"):
		return place + " in function " + name
	}
	return place + " in function '" + name + "'"
}
