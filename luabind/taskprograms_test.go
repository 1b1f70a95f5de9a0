package luabind

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// A taskProgram writes a random program of tasks: trees of them, which sleep, wait for each
// other and for hosts, cancel, fail, catch, yield and have deadlines.
type taskProgram struct {
	random *rand.Rand
	text   strings.Builder
	left   int // statements
}

// prelude is what the programs begin with. say checks that a task which was waited for, or
// cancelled and waited for, says nothing more.
const taskPrelude = `
local started, over, out = {}, {}, {}
local function say(id, what)
  if over['t' .. id] then error("task " .. id .. " goes on when it is over", 0) end
  out[#out + 1] = id .. ":" .. tostring(what)
end
local function start(id, f)
  local t = task(f, id)
  started[#started + 1] = { t = t, id = id }
  return t
end
local function pick(n) return started[(n - 1) % math.max(#started, 1) + 1] end
local function told(ok, e) return ok and "ok" or type(e) == "table" and e.kind or tostring(e):gsub("^.-:%d+: ", "") end
local function open(id)
  local s = connect("demo://", { timeout = 3 })
  return s
end
`

func (p *taskProgram) line(depth int, format string, args ...any) {
	p.text.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&p.text, format+"\n", args...)
}

func (p *taskProgram) seconds() string {
	return strconv.FormatFloat(float64(p.random.IntN(40))/100, 'g', -1, 64)
}

// body writes statements. id is the expression that names the task.
func (p *taskProgram) body(depth int) {
	for range 1 + p.random.IntN(4) {
		if p.left--; p.left < 0 {
			break
		}
		p.statement(depth)
	}
}

func (p *taskProgram) statement(depth int) {
	kind := p.random.IntN(20)
	if depth > 5 && kind >= 9 {
		kind %= 9
	}
	block := func(open, end string) {
		p.line(depth, "%s", open)
		p.body(depth + 1)
		p.line(depth, "%s", end)
	}
	switch kind {
	case 0, 1:
		p.line(depth, "sleep(%s)", p.seconds())
	case 2, 3:
		p.line(depth, "say(id, %d)", p.random.IntN(100))
	case 4:
		p.line(depth, "do local o = pick(%d) if o then local ok, e = pcall(o.t.wait, o.t) over['t' .. o.id] = o.t.state ~= 'running' and o.t.state ~= 'waiting' say(id, 'waited ' .. told(ok, ok or e)) end end", p.random.IntN(20)+1)
	case 5:
		p.line(depth, "do local o = pick(%d) if o then o.t:cancel() end end", p.random.IntN(20)+1)
	case 6:
		p.line(depth, "do local o = pick(%d) if o then local ok, e = pcall(o.t.wait, o.t, %s) say(id, told(ok, e)) end end", p.random.IntN(20)+1, p.seconds())
	case 7:
		if p.random.IntN(3) == 0 {
			p.line(depth, "if %d > 50 then error('failed %d', 0) end", p.random.IntN(100), p.random.IntN(100))
		} else {
			p.line(depth, "if co then coroutine.yield(%d) end", p.random.IntN(100))
		}
	case 8:
		p.line(depth, "do local o = pick(%d) if o and %d > 7 then o.t:detach() end end", p.random.IntN(20)+1, p.random.IntN(10))
	case 9, 10, 11:
		n := p.random.IntN(1000000)
		block(fmt.Sprintf("start(%d, function(id) local co", n), "end)")
	case 12:
		block("say(id, told(pcall(function() local co", "end)))")
	case 13:
		block(fmt.Sprintf("say(id, told(pcall(within, %s, function() local co", p.seconds()), "end)))")
	case 14:
		base := p.random.IntN(1000000) * 10
		p.line(depth, "do local r = parallel({ 1, 2, 3 }, function(n) local co local id = %d + n", base)
		p.body(depth + 1)
		p.line(depth, "return n end, { limit = %d, stop_at = %d }) for n = 1, 3 do say(id, told(r[n].ok, r[n].error)) over['t' .. %d + n] = true end end", 1+p.random.IntN(3), 1+p.random.IntN(4), base)
	case 15, 16:
		block("do local co co = coroutine.create(function()", fmt.Sprintf("end) for i = 1, %d do local ok, e = coroutine.resume(co) say(id, told(ok, e)) end end", 1+p.random.IntN(3)))
	case 17:
		p.line(depth, "do local s = open(id) say(id, told(pcall(s.expect, s, { 'login: ', EOF }, %s))) s:write('x')", p.seconds())
		p.body(depth + 1)
		p.line(depth, "s:close() end")
	case 18:
		p.line(depth, "do local a, b = open(id), open(id) say(id, told(pcall(expect_any, { { a, 'never' }, { b, 'assword', TIMEOUT } }, %s)))", p.seconds())
		p.line(depth, "say(id, told(pcall(within, %s, function() a:join(b) end))) a:close() b:close() end", p.seconds())
	case 19:
		p.line(depth, "do local s = open(id) local t = start(%d, function(id) s:expect({ 'never', TIMEOUT }, %s) say(id, 'expected') end)", p.random.IntN(1000000), p.seconds())
		p.body(depth + 1)
		p.line(depth, "say(id, told(pcall(s.expect, s, { 'login: ', EOF, TIMEOUT }, %s))) end", p.seconds())
	}
}

func newTaskProgram(seed uint64) string {
	p := &taskProgram{random: rand.New(rand.NewPCG(seed, 20)), left: 40}
	p.text.WriteString(taskPrelude)
	p.line(0, "local id, co = 0")
	p.line(0, "local ok, e = pcall(function()")
	for p.left > 0 {
		p.body(1)
	}
	p.line(0, "end)")
	p.line(0, "say(0, told(ok, e))")
	p.line(0, "for _, o in ipairs(started) do pcall(o.t.wait, o.t) over['t' .. o.id] = true end")
	p.line(0, "print(table.concat(out, ' '))")
	return p.text.String()
}

// TestTaskPrograms runs random programs of tasks: all of them end, with no goroutine left,
// and in virtual time the same each time. MOONWIRE_TASKS is how many; MOONWIRE_SEED the first.
func TestTaskPrograms(t *testing.T) {
	count, first := 6, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("MOONWIRE_TASKS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("MOONWIRE_SEED"), 10, 64); err == nil {
		first = n
	}
	for i := range count {
		seed := first + uint64(i)
		source := newTaskProgram(seed)
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				host := new(demo.Server)
				in := New(Config{Dial: func(context.Context, dial.Address, dial.Options) (dial.Conn, error) {
					ours, theirs := net.Pipe()
					go host.ServeConn(theirs)
					return ours, nil
				}})
				wellEnded(t, source, in.Run(t.Context(), []byte(source), "t.lua"))
				if err := in.Close(); err != nil {
					t.Error(err)
				}
				host.Close()
			})
			one, err := replayTasks(t, source)
			wellEnded(t, source, err)
			other, again := replayTasks(t, source)
			if one != other || fmt.Sprint(err) != fmt.Sprint(again) {
				t.Errorf("twice in virtual time:\n%s%v\n%s%v\n%s", one, err, other, again, source)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// wellEnded checks how a program ended.
func wellEnded(t *testing.T, source string, err error) {
	t.Helper()
	var internal *baselib.InternalError
	if errors.As(err, &internal) || err != nil && strings.Contains(err.Error(), "goes on when it is over") {
		t.Errorf("%v\n%s", err, source)
	}
}

// replayTasks runs a program on a recording, in virtual time.
func replayTasks(t *testing.T, source string) (string, error) {
	t.Helper()
	recording := &record.Recording{}
	for i := range 200 {
		s := &record.Session{Name: fmt.Sprint("s", i), Address: "demo://", Closed: "closed by the script"}
		at := time.Duration(i%7) * 30 * time.Millisecond
		s.Steps = []record.Step{{Time: at, Bytes: []byte("log")}, {Time: at + 20*time.Millisecond, Bytes: []byte("in: ")}, {Time: at + 200*time.Millisecond, Bytes: []byte("assword: ")}}
		recording.Sessions = append(recording.Sessions, s)
	}
	var out bytes.Buffer
	c := Config{Stdout: &out, Warn: func(line string) { fmt.Fprintln(&out, "told", line) }}
	Offline(&c, recording.Replay(record.ReplayOptions{Faults: record.NoFaults, Lenient: true}))
	in := New(c)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := in.Run(ctx, []byte(source), "t.lua")
	if ctx.Err() != nil {
		t.Errorf("it does not end:\n%s", source)
	}
	if cerr := in.Close(); cerr != nil {
		t.Error(cerr)
	}
	return out.String(), err
}
