package luabind

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/trace"
	"github.com/moonwire/moonwire/luabind/args"
)

// handle is a session as Lua sees it.
type handle struct {
	session *session.Session
	value   *lua.LUserData
	number  int              // of the session among all that were opened, from 1
	guard   *trace.EchoGuard // watches for the echo of secrets; nil until one is written
	hide    *mask.Veil       // hides secrets in what on_receive's function gets to show
	// unwarned says that nobody wants to know of secrets that the peer shows.
	unwarned bool
	// standing stands before the list of every wait for a pattern.
	standing []branch
	user     *task // that waits on the session; nil while there are no tasks
	opener   *task // whose session it was first
	place    place // among the interpreter's handles
}

// LuaKind implements [args.Named].
func (h *handle) LuaKind() string { return "a session" }

// maySend raises where a secret must not go to an address.
func (c *call) maySend(secret, address string) {
	if err := c.in.maySend(secret, address); err != nil {
		c.Raise(err)
	}
}

func (in *Interp) maySend(secret, address string) error {
	if in.config.MaySend == nil {
		return nil
	}
	return in.config.MaySend(secret, address)
}

// guards makes sure that a secret which is about to be written is noticed should
// the peer show it.
func (c *call) guards(h *handle, s *secretValue) {
	c.maySend(s.name, h.session.Address())
	warn := c.in.config.Warn
	if warn == nil || h.unwarned {
		return
	}
	if h.guard == nil {
		h.guard = trace.NewEchoGuard(warn)
		h.session.AddTap(h.guard)
	}
	h.guard.Wrote(mask.Secret{Name: s.name, Value: s.value})
}

// method is a function on a session.
type method func(c *call, h *handle) int

// sessionMethods are the methods of a session. Those marked global are also
// functions that act on the current session.
var sessionMethods = [...]struct {
	name   string
	global bool
	run    method
}{
	{"read_until", true, waits(readUntil)},
	{"read_all", true, waits(readAll)},
	{"read_some", true, waits(readSome)},
	{"read_available", false, waits(readAvailable)},
	{"read_line", true, waits(readLine)},
	{"lines", false, lines},
	{"join", false, waits(join)},
	{"peek", false, waits(peek)},
	{"drain", false, waits(drain)},
	{"expect", true, waits(expect)},
	{"always", false, always},
	{"write", true, write},
	{"writeln", true, writeln},
	{"interact", true, waits(interact)},
	{"close", true, closeSession},
	{"on_option", false, onOption},
	{"fence", false, waits(fence)},
	{"command", false, command},
	{"negotiate", false, negotiate},
	{"subnegotiate", false, subnegotiate},
	{"modem", false, modem},
	{"resize", false, resize},
	{"on_receive", false, onReceive},
	{"send_raw", false, sendRaw},
	{"read_raw", false, waits(readRaw)},
	{"take", false, take},
	{"available", false, available},
	{"fileno", false, fileno},
	{"options", false, options},
	{"record", false, recordSession},
	{"why", false, why},
	{"run", false, waits(run)},
	{"learn_prompt", false, waits(learnPrompt)},
	{"wait", false, waits(waitExit)},
	{"signal", false, signal},
}

// readUntil is s:read_until(text [, timeout]).
func readUntil(c *call, h *handle) int {
	if ud, ok := c.Arg(1).(*lua.LUserData); ok {
		if p, ok := ud.Value.(patterns.Pattern); ok {
			c.FailHint("text must be a string, not the pattern "+p.String(), "s:expect takes patterns")
		}
	}
	text := c.literal(1, "text")
	if text == "" {
		c.Fail("text is empty: there is nothing to wait for")
	}
	o := c.wait(h, 2)
	if len(h.standing) > 0 {
		return c.readStanding(h, patterns.Pattern{Kind: patterns.Exact, Source: text}, o)
	}
	return c.pushText(rescued(c, h, "", func() (string, error) { return h.session.ReadUntil(c.in.ctx, text, o) }))
}

// readStanding waits for one pattern behind those that stand before every one.
func (c *call) readStanding(h *handle, p patterns.Pattern, o session.WaitOptions) int {
	e := expectCall{branches: []branch{{pattern: p}}, timeout: o.Timeout, orderly: p.Kind == patterns.EOF}
	c.compileExpect(h, &e)
	result, _, _ := c.await(h, &e, c.Name)
	return c.pushText(result.Text, nil)
}

func readAll(c *call, h *handle) int {
	o := c.wait(h, 1)
	if len(h.standing) > 0 {
		return c.readStanding(h, patterns.Pattern{Kind: patterns.EOF}, o)
	}
	var truncated int64
	text, err := rescued(c, h, "", func() (text string, err error) {
		text, truncated, err = h.session.ReadAll(c.in.ctx, o)
		return text, err
	})
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(lua.LString(text))
	if truncated > 0 {
		c.L.Push(lua.LNumber(truncated))
		return 2
	}
	return 1
}

func readSome(c *call, h *handle) int {
	o := c.wait(h, 1)
	return c.pushText(rescued(c, h, "", func() (string, error) { return h.session.ReadSome(c.in.ctx, o) }))
}

func readAvailable(c *call, h *handle) int {
	return c.pushText(h.session.ReadAvailable(c.in.ctx, session.WaitOptions{Where: c.whereOn(h.session)}))
}

func readLine(c *call, h *handle) int {
	o := c.wait(h, 1)
	return c.pushText(rescued(c, h, "", func() (string, error) { return h.session.ReadLine(c.in.ctx, o) }))
}

// lines is s:lines([timeout]), an iterator for a for loop.
func lines(c *call, h *handle) int {
	o := c.wait(h, 1)
	in := c.in
	c.L.Push(c.L.NewFunction(in.wrap("lines", 1, func(c *call) int {
		defer c.claim(h)()
		return c.pushText(h.session.ReadLine(in.ctx, o))
	})))
	return 1
}

func peek(c *call, h *handle) int { return c.pushText(h.session.Peek(c.in.ctx)) }

// drain is s:drain([quiet [, timeout]]).
func drain(c *call, h *handle) int {
	n, err := h.session.Drain(c.in.ctx, c.Limit(c.Arg(1), "quiet"), c.wait(h, 2))
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(lua.LNumber(n))
	return 1
}

func fence(c *call, h *handle) int {
	if err := h.session.Fence(c.in.ctx, c.wait(h, 1)); err != nil {
		c.Raise(err)
	}
	return 0
}

func closeSession(c *call, h *handle) int {
	c.in.forget(h)
	if err := h.session.Close(); err != nil {
		c.Raise(err)
	}
	return 0
}

// pushText returns text to Lua, nil at the conversation's end.
func (c *call) pushText(text string, err error) int {
	switch {
	case err == nil:
		c.L.Push(lua.LString(text))
	case errors.Is(err, io.EOF) && err == io.EOF: // a bare EOF is a result, a wrapped one a failure
		c.L.Push(lua.LNil)
	default:
		c.Raise(err)
	}
	return 1
}

// wait reads a timeout argument.
func (c *call) wait(h *handle, i int) session.WaitOptions {
	return session.WaitOptions{Timeout: c.Limit(c.Arg(i), "timeout"), Where: c.whereOn(h.session)}
}

// write is s:write(...): strings, numbers and secrets.
func write(c *call, h *handle) int { return c.send(h, "") }

// writeln is s:writeln(...): the same and a newline.
func writeln(c *call, h *handle) int { return c.send(h, "\n") }

func (c *call) send(h *handle, end string) int {
	if c.Count() == 0 && end == "" {
		c.Fail("there is nothing to write")
	}
	text, shown := c.written(h)
	err := h.session.Write(c.in.ctx, text+end, session.WriteOptions{Shown: shown + end, Where: c.whereOn(h.session)})
	if err != nil {
		c.Raise(err)
	}
	return 0
}

// written is all arguments in one: the text, and the text as it may be shown.
func (c *call) written(h *handle) (text, shown string) {
	for i := 1; i <= c.Count(); i++ {
		if ud, ok := c.Arg(i).(*lua.LUserData); ok {
			if s, ok := ud.Value.(*secretValue); ok {
				c.guards(h, s)
				text, shown = text+s.value, shown+s.String()
				continue
			}
		}
		arg := c.Text(i, "argument "+strconv.Itoa(i))
		text, shown = text+arg, shown+arg
	}
	return text, shown
}

// sessionIndex is __index of a session.
func sessionIndex(c *call) int {
	h, ok := selfOf[*handle](c)
	if !ok {
		return 0
	}
	key, ok := c.L.Get(2).(lua.LString)
	if !ok {
		c.Fail("a session has no field " + args.Quote(c.L.Get(2)))
	}
	switch key {
	case "name":
		c.L.Push(lua.LString(h.session.Name()))
	case "address":
		c.L.Push(lua.LString(h.session.Address()))
	case "closed":
		c.L.Push(lua.LBool(h.session.Closed()))
	case "pid":
		c.L.Push(c.pid(h))
	case "echo":
		c.L.Push(lua.LBool(h.session.Echo()))
	case "timeout":
		c.L.Push(args.SecondsOf(h.session.Timeout()))
	case "settle":
		c.L.Push(args.SecondsOf(h.session.Settle()))
	case "tls":
		c.L.Push(c.tlsTable(h.session.TLS()))
	case "remove":
		c.L.Push(lua.LString(h.session.Remove()))
	case "prompt":
		if p := h.session.Prompt(); p != "" {
			c.L.Push(lua.LString(p))
		} else {
			c.L.Push(lua.LNil)
		}
	case "unasked":
		c.L.Push(lua.LString(h.session.Unasked()))
	case "pager", "answers", "errors", "notices":
		c.Fail(string(key) + " can be assigned, not read")
	default:
		v := c.in.method(string(key))
		if v == lua.LNil {
			hint := args.Suggest(string(key), SessionNames())
			if ours := elsewhere(string(key)); ours != "" {
				hint = "did you mean " + ours + "?"
			} else if key == "before" || key == "after" || key == "match" {
				hint = "waits return it: local n, match, text = s:expect{...}, and match.before"
			}
			c.FailHint("a session has no field or method "+strconv.Quote(string(key)), hint)
		}
		c.L.Push(v)
	}
	return 1
}

// elsewhere is the method that does what a name of Expect, pexpect, netmiko or telnetlib
// says, "" if there is none.
func elsewhere(name string) string {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "send", "put", "puts", "print", "sendraw", "writechannel":
		return "write"
	case "sendline", "sendln", "println":
		return "writeln"
	case "cmd", "sendcommand", "exec", "execute", "runcommand", "sendconfigset":
		return "run"
	case "recv", "receive", "read", "readchannel", "readnonblocking":
		return "read_some"
	case "waitfor", "readuntilpattern", "expectexact", "expectlist", "readuntilprompt", "readuntilregexp":
		return "expect"
	case "sendintr", "sendcontrol":
		return "write"
	case "exitstatus", "signalstatus":
		return "wait"
	case "disconnect", "hangup", "quit", "exit", "kill", "terminate":
		return "close"
	case "interactive", "console":
		return "interact"
	}
	return ""
}

var sessionFields = [...]string{"name", "address", "pid", "closed", "echo", "timeout", "settle", "remove", "tls", "prompt", "unasked", "pager", "answers", "errors", "notices"}

// SessionNames lists the fields and methods of a session.
func SessionNames() []string {
	names := slices.Clone(sessionFields[:])
	for _, m := range sessionMethods {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return names
}

// sessionNewIndex is __newindex of a session.
func sessionNewIndex(c *call) int {
	h, ok := selfOf[*handle](c)
	if !ok {
		return 0
	}
	key := c.L.Get(2).String()
	if c.setCommands(h, key, c.L.Get(3)) {
		return 0
	}
	switch key {
	case "remove":
		h.session.SetRemove(c.StringOption("remove", c.L.Get(3)))
	case "timeout", "settle":
		d := c.Seconds(c.L.Get(3), key)
		if key == "timeout" {
			h.session.SetTimeout(d)
		} else {
			h.session.SetSettle(d)
		}
	case "name", "address", "closed", "echo", "unasked":
		c.Fail(key + " can not be assigned")
	default:
		c.FailHint("a session has no field "+strconv.Quote(key), args.Suggest(key, []string{"timeout", "settle", "remove", "prompt", "pager", "answers", "errors", "notices"}))
	}
	return 0
}

// sessionString is __tostring of a session.
func sessionString(c *call) int {
	h, ok := selfOf[*handle](c)
	if !ok {
		return 0
	}
	state := "open"
	if h.session.Closed() {
		state = "closed"
	}
	c.L.Push(lua.LString("<session " + h.session.Name() + ", " + state + ">"))
	return 1
}

// forget drops a closed session; if it was the current one, the one opened last
// before it takes its place.
func (in *Interp) forget(h *handle) {
	if !in.handles.remove(h) {
		return
	}
	in.freeName(h.session)
	if in.current == h {
		in.current = in.handles.newest[h.opener] // never one that another task has opened
	}
}
