package main

import (
	"bufio"
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
	text bool // it makes one newline of CR LF, and so returns fewer bytes
	// command gives the program for a workload, nil if it does not take part.
	command func(workload string, args ...string) []string
}

// bench is one run of the whole.
type bench struct {
	settings
	load    *load
	address string             // of the load server
	took    chan time.Duration // what it says of each conversation
	stop    func()
	dir     string // for the clients' scripts and our binaries
	clients []client
	missing []string
	tooSlow map[string]bool // workload, kind and client
	results results
}

func newBench(s settings) (*bench, error) {
	b := &bench{settings: s, load: newLoad(), took: make(chan time.Duration, 1<<16), tooSlow: make(map[string]bool)}
	var err error
	if b.dir, err = os.MkdirTemp("", "moonwire-bench"); err != nil {
		return nil, err
	}
	if err := os.CopyFS(b.dir, mustSub(clients, "clients")); err != nil {
		return nil, err
	}
	for _, build := range [][2]string{{"moonwire", "."}, {"floor", "./tests/bench/floor"}, {"stock", "./tests/bench/stock"}} {
		cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(b.dir, build[0]), build[1])
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as releases are built: no libc to load
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("cannot build %s (run this at the top of the repository): %s", build[1], out)
		}
	}
	if err := b.startServer(); err != nil {
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

// startServer runs this program once more, as the load server.
func (b *bench) startServer() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, serveArgument)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	b.stop = func() {
		_ = in.Close() // ends it
		_ = cmd.Wait()
	}
	lines := bufio.NewReader(out)
	if b.address, err = lines.ReadString('\n'); err != nil {
		b.stop()
		return fmt.Errorf("the load server does not start: %w", err)
	}
	b.address = strings.TrimSpace(b.address)
	go func() {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64); err == nil {
				b.took <- time.Duration(n)
			}
		}
	}()
	return nil
}

func (b *bench) close() {
	b.stop()
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
		{"floor", false, func(workload string, args ...string) []string {
			return append([]string{filepath.Join(b.dir, "floor"), workload}, args...)
		}},
		{"moonwire", true, script(filepath.Join(b.dir, "moonwire"), map[string]string{"bulk": "bulk.lua", "turns": "turns.lua", "drip": "drip.lua"})},
	}
	if path, err := exec.LookPath("expect"); err == nil {
		b.clients = append(b.clients, client{"Tcl Expect", false, script(path, map[string]string{"bulk": "bulk.exp", "turns": "turns.exp", "drip": "drip.exp"})})
	} else {
		b.missing = append(b.missing, "Tcl Expect")
	}
	for _, module := range []string{"pexpect", "telnetlib"} {
		interpreter := python(module)
		if interpreter == "" {
			b.missing = append(b.missing, module)
			continue
		}
		b.clients = append(b.clients, client{module, false, script(interpreter, map[string]string{
			"bulk": "bulk_" + module + ".py", "turns": "turns_" + module + ".py",
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

// measure runs a client once, alone.
func (b *bench) measure(ctx context.Context, argv []string) measure {
	for len(b.took) > 0 {
		<-b.took
	}
	b.warm(ctx)
	m := b.watch(ctx, argv, b.limit)
	select {
	case took := <-b.took: // that of a client that was cut off as well, or the next would get it
		m.seconds = took.Seconds()
	case <-time.After(5 * time.Second):
		if !m.cut && m.err == nil {
			m.err = errors.New("it did not close the connection")
		}
	}
	return m
}

// warmMemory is how much memory is touched before a client runs, more than any of
// them takes.
const warmMemory = 512 << 20 // bytes

// warm has a process of its own touch much memory. A virtual machine's host takes back
// what its guest has not used for some seconds, and gives it again page by page, many
// times as slowly as the guest itself could: whoever ran after a slow client would pay
// for that, in proportion to what it keeps.
func (b *bench) warm(ctx context.Context) {
	if self, err := os.Executable(); err == nil {
		_ = exec.CommandContext(ctx, self, warmArgument).Run() // if it fails the figures are as they are
	}
}

// watch runs a client and gathers all but the time.
func (b *bench) watch(ctx context.Context, argv []string, limit time.Duration) measure {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return measure{cut: true}
	}
	if err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		return measure{err: fmt.Errorf("%w: %s", err, said)}
	}
	m := measure{cpu: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), memory: peak(cmd.ProcessState)}
	count, last, ok := strings.Cut(strings.TrimSuffix(string(out), "\n"), "\t")
	if m.bytes, err = strconv.Atoi(count); err != nil || !ok {
		return measure{err: fmt.Errorf("it said %q", out)}
	}
	m.last = last
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
