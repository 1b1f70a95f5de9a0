package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A row is what one client did at one task.
type row struct {
	Workload, Task string
	Client         string
	Size           int // bytes, turns or sessions
	Seconds        spread
	CPU            float64 // median seconds
	Memory         int64   // greatest peak, bytes
	ToFloor        float64 // floor's median over this one's: 1 is as fast as the floor
	ToMoonwire     float64 // this one's median over moonwire's: 2 is half as fast
	CutOff         bool
	Lost           int    // bytes that are missing from the answer
	Wrong          string // what else was wrong
}

type results struct {
	Machine string
	When    string
	Rows    []row
}

// compare runs every client at a task, in turn, round after round.
func (b *bench) compare(ctx context.Context, workload, task string, size, want int, args ...string) error {
	host, port, err := net.SplitHostPort(b.server.address())
	if err != nil {
		return err
	}
	type entry struct {
		row     row
		seconds []float64
		cpu     []float64
	}
	entries := make([]*entry, len(b.clients))
	for round := range b.rounds {
		for i, c := range b.clients {
			argv := c.command(workload, append([]string{host, port}, args...)...)
			if argv == nil || entries[i] != nil && (entries[i].row.CutOff || entries[i].row.Wrong != "") {
				continue
			}
			if entries[i] == nil {
				entries[i] = &entry{row: row{Workload: workload, Task: task, Client: c.name, Size: size}}
			}
			e := entries[i]
			if round > 0 && len(e.seconds) > 0 && e.seconds[0] > 10 {
				continue // one look at the very slow is enough
			}
			m := b.measure(ctx, argv)
			switch {
			case m.cut:
				e.row.CutOff = true
				continue
			case m.err != nil:
				e.row.Wrong = m.err.Error()
				continue
			case m.last != prompt:
				e.row.Wrong = fmt.Sprintf("its answer ends with %q", m.last)
			}
			// A client that makes one newline of CR LF returns fewer bytes; both counts are right.
			if m.bytes < want && m.bytes != b.textOf(workload, size) {
				e.row.Lost = max(e.row.Lost, want-m.bytes)
			}
			e.seconds = append(e.seconds, m.seconds)
			e.cpu = append(e.cpu, m.cpu)
			e.row.Memory = max(e.row.Memory, m.memory)
		}
	}
	var floor, ours float64
	for _, e := range entries {
		if e == nil {
			continue
		}
		e.row.Seconds, e.row.CPU = spreadOf(e.seconds), spreadOf(e.cpu).Median
		switch e.row.Client {
		case "floor":
			floor = e.row.Seconds.Median
		case "moonwire":
			ours = e.row.Seconds.Median
		}
	}
	for _, e := range entries {
		if e == nil {
			continue
		}
		if e.row.Seconds.Median > 0 {
			e.row.ToFloor = floor / e.row.Seconds.Median
			if ours > 0 {
				e.row.ToMoonwire = e.row.Seconds.Median / ours
			}
		}
		b.add(e.row)
	}
	return nil
}

func (b *bench) add(r row) {
	b.results.Rows = append(b.results.Rows, r)
	b.say("%s", r.line())
}

// textOf is how many bytes a client returns that makes one newline of CR LF.
func (b *bench) textOf(workload string, size int) int {
	switch workload {
	case "bulk":
		_, text := b.server.bulkText(size)
		return text
	case "turns":
		return size*199 + 0
	}
	return 0
}

// bulkKinds are what is waited for behind the log lines.
var bulkKinds = [...]string{"literal", "regex", "three", "plain"}

func runBulk(ctx context.Context, b *bench) error {
	sizes := []int{1e6, 4e6, 16e6, 64e6}
	if b.quick {
		sizes = []int{1e6, 4e6}
	}
	for _, size := range sizes {
		wire, _ := b.server.bulkText(size)
		for _, kind := range bulkKinds {
			if err := b.compare(ctx, "bulk", fmt.Sprintf("%d MB, %s", size/1e6, kind), size, wire, strconv.Itoa(size), kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func runTurns(ctx context.Context, b *bench) error {
	count := 20000
	if b.quick {
		count = 2000
	}
	return b.compare(ctx, "turns", fmt.Sprintf("%d turns", count), count, count*200, strconv.Itoa(count))
}

func runDrip(ctx context.Context, b *bench) error {
	size := int(1200e6) // two minutes
	if b.quick {
		size = 20e6
	}
	before, limit := b.rounds, b.limit
	b.rounds, b.limit = 1, 10*time.Minute
	defer func() { b.rounds, b.limit = before, limit }()
	all := b.clients
	defer func() { b.clients = all }()
	b.clients = all[:min(3, len(all))] // the quadratic ones would not end
	return b.compare(ctx, "drip", fmt.Sprintf("%d MB in small packets", size/1e6), size, size, strconv.Itoa(size), "literal", "drip")
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
