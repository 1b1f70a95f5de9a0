package luabind

import (
	"context"
	"errors"
	"io"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// ErrInterrupted is the cause with which a context is cancelled when the operator
// interrupts.
var ErrInterrupted = errors.New("interrupted")

// The kinds of errors that scripts see.
const (
	KindTimeout     = "timeout"
	KindEOF         = "eof"
	KindConnect     = "connect"
	KindClosed      = "closed"
	KindProtocol    = "protocol"
	KindInterrupted = "interrupted"
	KindUsage       = "usage"
	KindCommand     = "command" // the host refused a command
	KindSkipped     = "skipped" // parallel has not come to it
	KindRun         = "run"     // the output of a command is not known
	KindStep        = "step"    // a step was cut off
)

// KindOf tells the kind of an error that came out of a script, "" for one that is
// the script's own and has no field kind.
func KindOf(err error) string {
	if kinded, ok := errors.AsType[interface {
		error
		Kind() string
	}](err); ok {
		return kinded.Kind()
	}
	_, isDial := errors.AsType[*dial.Error](err)
	_, isLayer := errors.AsType[*line.Error](err)
	_, isSilent := errors.AsType[*session.SilentError](err)
	_, isLong := errors.AsType[*line.LongLineError](err)
	command, isCommand := errors.AsType[*session.CommandError](err)
	switch {
	case isCommand && command.Err == nil:
		if command.Refused {
			return KindCommand
		}
		return KindRun
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return KindInterrupted
	case isDial:
		return KindConnect
	case errors.Is(err, session.ErrTimeout):
		return KindTimeout
	case isLayer:
		return KindProtocol
	case errors.Is(err, io.EOF):
		return KindEOF
	case errors.Is(err, session.ErrClosed):
		return KindClosed
	case errors.Is(err, session.ErrBusy), errors.Is(err, session.ErrInHook), errors.Is(err, session.ErrNoTelnet), errors.Is(err, session.ErrNoBreak), errors.Is(err, session.ErrNoModem), errors.Is(err, session.ErrNoProgram), isSilent, isLong:
		return KindUsage
	case errors.Is(err, session.ErrBufferFull):
		return KindProtocol
	}
	if _, ok := errors.AsType[*session.WriteError](err); ok {
		return KindEOF // the connection broke
	}
	if e, ok := errors.AsType[*baselib.Error](err); ok {
		if t, ok := e.Value.(*lua.LTable); ok {
			kind, _ := t.RawGetString("kind").(lua.LString)
			return string(kind)
		}
	}
	return ""
}

// HintsOf collects what an error says that may help.
func HintsOf(err error) []string {
	if d, ok := errors.AsType[*dial.Error](err); ok && d.Hint != "" {
		return []string{d.Hint}
	}
	if h, ok := errors.AsType[interface {
		error
		Hints() []string
	}](err); ok {
		return h.Hints()
	}
	return nil
}

// errorFields completes the Lua table that a Go error becomes.
// What a diagnosis has to say is worked out when somebody reads it: a script may
// poll, and catch one failure after the other.
func (in *Interp) errorFields(L *lua.LState, err error, t *lua.LTable) (late func()) {
	lines := []string{err.Error()}
	for _, hint := range HintsOf(err) {
		lines = append(lines, "hint: "+hint)
	}
	if kind := KindOf(err); kind != "" {
		t.RawSetString("kind", lua.LString(kind))
	}
	t.RawSetString("reason", lua.LString(err.Error()))
	if w, ok := errors.AsType[*session.WaitError](err); ok {
		t.RawSetString("session", in.sessionNamed(w.Session))
		list := L.CreateTable(len(w.Patterns), 0)
		for i, p := range w.Patterns {
			list.RawSetInt(i+1, lua.LString(p))
		}
		t.RawSetString("patterns", list)
		t.RawSetString("message", lua.LNil)
		return func() {
			lines = append(lines, explain(w)...)
			t.RawSetString("pending", lua.LString(w.Shown()))
			if t.RawGetString("message") == lua.LNil { // else the script has put it in other words
				t.RawSetString("message", lua.LString(strings.Join(lines, "\n")))
			}
		}
	}
	if w, ok := errors.AsType[*session.WriteError](err); ok {
		t.RawSetString("session", in.sessionNamed(w.Session))
	}
	if e, ok := errors.AsType[*session.CommandError](err); ok {
		t.RawSetString("session", in.sessionNamed(e.Session))
		t.RawSetString("command", lua.LString(e.Hidden(e.Command)))
		t.RawSetString("output", lua.LString(e.Hidden(e.Output)))
		if e.Refused {
			t.RawSetString("line", lua.LString(e.Hidden(e.Line)))
		}
	}
	t.RawSetString("message", lua.LString(strings.Join(lines, "\n")))
	return nil
}

// explain is what is told of a failed wait beyond its first line: what came, how
// near each pattern got, and hints.
func explain(w *session.WaitError) []string {
	switch KindOf(w) {
	case KindTimeout, KindEOF, KindInterrupted:
		return w.Report().Lines()[1:]
	}
	return nil // the script is at fault, not the conversation
}

func (in *Interp) sessionNamed(name string) lua.LValue {
	for _, h := range in.all() {
		if h.session.Name() == name {
			return h.value
		}
	}
	return lua.LString(name)
}
