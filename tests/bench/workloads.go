package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A row is what one client did at one task.
type row struct {
	Workload, Task string
	Client         string
	Size           int // bytes, turns, seconds or sessions
	Seconds        spread
	CPU            float64 // median seconds
	Memory         int64   // greatest peak, bytes
	ToFloor        float64 // floor's median over this one's: 1 is as fast as the floor
	ToMoonwire     float64 // this one's median over moonwire's: 2 is half as fast
	CutOff         bool    // it was not done after the limit
	NotTried       bool    // it took too long at a smaller size
	Lost           int     // bytes that are missing from the answer, at worst
	Wrong          string  // what else was wrong
	Note           string
}

type results struct {
	Machine string
	When    string
	Limit   string // after which a client was cut off
	Rows    []row
}

// A task is what all clients do in turn.
type task struct {
	workload, name string
	kind           string // of the workload: the slow are not tried with more of it
	size           int
	wire, text     int // bytes that a client should return, see client.text
	args           []string
}

const (
	onceIsEnough = 2.0 // seconds, after which a client runs no second round
	triedEnough  = 0.3 // of the limit: four times as much would be beyond it
)

// compare runs every client at a task, in turn, round after round.
func (b *bench) compare(ctx context.Context, t task) error {
	host, port, err := net.SplitHostPort(b.address)
	if err != nil {
		return err
	}
	var entries []*entry
	for _, c := range b.clients {
		if argv := c.command(t.workload, append([]string{host, port}, t.args...)...); argv != nil {
			entries = append(entries, &entry{client: c, argv: argv, row: row{Workload: t.workload, Task: t.name, Client: c.name, Size: t.size}})
		}
	}
	for range b.rounds {
		for _, e := range entries {
			slow := t.workload + " " + t.kind + " " + e.client.name
			if b.tooSlow[slow] && len(e.seconds) == 0 && !e.row.CutOff {
				e.row.NotTried = true
			}
			if e.over() {
				continue
			}
			e.take(b.measure(ctx, e.argv), t)
			if e.row.CutOff || e.slowest() > triedEnough*b.limit.Seconds() {
				b.tooSlow[slow] = true
			}
		}
	}
	b.conclude(entries)
	return nil
}

// An entry is one client at one task.
type entry struct {
	client  client
	argv    []string
	row     row
	seconds []float64
	cpu     []float64
}

func (e *entry) slowest() float64 { return spreadOf(e.seconds).Max }

// over reports whether the client need not run again.
func (e *entry) over() bool {
	return e.row.CutOff || e.row.NotTried || e.row.Wrong != "" || e.slowest() > onceIsEnough && e.client.name != "moonwire" && e.client.name != "floor"
}

// take notes what a run showed.
func (e *entry) take(m measure, t task) {
	switch {
	case m.cut:
		e.row.CutOff = true
		return
	case m.err != nil:
		e.row.Wrong = m.err.Error()
		return
	case m.last != prompt:
		e.row.Wrong = fmt.Sprintf("its answer ends with %q", m.last)
	}
	want := t.wire
	if e.client.text {
		want = t.text
	}
	switch {
	case m.bytes < want:
		e.row.Lost = max(e.row.Lost, want-m.bytes)
	case m.bytes > want:
		e.row.Wrong = fmt.Sprintf("its answer has %d bytes too many", m.bytes-want)
	}
	e.seconds = append(e.seconds, m.seconds)
	e.cpu = append(e.cpu, m.cpu)
	e.row.Memory = max(e.row.Memory, m.memory)
}

// conclude makes the rows, with their ratios.
func (b *bench) conclude(entries []*entry) {
	var floor, ours float64
	for _, e := range entries {
		e.row.Seconds, e.row.CPU = spreadOf(e.seconds), spreadOf(e.cpu).Median
		switch e.client.name {
		case "floor":
			floor = e.row.Seconds.Median
		case "moonwire":
			ours = e.row.Seconds.Median
		}
	}
	for _, e := range entries {
		if at := e.row.Seconds.Median; at > 0 {
			e.row.ToFloor = floor / at
			if ours > 0 {
				e.row.ToMoonwire = at / ours
			}
		}
		b.add(e.row)
	}
}

func (b *bench) add(r row) {
	b.results.Rows = append(b.results.Rows, r)
	b.say("%s", r.line(b.limit))
}

// bulkKinds are what is waited for behind the log lines.
var bulkKinds = [...]string{"literal", "regex", "three", "plain"}

func runBulk(ctx context.Context, b *bench) error {
	sizes := []int{1e6, 4e6, 16e6, 64e6}
	if b.quick {
		sizes = []int{1e6, 4e6}
	}
	for _, size := range sizes {
		wire, text := b.load.bulkText(size)
		for _, kind := range bulkKinds {
			err := b.compare(ctx, task{
				workload: "bulk", name: fmt.Sprintf("%d MB, %s", size/1e6, kind), kind: kind,
				size: size, wire: wire, text: text, args: []string{strconv.Itoa(size), kind},
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// runRecord compares moonwire with itself, recording to a file.
func runRecord(ctx context.Context, b *bench) error {
	size := 64_000_000
	if b.quick {
		size = 4_000_000
	}
	script := func(args ...string) []string { return append([]string{filepath.Join(b.dir, "bulk.lua")}, args...) }
	program := filepath.Join(b.dir, "moonwire")
	all := b.clients
	defer func() { b.clients = all }()
	b.clients = []client{
		{"moonwire", true, func(_ string, args ...string) []string { return append([]string{program}, script(args...)...) }},
		{"recording", true, func(_ string, args ...string) []string {
			return append([]string{program, "-record", filepath.Join(b.dir, "bulk.cast")}, script(args...)...)
		}},
	}
	wire, text := b.load.bulkText(size)
	for _, kind := range []string{"bulk", "gigabit"} {
		err := b.compare(ctx, task{
			workload: "record", name: fmt.Sprintf("%d MB, %s", size/1e6, kind), kind: kind,
			size: size, wire: wire, text: text, args: []string{strconv.Itoa(size), "literal", kind},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// runCommands compares run with writeln and expect, which stands as moonwire in the
// table.
func runCommands(ctx context.Context, b *bench) error {
	all := b.clients
	defer func() { b.clients = all }()
	way := func(name, way string) client {
		return client{name, true, func(_ string, args ...string) []string {
			argv := []string{filepath.Join(b.dir, "moonwire"), filepath.Join(b.dir, "run.lua"), args[0], args[1], way}
			return append(argv, args[2:]...)
		}}
	}
	b.clients = []client{way("moonwire", "expect"), way("run", "run")}
	short, many := 50, 10000
	sizes := []int{16e6, 64e6}
	if b.quick {
		short, many, sizes = 10, 1000, []int{1e6, 4e6}
	}
	type kind struct {
		count, size int
		mark, name  string
	}
	kinds := []kind{
		{many, 200, "1", fmt.Sprintf("%d of 200 bytes, GA", many)},
		{short, 200, "0", fmt.Sprintf("%d of 200 bytes", short)},
	}
	for _, size := range sizes {
		kinds = append(kinds, kind{1, size, "1", fmt.Sprintf("%d MB, GA", size/1e6)})
	}
	for _, k := range kinds {
		text := k.count * b.load.commandText(k.size)
		err := b.compare(ctx, task{
			workload: "run", name: k.name, kind: k.name, size: k.size, wire: text, text: text,
			args: []string{strconv.Itoa(k.count), strconv.Itoa(k.size), k.mark},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func runTurns(ctx context.Context, b *bench) error {
	count := 20000
	if b.quick {
		count = 2000
	}
	return b.compare(ctx, task{
		workload: "turns", name: fmt.Sprintf("%d turns", count),
		size: count, wire: count * 200, text: count * 199, args: []string{strconv.Itoa(count)},
	})
}

// runDrip has all clients run at the same time: they mostly wait, and what counts
// is what that costs.
func runDrip(ctx context.Context, b *bench) error {
	seconds := 120
	if b.quick {
		seconds = 5
	}
	host, port, err := net.SplitHostPort(b.address)
	if err != nil {
		return err
	}
	wire, text := b.load.dripText(seconds)
	t := task{workload: "drip", name: fmt.Sprintf("%d s of 10 MB/s", seconds), size: seconds, wire: wire, text: text}
	var running sync.WaitGroup
	var entries []*entry
	for _, c := range b.clients {
		argv := c.command("drip", host, port, strconv.Itoa(seconds), strconv.Itoa(wire))
		if argv == nil {
			continue
		}
		e := &entry{client: c, row: row{Workload: t.workload, Task: t.name, Client: c.name, Size: seconds}}
		entries = append(entries, e)
		running.Go(func() {
			begun := time.Now()
			m := b.watch(ctx, argv, 2*time.Duration(seconds)*time.Second)
			m.seconds = time.Since(begun).Seconds()
			e.take(m, t)
		})
	}
	running.Wait()
	b.conclude(entries)
	return nil
}

// runStartup times whole processes that do nothing.
func runStartup(ctx context.Context, b *bench) error {
	rounds := 40
	programs := []struct {
		name string
		argv []string
	}{
		{"moonwire", []string{filepath.Join(b.dir, "moonwire"), "-e", "os.exit(0)"}},
		{"Tcl Expect", []string{"expect", "-c", "exit 0"}},
		{"pexpect", []string{"python3", "-c", "import pexpect"}},
		{"telnetlib", []string{"python3", "-W", "ignore", "-c", "import telnetlib"}},
	}
	seconds := make([][]float64, len(programs))
	var memory [8]int64
	for range rounds {
		for i, p := range programs {
			if _, err := exec.LookPath(p.argv[0]); err != nil {
				continue
			}
			cmd := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...)
			begun := time.Now()
			if cmd.Run() == nil {
				seconds[i] = append(seconds[i], time.Since(begun).Seconds())
				memory[i] = max(memory[i], peak(cmd.ProcessState))
			}
		}
	}
	ours := spreadOf(seconds[0]).Median
	for i, p := range programs {
		if len(seconds[i]) == 0 {
			continue
		}
		r := row{Workload: "startup", Task: "start and exit", Client: p.name, Seconds: spreadOf(seconds[i]), Memory: memory[i]}
		if ours > 0 {
			r.ToMoonwire = r.Seconds.Median / ours
		}
		b.add(r)
	}
	return nil
}
