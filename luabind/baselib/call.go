package baselib

// Calls from Go into Lua, and the Go errors that come out of them.

import (
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// Call calls a Lua function from Go and returns all its results. L is the
// state, or the thread that a Go function was given when Lua called it; ctx
// ends the call; pass Context(L) to keep the one that L has.
//
// The error is an [*Exit] if the script called os.exit, otherwise an [*Error].
// A Go function that was itself called from Lua hands either on with [Raise].
func Call(ctx context.Context, L *lua.LState, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	m := sharedOf(L)
	if ctx != nil {
		before := L.Context()
		SetContext(L, ctx)
		defer SetContext(L, before)
	}
	outermost := m.depth == 0
	if outermost {
		m.exit, m.risen, m.risenFrom = nil, nil, ""
	}
	if m.exit != nil {
		return nil, m.exit
	}
	if err := context.Cause(Context(L)); err != nil {
		return nil, &Error{Value: lua.LString(err.Error()), Message: err.Error(), Err: err}
	}
	if m.depth >= maxDepth {
		return nil, &Error{Value: lua.LString("stack overflow"), Message: "stack overflow"}
	}
	current := L.G.CurrentThread
	g := m.acquire(L)
	results, err := g.call(L, fn, args)
	m.release(g)
	if err != nil && outermost {
		L.G.CurrentThread = current
	}
	return results, err
}

// call calls fn on the guard's thread, on behalf of L.
func (g *guard) call(L *lua.LState, fn lua.LValue, args []lua.LValue) ([]lua.LValue, error) {
	g.trace = true
	g.th.Push(fn)
	for _, arg := range args {
		g.th.Push(arg)
	}
	if err := g.run(len(args)); err != nil {
		return nil, g.m.failure(L, err.Object, g.traceback)
	}
	results := make([]lua.LValue, g.th.GetTop())
	for i := range results {
		results[i] = g.th.Get(i + 1)
	}
	g.th.SetTop(0)
	return results, nil
}

// failure makes a Go error of an error value that nothing in Lua caught.
func (m *shared) failure(L *lua.LState, value lua.LValue, trace string) error {
	if m.exit != nil {
		return m.exit
	}
	e := &Error{Value: value, Traceback: trace, Err: ErrorOf(value)}
	if cause := context.Cause(Context(L)); cause != nil {
		e.Message, e.Err = cause.Error(), cause
		if position, ok := value.(lua.LString); ok {
			e.Message = string(position)
		}
		return e
	}
	e.Message = m.message(L, value)
	return e
}

// message gives the text of an error value, as the user is to see it.
func (m *shared) message(L *lua.LState, value lua.LValue) string {
	switch v := value.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return Number(v)
	case *lua.LTable:
		if text, ok := v.RawGetString("message").(lua.LString); ok && v.Metatable == lua.LNil {
			return string(text) // a script's own error, in the form of ours
		}
	}
	if L.GetMetaField(value, "__tostring") != lua.LNil && m.depth < maxDepth {
		g := m.acquire(L)
		g.th.Push(L.NewFunction(tostring))
		g.th.Push(value)
		err := g.run(1)
		var text string
		if err == nil {
			text = lua.LVAsString(g.th.Get(1))
			g.th.SetTop(0)
		}
		m.release(g)
		if text != "" {
			return text
		}
	}
	return fmt.Sprintf("(error object is a %s value)", value.Type())
}

// An Error is a Lua error that nothing in Lua caught.
type Error struct {
	// Value is what was raised, as it was.
	Value lua.LValue
	// Message is its text, with the script's name and line where it has them.
	Message string
	// Traceback shows the Lua calls that led to it, over several lines; it may
	// be empty.
	Traceback string
	// Err is the Go error that Value carries, or the cause of the context that
	// ended; nil for an error that is Lua's own.
	Err error
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the Go error behind it, if there is one.
func (e *Error) Unwrap() error { return e.Err }

// Exit is the wish of a script to end, with os.exit: an error that nothing in
// Lua can catch. Code is the process's exit status.
type Exit struct{ Code int }

// Error names the status.
func (e *Exit) Error() string { return fmt.Sprintf("exit status %d", e.Code) }

// InternalError is a panic in a Go function that Lua called: a fault of the
// program, not of the script.
type InternalError struct {
	Value any    // what panicked
	Stack []byte // Go's stack at that place
}

// Error says that the fault is internal.
func (e *InternalError) Error() string {
	return fmt.Sprintf("internal error: %v (a fault in moonwire, not in the script)", e.Value)
}

// Unwrap returns the error that the panic was raised with, if it was one.
func (e *InternalError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Kind is the kind that the script's error value has.
func (e *InternalError) Kind() string { return "internal" }

// exitOf finds an Exit in a chain of errors.
func exitOf(err error) *Exit {
	var exit *Exit
	if errors.As(err, &exit) {
		return exit
	}
	return nil
}
