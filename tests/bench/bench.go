package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed clients
var clients embed.FS

// A client is a program that is measured.
type client struct {
	name string
	// command gives the program for a workload, nil if it does not take part.
	command func(workload string, args ...string) []string
}

// bench is one run of the whole.
type bench struct {
	settings
	server  *server
	dir     string // for the clients' scripts and our binaries
	clients []client
	missing []string
	results results
}

func newBench(s settings) (*bench, error) {
	b := &bench{settings: s}
	var err error
	if b.dir, err = os.MkdirTemp("", "moonwire-bench"); err != nil {
		return nil, err
	}
	if err := os.CopyFS(b.dir, mustSub(clients, "clients")); err != nil {
		return nil, err
	}
	for _, build := range [][2]string{{"moonwire", "."}, {"floor", "./tests/bench/floor"}} {
		out, err := exec.Command("go", "build", "-o", filepath.Join(b.dir, build[0]), build[1]).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("cannot build %s (run this at the top of the repository): %s", build[1], out)
		}
	}
	if b.server, err = newServer(); err != nil {
		return nil, err
	}
	b.find()
	b.results.Machine = machine()
	return b, nil
}

func mustSub(f embed.FS, dir string) fs.FS {
	sub, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

func (b *bench) close() {
	_ = b.server.close()
	_ = os.RemoveAll(b.dir)
}

// find fills in which clients the machine has.
func (b *bench) find() {
	script := func(interpreter string, files map[string]string) func(string, ...string) []string {
		return func(workload string, args ...string) []string {
			file, ok := files[workload]
			if !ok {
				return nil
			}
			return append([]string{interpreter, filepath.Join(b.dir, file)}, args...)
		}
	}
	b.clients = []client{
		{"floor", func(workload string, args ...string) []string {
			if workload == "startup" {
				return nil
			}
			return append([]string{filepath.Join(b.dir, "floor"), workload}, args...)
		}},
		{"moonwire", script(filepath.Join(b.dir, "moonwire"), map[string]string{"bulk": "bulk.lua", "turns": "turns.lua", "drip": "bulk.lua", "hosts": "hosts.lua"})},
	}
	if path, err := exec.LookPath("expect"); err == nil {
		b.clients = append(b.clients, client{"Tcl Expect", script(path, map[string]string{"bulk": "bulk.exp", "turns": "turns.exp", "drip": "bulk.exp"})})
	} else {
		b.missing = append(b.missing, "Tcl Expect")
	}
	for _, module := range []string{"pexpect", "telnetlib"} {
		python := ""
		for _, p := range []string{"python3", "/usr/bin/python3"} {
			if exec.Command(p, "-W", "ignore", "-c", "import "+module).Run() == nil {
				python = p
				break
			}
		}
		if python == "" {
			b.missing = append(b.missing, module)
			continue
		}
		b.clients = append(b.clients, client{module, script(python, map[string]string{
			"bulk": "bulk_" + module + ".py", "turns": "turns_" + module + ".py", "drip": "bulk_" + module + ".py",
		})})
	}
}

// A measure is what one run of one client showed.
type measure struct {
	seconds float64 // as the server saw it
	cpu     float64 // seconds of processor time of the client
	memory  int64   // peak, in bytes
	bytes   int     // of text that the client says it got
	last    string  // the end of it
	cut     bool    // it was cut off
	err     error
}

// measure runs a client once.
func (b *bench) measure(ctx context.Context, argv []string) measure {
	for len(b.server.took) > 0 {
		<-b.server.took
	}
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return measure{cut: true, seconds: b.limit.Seconds()}
	}
	if err != nil {
		return measure{err: fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))}
	}
	m := measure{cpu: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), memory: peak(cmd.ProcessState)}
	fields := strings.Split(strings.TrimSuffix(string(out), "\n"), "\t")
	if len(fields) != 2 {
		return measure{err: fmt.Errorf("it said %q", out)}
	}
	m.bytes, err = strconv.Atoi(fields[0])
	m.last = fields[1]
	m.err = err
	select {
	case took := <-b.server.took:
		m.seconds = took.Seconds()
	case <-time.After(5 * time.Second):
		m.err = errors.Join(m.err, errors.New("it did not close the connection"))
	}
	return m
}

func (b *bench) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// machine describes where this runs.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if _, after, ok := strings.Cut(line, "model name\t: "); ok {
				model = strings.TrimSpace(after)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s, %s", model, runtime.NumCPU(), runtime.GOOS, runtime.Version())
}

// spread is the least, middle and greatest of some figures.
type spread struct{ Min, Median, Max float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Clone(values)
	slices.Sort(v)
	return spread{v[0], v[len(v)/2], v[len(v)-1]}
}
