package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A program is a client that needs no load server, and its command line.
type program struct {
	name string
	text bool // see client.text
	argv []string
}

// inTurn runs the programs that are on the machine at a task, round after round. The time
// is that of the whole process.
func (b *bench) inTurn(ctx context.Context, t task, programs []program) {
	var entries []*entry
	for _, p := range programs {
		if _, err := exec.LookPath(p.argv[0]); err != nil {
			continue
		}
		entries = append(entries, &entry{client: client{name: p.name, text: p.text}, argv: p.argv, row: row{Workload: t.workload, Task: t.name, Client: p.name, Size: t.size}})
	}
	for range b.rounds {
		for _, e := range entries {
			if e.over() {
				continue
			}
			b.warm(ctx)
			begun := time.Now()
			m := b.watch(ctx, e.argv, b.limit)
			m.seconds = time.Since(begun).Seconds()
			e.take(m, t)
		}
	}
	b.conclude(entries)
}

// python is an interpreter that has a module, "" if none does.
func python(module string) string {
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(p, "-W", "ignore", "-c", "import "+module).Run() == nil {
			return p
		}
	}
	return ""
}

// bulkFile writes bulk n without CRs, as a terminal adds them.
func (b *bench) bulkFile(n int) (path string, err error) {
	path = filepath.Join(b.dir, fmt.Sprintf("bulk%d.txt", n))
	var text bytes.Buffer
	for left := n; left > 0; {
		p := b.load.piece(left)
		text.Write(bytes.ReplaceAll(p, []byte("\r"), nil))
		if left -= len(p); len(p) < len(b.load.lines) {
			break
		}
	}
	text.WriteString(prompt)
	return path, os.WriteFile(path, text.Bytes(), 0o600)
}

// runSpawn reads what a program prints on a terminal, and has many programs at once.
func runSpawn(ctx context.Context, b *bench) error {
	sizes, counts := []int{5e6, 50e6}, []int{500}
	if b.quick {
		sizes, counts = []int{5e6}, []int{100}
	}
	for _, size := range sizes {
		file, err := b.bulkFile(size)
		if err != nil {
			return err
		}
		wire, text := b.load.bulkText(size)
		programs := []program{
			{"floor", false, []string{filepath.Join(b.dir, "floor"), "spawn", file}},
			{"moonwire", true, []string{filepath.Join(b.dir, "moonwire"), filepath.Join(b.dir, "spawn.lua"), file}},
			{"Tcl Expect", false, []string{"expect", filepath.Join(b.dir, "spawn.exp"), file, strconv.Itoa(size)}},
		}
		if p := python("pexpect"); p != "" {
			programs = append(programs, program{"pexpect", false, []string{p, filepath.Join(b.dir, "spawn_pexpect.py"), file}})
		}
		b.inTurn(ctx, task{workload: "spawn", name: fmt.Sprintf("%d MB through a pty", size/1e6), size: size, wire: wire, text: text}, programs)
	}
	for _, n := range counts {
		r := row{Workload: "spawn", Task: fmt.Sprintf("%d programs at once", n), Client: "moonwire", Size: n}
		begun := time.Now()
		out, err := exec.CommandContext(ctx, filepath.Join(b.dir, "moonwire"), filepath.Join(b.dir, "programs.lua"), strconv.Itoa(n)).CombinedOutput()
		r.Seconds = spreadOf([]float64{time.Since(begun).Seconds()})
		if fields := strings.Split(strings.TrimSpace(string(out)), "\t"); err == nil && len(fields) == 4 {
			r.Note = fields[2] + " threads, " + fields[3] + " KB each"
		} else {
			r.Wrong = fmt.Sprintf("%v: %s", err, out)
		}
		b.add(r)
	}
	return nil
}

// runSSH logs in by ssh, and reads what a command prints there.
func runSSH(ctx context.Context, b *bench) error {
	at, stop, err := startSSHD(ctx, filepath.Join(b.dir, "ssh"))
	if err != nil {
		b.missing = append(b.missing, "an ssh server that may be started ("+err.Error()+")")
		b.say("ssh: %v", err)
		return nil
	}
	defer stop()
	size, logins := 64_000_000, 20
	if b.quick {
		size, logins = 4_000_000, 5
	}
	file, err := b.bulkFile(size)
	if err != nil {
		return err
	}
	wire, text := b.load.bulkText(size)
	programs := func(what, last string, more ...string) []program {
		args := append(append([]string{what}, at...), last)
		return []program{
			{"floor", false, append([]string{filepath.Join(b.dir, "floor")}, args...)},
			{"moonwire", true, append([]string{filepath.Join(b.dir, "moonwire"), filepath.Join(b.dir, "ssh.lua")}, args...)},
			{"Tcl Expect", false, slices.Concat([]string{"expect", filepath.Join(b.dir, "ssh.exp")}, args, more)},
		}
	}
	b.inTurn(ctx, task{workload: "ssh", name: fmt.Sprintf("%d MB through ssh", size/1e6), size: size, wire: wire, text: text}, programs("ssh", file, strconv.Itoa(size)))
	said := logins * len(prompt)
	b.inTurn(ctx, task{workload: "ssh", name: fmt.Sprintf("%d logins in turn", logins), size: logins, wire: said, text: said}, programs("logins", strconv.Itoa(logins)))
	return nil
}
