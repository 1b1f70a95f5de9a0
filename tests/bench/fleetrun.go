//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
)

// runFleetCommand measures moonwire fleet as a program, with its journal and results, beside
// the same logins from Go in this process and a pool of threads with pexpect.
func runFleetCommand(ctx context.Context, b *bench, n int) error {
	host, port, err := net.SplitHostPort(b.address)
	if err != nil {
		return err
	}
	hosts, err := b.inventory(fmt.Sprintf("hosts%d.csv", n), n, "tcp://"+b.address)
	if err != nil {
		return err
	}
	t := task{workload: "fleet", name: fmt.Sprintf("%d hosts", n), kind: "run", size: n, wire: 10 * n, text: 10 * n}
	fleetOf := func(args ...string) func() measure {
		return func() measure {
			return b.runFleet(ctx, n, append([]string{"-hosts", hosts, "-at", strconv.Itoa(n)}, append(args, filepath.Join(b.dir, "fleet.lua"))...))
		}
	}
	measures := []struct {
		name string
		run  func() measure
	}{
		{"floor", func() measure { return fleetFloor(ctx, b.address, n) }},
		{"moonwire", fleetOf("-no-record")},
	}
	if roomFor(3*n) == nil {
		measures = append(measures, struct {
			name string
			run  func() measure
		}{"moonwire, recorded", fleetOf()})
	}
	if _, err := exec.LookPath("python3"); err == nil && n <= 1000 {
		argv := []string{"python3", filepath.Join(b.dir, "many_pexpect.py"), host, port, strconv.Itoa(n)}
		measures = append(measures, struct {
			name string
			run  func() measure
		}{"pexpect, threads", func() measure {
			begun := time.Now()
			m := b.watch(ctx, argv, b.limit)
			m.seconds = time.Since(begun).Seconds()
			return m
		}})
	}
	var entries []*entry
	for _, m := range measures {
		e := &entry{client: client{name: m.name}, row: row{Workload: t.workload, Task: t.name, Client: m.name, Size: n}}
		for range min(b.rounds, 3) {
			e.take(m.run(), t)
		}
		if e.row.Memory > 0 && strings.HasPrefix(m.name, "moonwire") {
			e.row.Note = fmt.Sprintf("%d KB resident for each host", e.row.Memory/int64(n)>>10)
		}
		entries = append(entries, e)
	}
	for len(b.took) > 0 { // the server's times are of single hosts
		<-b.took
	}
	b.conclude(entries)
	return nil
}

// inventory writes n hosts with the same address.
func (b *bench) inventory(name string, n int, address string) (string, error) {
	var text strings.Builder
	text.WriteString("name,address\n")
	for i := range n {
		fmt.Fprintf(&text, "h%05d,%s\n", i, address)
	}
	path := filepath.Join(b.dir, name)
	return path, os.WriteFile(path, []byte(text.String()), 0o600)
}

// runFleet runs moonwire fleet on n hosts once. Its exit status says whether all went well.
func (b *bench) runFleet(ctx context.Context, n int, args []string) measure {
	out := filepath.Join(b.dir, "fleet-out")
	defer os.RemoveAll(out)
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "moonwire"), append([]string{"fleet", "-out", out}, args...)...)
	cmd.Env = append(os.Environ(), "MOONWIRE_SECRET_BENCH=mypass")
	var told strings.Builder
	cmd.Stderr = &told
	begun := time.Now()
	err := cmd.Run()
	if ctx.Err() != nil {
		return measure{cut: true}
	}
	m := measure{seconds: time.Since(begun).Seconds(), bytes: 10 * n, last: prompt}
	if err != nil {
		text := strings.TrimSpace(told.String())
		m.err = fmt.Errorf("%w: %s", err, text[max(0, len(text)-500):])
		return m
	}
	m.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	m.memory = peak(cmd.ProcessState)
	return m
}

// fleetFloor is n logins from Go, all at once.
func fleetFloor(ctx context.Context, address string, n int) measure {
	cache := new(patterns.Cache)
	errs := make(chan error, n)
	done := make(chan struct{})
	close(done)
	begun, cpu := time.Now(), cpuTime()
	for range n {
		go func() { errs <- goLogin(ctx, address, cache, func() {}, done) }()
	}
	m := measure{bytes: 10 * n, last: prompt}
	for range n {
		if err := <-errs; err != nil {
			m.err = err
		}
	}
	m.seconds, m.cpu = time.Since(begun).Seconds(), (cpuTime() - cpu).Seconds()
	return m
}
