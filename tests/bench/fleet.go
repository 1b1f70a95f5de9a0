//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// runFleet logs in to many hosts at once, in this process: from Go, and with a Lua
// state for each. Then moonwire fleet does. Each host answers after 5 ms.
func runFleet(ctx context.Context, b *bench) error {
	counts := []int{1, 100, 1000, 10000}
	if b.quick {
		counts = counts[:3]
	}
	host, port, err := net.SplitHostPort(b.address)
	if err != nil {
		return err
	}
	cache := new(patterns.Cache) // as a program with many sessions has it
	script, err := baselib.Compile([]byte(luaScript), "fleet")
	if err != nil {
		return err
	}
	for _, n := range counts {
		if err := roomFor(n); err != nil {
			b.say("fleet    %d sessions: %v", n, err)
			continue
		}
		for _, kind := range []struct {
			name  string
			login func(ctx context.Context, begun func(), rest <-chan struct{}) error
		}{
			{"Go", func(ctx context.Context, begun func(), rest <-chan struct{}) error {
				return goLogin(ctx, b.address, cache, begun, rest)
			}},
			{"Lua", func(ctx context.Context, begun func(), rest <-chan struct{}) error {
				return luaLogin(cache, func(in *luabind.Interp) error {
					return in.RunCompiled(ctx, script, host, port) // compiled once, for all states
				}, begun, rest)
			}},
			{"tasks", taskLogins(cache, n, host, port)},
		} {
			r, err := fleet(ctx, n, kind.name, kind.login)
			if err != nil {
				return err
			}
			b.add(r)
		}
		if n > 1 {
			if err := runFleetCommand(ctx, b, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// fleet runs n logins at once and measures memory while all are logged in.
func fleet(ctx context.Context, n int, name string, login func(ctx context.Context, begun func(), rest <-chan struct{}) error) (row, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	rest := make(chan struct{})
	errs := make(chan error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for range n {
		done.Go(func() {
			var once sync.Once
			begun := func() { once.Do(ready.Done) }
			defer begun()
			errs <- login(ctx, begun, rest)
		})
	}
	ready.Wait()
	took := time.Since(start)
	runtime.GC()
	runtime.GC() // and once more: pools keep what they hold over one
	runtime.ReadMemStats(&after)
	cpu := idleCPU()
	close(rest)
	done.Wait()
	close(errs)
	var failed []error
	for err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	used := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse)
	r := row{Workload: "fleet", Task: fmt.Sprintf("%d sessions from %s", n, name), Client: "moonwire", Size: n, Seconds: spread{took.Seconds(), took.Seconds(), took.Seconds()}}
	r.Note = fmt.Sprintf("%.1f KB a session, %.1f %% of a core when idle", float64(used)/float64(n)/1024, cpu)
	if len(failed) > 0 {
		r.Wrong = fmt.Sprintf("%d logins failed, the first: %v", len(failed), failed[0])
	}
	return r, nil
}

// idleCPU is the processor time that this process uses in a second in which nothing
// happens, in percent of one core.
func idleCPU() float64 {
	before := cpuTime()
	time.Sleep(time.Second)
	return (cpuTime() - before).Seconds() * 100
}

// goLogin logs in and runs ten commands, from Go.
func goLogin(ctx context.Context, address string, cache *patterns.Cache, begun func(), rest <-chan struct{}) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	s, err := session.New(telnet.New(conn, telnet.Config{}), session.Config{Timeout: time.Minute, Cache: cache})
	if err != nil {
		return err
	}
	defer s.Close()
	steps := []struct{ write, wait string }{{"host\n", "login: "}, {"brandon\n", "Password: "}, {"mypass\n", prompt}}
	for range 10 {
		steps = append(steps, struct{ write, wait string }{"show\n", prompt})
	}
	for _, step := range steps {
		if err := s.Write(ctx, step.write, session.WriteOptions{}); err != nil {
			return err
		}
		text, err := s.ReadUntil(ctx, step.wait, session.WaitOptions{})
		if err != nil {
			return err
		}
		if step.write == "show\n" && !strings.Contains(text, "interface up") {
			return fmt.Errorf("a wrong answer: %q", text)
		}
	}
	begun()
	<-rest
	return nil
}

const luaScript = `
local host, port = ...
local s = connect(host, tonumber(port), { timeout = 60 })
s:write("host\n")
s:read_until("login: ")
s:writeln("brandon")
s:read_until("Password: ")
s:writeln("mypass")
s:read_until("router# ")
for _ = 1, 10 do
  s:writeln("show")
  assert(s:read_until("router# "):find("interface up", 1, true))
end
`

// luaLogin is the same in a Lua state of its own, run being what the script does.
func luaLogin(cache *patterns.Cache, run func(*luabind.Interp) error, begun func(), rest <-chan struct{}) error {
	in := luabind.New(luabind.Config{Patterns: cache})
	err := run(in)
	begun()
	<-rest
	return errors.Join(err, in.Close())
}

// roomFor raises the limit of open files as far as it goes and reports whether it is
// enough for n sessions, one end of which is here.
func roomFor(n int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if need := uint64(n + 100); uint64(limit.Cur) < need {
		return fmt.Errorf("%d files may be open, %d are needed", limit.Cur, need)
	}
	return nil
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
