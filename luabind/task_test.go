package luabind

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// runTasks runs a script in a bubble of its own time, and returns what it printed, what was
// told, and its error.
func runTasks(t *testing.T, source string) (output string, told []string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		in := New(Config{Stdout: &out, Warn: func(line string) { told = append(told, line) }})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err = in.Run(ctx, []byte(source), "t.lua")
		if cerr := in.Close(); cerr != nil {
			t.Error(cerr)
		}
		output = out.String()
	})
	return output, told, err
}

// TestTasks is what tasks do, each by a script that prints what is wanted.
func TestTasks(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"results", `print(task(function(a, b) sleep(1) return a + b, nil, "x" end, 1, 2):wait())`, "3\tnil\tx\n"},
		{"turns", `
			local log = {}
			local function say(name, s) for i = 1, 3 do log[#log + 1] = name .. i sleep(s) end end
			local a, b = task(say, "a", 0.01), task(say, "b", 0.011)
			log[#log + 1] = "begun"
			a:wait() b:wait() print(table.concat(log, " "))`, "begun a1 b1 a2 b2 a3 b3\n"},
		{"no locks", `
			local n, list = 0, {}
			for i = 1, 50 do list[i] = i end
			parallel(list, function()
				for i = 1, 100 do local had = n; for j = 1, 20 do pcall(string.rep, "x", j) end; n = had + 1; if i % 10 == 0 then sleep(0) end end
			end)
			print(n)`, "5000\n"},
		{
			"state", `
			local t = task(function() sleep(1) end)
			print(t.state, t.number, t.started, t, #tasks())
			t:wait() print(t.state, #tasks())
			print(task(function() print(tasks()[1].state) end):wait())`,
			"waiting\t1\tt.lua:2\t<task 1 (started at t.lua:2), waiting>\t1\ndone\t0\nrunning\n\n",
		},
		{"an error", `
			local t = task(function() error({ kind = "mine" }) end)
			local ok, e = pcall(t.wait, t) print(ok, e.kind, t.state)`, "false\tmine\tfailed\n"},
		{
			"cancel", `
			local after
			local t = task(function() pcall(sleep, 100) after = true end)
			sleep(0.1) t:cancel() t:cancel()
			local ok, e = pcall(t.wait, t) print(ok, e.kind, e.reason, after, t.state)`,
			"false\tinterrupted\ttask 1 (started at t.lua:3) was cancelled\tnil\tcancelled\n",
		},
		{"cancel before it runs", `local t = task(print, 1) t:cancel() print((pcall(t.wait, t)))`, "false\n"},
		{"cancel reaches what it started", `
			local inner
			local t = task(function() inner = task(function() sleep(100) end) sleep(100) end)
			sleep(1) t:cancel() sleep(0) print((pcall(inner.wait, inner)), inner.state)`, "false\tcancelled\n"},
		{"what started it may end", `
			local inner
			task(function() inner = task(function() sleep(1) return "on" end) end):wait()
			print(inner:wait())`, "on\n"},
		{
			"a timeout", `
			local t = task(function() sleep(2) return "done" end)
			local ok, e = pcall(t.wait, t, 1) print(ok, e.kind, e.reason) print(t:wait(5))`,
			"false\ttimeout\ttimeout: task 1 (started at t.lua:2) has not ended after 1s\ndone\n",
		},
		{"detached", `task(function() sleep(1e6) print "never" end):detach() print "end"`, "end\n"},
		{"detached with its own tasks", `task(function() local function never() sleep(1e6) print "never" end task(never) parallel({1, 2}, never) end):detach() sleep(1) print "end"`, "end\n"},
		{"the script waits", `task(function() sleep(1) print "late" end) print "early"`, "early\nlate\n"},
		{
			"itself", `local t t = task(function() sleep(0) print(pcall(function() t:wait() end)) end) t:wait()`,
			"false\tt.lua:1: wait: a task can not wait for itself\n",
		},
		{
			"each other", `
			local a, b
			a = task(function() b:wait() end) b = task(function() print(pcall(function() a:wait() end)) end) a:wait()`,
			"false\tt.lua:3: wait: task 1 (started at t.lua:3) waits for this one: both would wait for ever\n",
		},
		{
			"each other, by parallel", `
			local t
			t = task(function()
				local r = parallel({ 1, 2 }, function(n) return parallel({ n }, function() t:wait() end)[1].error.reason end)
				return r[2].value
			end)
			print(t:wait())`,
			"wait: task 1 (started at t.lua:3) waits for this one: both would wait for ever\n",
		},
		{
			"fields", `
			local t = task(function() end)
			print(select(2, pcall(function() t.state = 5 end)))`,
			"t.lua:3: task: state can not be assigned\n",
		},
		{
			"coroutines", `
			local co = coroutine.create(function() coroutine.yield(1) sleep(1) coroutine.yield(2) end)
			print(coroutine.resume(co))
			local t = task(function() print(coroutine.resume(co)) end)
			sleep(0.1) print(coroutine.status(co)) print(coroutine.resume(co)) t:wait()
			task(function() print(coroutine.running()) print(pcall(coroutine.yield)) end):wait()
			local each = coroutine.wrap(function() for i = 1, 2 do sleep(0.1) coroutine.yield(i) end end)
			task(function() for i in each do print(i) end end):wait()`,
			"true\t1\nnormal\nfalse\tcannot resume normal coroutine\ntrue\t2\nnil\nfalse\tattempt to yield from outside a coroutine\n1\n2\n",
		},
		{"closures and pcall", `
			local n = 0
			local function f() local m = 0 return function() m = m + 1 n = n + 1 sleep(0.01) return m end end
			local a, b = f(), f()
			local ta = task(function() for i = 1, 3 do assert(pcall(a)) end return a() end)
			local tb = task(function() for i = 1, 5 do assert(pcall(b)) end return b() end)
			print(ta:wait(), tb:wait(), n)`, "4\t6\t10\n"},
		{"within", `
			local ok, e = pcall(within, 1, function() task(function() sleep(10) print "on" end) sleep(0.5) end) print(ok)
			local ok, e = pcall(within, 1, function() task(function() pcall(sleep, 100) print "no" end):wait() end) print(ok)
			local ok, e = pcall(within, 1, function() parallel({ 1, 2 }, function() pcall(sleep, 100) print "no" end) end)
			print(ok, e.kind)`, "true\nfalse\nfalse\ttimeout\non\n"},
		{"parallel", `
			local at, most = 0, 0
			local r = parallel({ "a", "b", "c", "d", "e" }, function(x, i)
				at = at + 1 most = math.max(at, most) sleep(1 / i) at = at - 1
				if x == "c" then error("no c", 0) end
				return x .. i
			end, { limit = 2 })
			for i = 1, 5 do io.write(tostring(r[i].ok), ":", r[i].value or r[i].error, " ") end
			print(most, #parallel({}, print))`, "true:a1 true:b2 false:no c true:d4 true:e5 2\t0\n"},
		{"stop_at", `
			local r = parallel({ 1, 2, 3, 4 }, function(x) error("no", 0) end, { limit = 1, stop_at = 2 })
			print(r[2].error, r[3].error.kind, r[4].error.reason)`, "no\tskipped\tskipped: parallel has stopped after 2 failures\n"},
		{
			"misuse", `
			local function no(...) local ok, e = pcall(...) print(e.reason) end
			no(task, 1) no(task) no(parallel, 1, print) no(parallel, {}, 1) no(parallel, {}, print, 1)
			no(parallel, {}, print, { limit = 0 }) no(parallel, {}, print, { limits = 1 })
			no(function() return task(print).foo end) no(function() task(function() end).wait() end)
			no(expect_any, 5) no(expect_any, {}) no(expect_any, { 1 }) no(expect_any, { { 1, 2 } })`,
			"task: f must be a function, not a number\ntask: f must be a function, not nil\n" +
				"parallel: list must be a list, not a number\nparallel: f must be a function, not a number\n" +
				"parallel: options must be a table, not a number\nparallel: limit must be a whole number from 1 on, not 0\n" +
				"parallel: there is no option \"limits\"\ntask: a task has no field or method \"foo\"\n" +
				"wait: it is called on nil, not on a task\n" +
				"expect_any: list must be a list such as { {s1, pattern}, {s2, pattern} }, not a number\nexpect_any: the list is empty\n" +
				"expect_any: list[1] must be a session and its patterns\nexpect_any: list[1] must begin with a session, not a number\n\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, told, err := runTasks(t, test.source)
			if err != nil || got != test.want || len(told) > 0 {
				t.Errorf("printed %q, not %q\ntold %q, error %v", got, test.want, told, err)
			}
		})
	}
}

// TestTaskErrors is how errors of tasks end a script.
func TestTaskErrors(t *testing.T) {
	_, told, err := runTasks(t, `local function f() error "nobody waits" end
		task(f) task(function() error "nor here" end) sleep(0)`)
	var e *baselib.Error
	if !errors.As(err, &e) || e.Message != "task 1 (started at t.lua:2) failed: t.lua:1: nobody waits" || !strings.HasSuffix(e.Traceback, "in task 1 (started at t.lua:2)") {
		t.Errorf("the error is %v, its traceback %v", err, e)
	}
	if len(told) != 1 || told[0] != "task 2 (started at t.lua:2) failed: t.lua:2: nor here" {
		t.Errorf("told %q", told)
	}

	out, told, err := runTasks(t, `task(function() pcall(sleep, 1e6) print "no" end) error "main"`)
	if err == nil || err.Error() != "t.lua:1: main" || len(told) > 0 || out != "" {
		t.Errorf("an error of the script: %v, told %q, printed %q", err, told, out)
	}

	_, told, err = runTasks(t, `for i = 1, 10000 do task(function() error("no " .. i, 0) end) end`)
	if err == nil || err.Error() != "task 1 (started at t.lua:1) failed: no 1" || len(told) != 11 || told[10] != "and 9989 tasks more have failed" {
		t.Errorf("many: %v, told %q", err, told)
	}

	_, _, err = runTasks(t, `task(function() sleep(1) os.exit(7) end) sleep(1e6)`)
	if exit, ok := errors.AsType[*baselib.Exit](err); !ok || exit.Code != 7 {
		t.Errorf("os.exit: %v", err)
	}
	_, told, err = runTasks(t, `local t = task(function() local x = nil; x() end)
		local ok, e = pcall(t.wait, t) print(e)`)
	if err != nil || len(told) > 0 {
		t.Errorf("an error that was caught: %v, told %q", err, told)
	}
}

// TestTasksInterrupted: ^C ends tasks, one that never waits as well.
func TestTasksInterrupted(t *testing.T) {
	for _, source := range []string{
		`task(function() while true do end end) sleep(1)`,
		`task(function() pcall(sleep, 1e6) end) while true do end`,
		`task(function() pcall(sleep, 1e6) error "no" end)`,
		`parallel({ 1, 2, 3 }, function() pcall(sleep, 1e6) end)`,
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var told []string
		in := New(Config{Warn: func(line string) { told = append(told, line) }})
		timer := time.AfterFunc(20*time.Millisecond, func() { cancel(ErrInterrupted) })
		err := in.Run(ctx, []byte(source), "t.lua")
		timer.Stop()
		if KindOf(err) != KindInterrupted || len(told) > 0 || len(in.tasks.list(nil)) > 0 {
			t.Errorf("%s: %v, told %q", source, err, told)
		}
		_ = in.Close()
	}
}

// TestStatementTasks: at a prompt tasks outlive their statement, and can be cancelled.
func TestStatementTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var told []string
		in := New(Config{Stdout: &out, Warn: func(line string) { told = append(told, line) }})
		c := in.Console(&out)
		do := func(statement string) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if err := c.Run(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		do(`t = task(function() for i = 1, 3 do sleep(1) print(i) end end)`)
		do(`bad = task(function() sleep(0.5) error "late" end)`)
		in.Block(func() {
			time.Sleep(1500 * time.Millisecond)
			in.Unblock(func() {
				if got := len(in.tasks.list(nil)); got != 1 {
					t.Errorf("%d tasks run", got)
				}
			})
		})
		if len(told) != 1 || !strings.HasSuffix(told[0], "failed: stdin:1: late") {
			t.Errorf("told %q", told)
		}
		do(`traceback()`)
		if got := out.String(); !strings.HasSuffix(got, "in task 2 (started at stdin:1)\n") {
			t.Errorf("the last traceback is %q", got)
		}
		out.Reset()
		if n := in.CancelTasks(); n != 1 {
			t.Errorf("%d were cancelled", n)
		}
		in.Block(func() { synctest.Wait() })
		do(`print(t.state, #tasks())`)
		if out.String() != "cancelled\t0\n" {
			t.Errorf("printed %q", out.String())
		}
		_ = in.Close()
	})
}

// TestTasksAndSessions is what tasks do with the demo host.
func TestTasksAndSessions(t *testing.T) {
	for _, test := range []struct{ name, source string }{
		{"current", `
			local s = connect("demo://")
			local t = task(function() assert(current() == s) local o = connect("demo://") assert(current() == o) o:close() assert(current() == nil) end)
			t:wait() assert(current() == s)`},
		{"two waits", `
			local s = connect("demo://")
			local t = task(function() s:expect("never") end)
			sleep(0)
			local ok, e = pcall(s.expect, s, "login: ")
			assert(e.kind == "usage" and e.reason == "expect: task 1 (started at t.lua:3) waits on the session demo://, and two tasks can not wait on one session", e.reason)
			s:writeln("brandon") t:cancel() pcall(t.wait, t)
			s:read_until("assword: ", 5)`},
		{"any", `
			local a, b = connect("demo://"), connect("demo://")
			a:read_until("login: ", 5)
			local s, i, m, text = expect_any({ { a, "never" }, { b, "never", "login: " } }, 5)
			assert(s == b and i == 2 and m[0] == "login: " and text:find("demo host"))
			local s, i = expect_any({ { a, "never" }, { b, "never", TIMEOUT } }, 0.05)
			assert(s == b and i == 2)
			local s, i = expect_any({ { a, "never" }, { b, "never", TIMEOUT } }, 0)
			assert(s == b and i == 2)
			local ok, e = pcall(expect_any, { { a, "never" }, { b, "never" } }, 0.05)
			assert(e.kind == "timeout" and e.reason:find("^none of 2 sessions: timeout\n  demo://: "), e.reason)
			local ok, e = pcall(expect_any, { { a, "never", timeout = 1 } })
			assert(e.reason == "expect_any: list[1] has the option timeout, and there are none", e.reason)
			local ok, e = pcall(expect_any, { { a, "never" }, { a, "never" } }, 0.05)
			assert(e.reason == "expect_any: the session demo:// is listed twice", e.reason)
			b:writeln("x") -- the text of the others is left alone
			a:writeln("brandon")
			expect_any({ { a, "assword: " }, { b, "never" } }, 5)
			b:read_until("assword: ", 5)
			local n = 0
			a:writeln("mypass")
			expect_any({ { b, "never" }, { a, { "Welcome", function() n = n + 1 return AGAIN end }, "\\$ $" } }, 5)
			a:writeln("exit") b:close()
			local ok, e = pcall(function() expect_any({ { a, "never" } }, 5) end) assert(e.kind == "eof", e)
			local ok, e = pcall(function() expect_any({ { a, "never" }, { b, "never" } }, 5) end) assert(e.kind, e)
			local s, i = expect_any({ { a, "never", EOF } }, 5) assert(i == 2)`},
		{"hooks", `
			local asked = {}
			local s = connect("demo://", { on_option = function(s, command, option) asked[#asked + 1] = command end })
			task(function() s:read_until("login: ", 5) end):wait()
			assert(#asked > 0)
			local o = connect("demo://", { on_option = function(s, command) asked.main = true end })
			o:write("") -- nobody waits on it: the script calls the hook while it waits for the task
			local t = task(function() while not asked.main do sleep(0.01) end end)
			t:wait(5)`},
		{"actions and iterators", `
			local r = parallel({ 1, 2, 3 }, function()
				local s = connect("demo://")
				s:expect({ { "login: ", function(m, s) s:writeln("brandon") sleep(0.01) return AGAIN end }, "assword: " }, 5)
				s:writeln("mypass") s:read_until("$ ", 5) s:writeln("exit")
				local n = 0
				for line in s:lines(5) do n = n + 1 sleep(0) end
				return n
			end)
			for _, x in ipairs(r) do assert(x.ok and x.value > 0, x.error) end`},
		{"read twice", `
			local f = io.popen("sleep 0.2; echo hello")
			local t = task(function() return f:read() end)
			sleep(0)
			assert(select(2, pcall(f.read, f)):find("another task reads from"))
			assert(t:wait() == "hello") f:close()
			local t = task(os.execute, "sleep 0.1") local n = 0
			local u = task(function() for i = 1, 3 do sleep(0.01) n = n + 1 end end)
			assert(t:wait() == 0 and n == 3)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := New(Config{Warn: func(line string) { t.Error(line) }})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := in.Run(ctx, []byte(test.source), "t.lua"); err != nil {
				t.Error(err)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestJoin: what one host says the other gets, as it came.
func TestJoin(t *testing.T) {
	var hosts [2]net.Conn
	n := 0
	in := New(Config{Dial: func(context.Context, dial.Address, dial.Options) (dial.Conn, error) {
		ours, theirs := net.Pipe()
		hosts[n] = theirs
		n++
		return ours, nil
	}})
	defer in.Close()
	done := make(chan struct{})
	in.L.SetGlobal("talk", in.L.NewFunction(func(*lua.LState) int {
		go func() {
			defer close(done)
			said := make([]byte, 100)
			for i, text := range []string{"one\r\n\xff\xfe", "two\n\x1b[1m"} {
				if _, err := hosts[i].Write([]byte(text)); err != nil {
					t.Error(err)
				}
				if k, err := io.ReadFull(hosts[1-i], said[:len(text)]); err != nil || string(said[:k]) != text {
					t.Errorf("%q came as %q, %v", text, said[:k], err)
				}
			}
			_ = hosts[1].Close()
		}()
		return 0
	}))
	if err := in.Run(t.Context(), []byte(`
		local a, b = connect("tcp://a:1"), connect("tcp://b:1")
		assert(select(2, pcall(a.join, a, a)).reason == "join: a session can not be joined to itself")
		assert(select(2, pcall(a.join, a, 1)).reason == "join: other must be a session, not a number")
		local t = task(function() return a:join(b) end)
		sleep(0)
		assert(select(2, pcall(b.expect, b, "x")).kind == "usage")
		assert(select(2, pcall(within, 0.01, function() t:wait() end)).kind == "timeout")
		talk()
		assert(t:wait(5) == b)
		local t = task(function() return a:join(b) end)
		assert(t:wait(5) == b)
		a:close()
		assert(select(2, pcall(a.join, a, b)).kind == "closed")`), "t.lua"); err != nil {
		t.Fatal(err)
	}
	<-done
}

// TestAnyRescued: a wait on several sessions that fails is offered to the operator, with
// the session that failed, or the first.
func TestAnyRescued(t *testing.T) {
	var offered []string
	decision := []Decision{Retry, Skip, GiveUp}
	in := New(Config{Rescue: func(_ context.Context, r *Rescue) (Decision, error) {
		offered = append(offered, r.Session().Name()+" "+KindOf(r.Err)+" "+r.Where)
		return decision[len(offered)-1], nil
	}})
	defer in.Close()
	err := in.Run(t.Context(), []byte(`
		local a, b = connect("demo://", { name = "a" }), connect("demo://", { name = "b" })
		local who, index, match, text = expect_any({ { a, "never" }, { b, "never" } }, 0.01)
		assert(who == nil and index == nil and match == nil and text == "")
		b:close()
		expect_any({ { a, "never" }, { b, "never" } }, 5)`), "t.lua")
	if err == nil {
		t.Error("the last did not fail")
	}
	if got := strings.Join(offered, "\n"); got != "a timeout t.lua:3\na timeout t.lua:3\nb closed t.lua:6" {
		t.Error(got, err)
	}
}

// TestAnyAgain: the text is all that came since the call began, of the session that was
// decided.
func TestAnyAgain(t *testing.T) {
	output, _, err := runTasks(t, `
		local a, b = connect("demo://"), connect("demo://")
		local seen
		local who, index, m, text = expect_any({ { b, "never" }, { a, { "demo", function() return AGAIN end }, "login: " } }, 5)
		print(who == a, index, text:find("demo", 1, true) ~= nil, m.before .. m[0] == text)`)
	if err != nil || output != "true\t2\ttrue\ttrue\n" {
		t.Errorf("%q %v", output, err)
	}
}
