// Command bench measures moonwire beside what a user would pick instead: Tcl
// Expect, pexpect, CPython's telnetlib, and a bare Go client as the floor.
//
//	go run ./tests/bench            # everything, about a quarter of an hour
//	go run ./tests/bench -quick     # smaller sizes, a minute or two
//	go run ./tests/bench -only bulk # one workload
//
// It starts a load server on a loopback port, in a process of its own, runs every
// client that it finds on the machine in turn, several rounds over, and writes
// Markdown, JSON and a picture into tests/bench/out. It installs nothing, and says
// what is missing. A client that returns another number of bytes or another answer
// than it should is shown as such, with what it lost; one that is not done after
// -limit is cut off, and not tried with more.
//
// The workloads:
//
//	bulk     log lines, then the prompt: how long until a wait returns all of it
//	turns    a line written and an answer of 200 bytes waited for, over and over
//	startup  a process that does nothing
//	record   64 MB of log lines with -record and without, as fast as they come and
//	         at a gigabit in a second
//	run      commands by run, and by writeln and expect: of 200 bytes at a host that
//	         marks its prompts (GA) and at one that does not, and of 16 and 64 MB
//	drip     10 MB a second in packets of 100 bytes, with a prompt once a second;
//	         all clients at the same time, each with its own stream
//	many     a login and ten commands on many hosts at once, each taking 5 ms to
//	         answer: whole scripts, beside asyncio's streams and threads with pexpect
//	fleet    a login and ten commands on many sessions at once, each host taking
//	         5 ms to answer: from Go, and from Lua with a state for each; moonwire
//	         fleet on as many, beside Go and threads with pexpect
//	ansible  a command by ssh on 100 hosts, 25 at once: moonwire fleet beside Ansible
//	spawn    what cat prints on a terminal, until the prompt; many programs at once
//	ssh      the same through OpenSSH's server, and logins one after the other, beside
//	         golang.org/x/crypto/ssh alone
//	language calls, tables, strings, patterns in Lua, beside gopher-lua as it is and
//	         Lua 5.1
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == serveArgument:
		if err := serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	case len(os.Args) == 2 && os.Args[1] == warmArgument:
		touch(warmMemory)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// serveArgument makes this program the load server.
const serveArgument = "load-server"

// warmArgument makes it touch memory and end, see bench.warm.
const warmArgument = "warm"

// settings is what the flags say.
type settings struct {
	rounds int
	quick  bool
	only   string
	out    string
	limit  time.Duration // after which a client is cut off
}

var workloads = []struct {
	name string
	run  func(ctx context.Context, b *bench) error
}{
	{"bulk", runBulk},
	{"turns", runTurns},
	{"startup", runStartup},
	{"record", runRecord},
	{"run", runCommands},
	{"drip", runDrip},
	{"many", runMany},
	{"fleet", runFleet},
	{"ansible", runAnsible},
	{"spawn", runSpawn},
	{"ssh", runSSH},
	{"language", runLanguage},
}

func run() error {
	var s settings
	flag.IntVar(&s.rounds, "rounds", 7, "how often each client runs")
	flag.BoolVar(&s.quick, "quick", false, "small sizes only")
	flag.StringVar(&s.only, "only", "", "workloads to run, divided by commas: bulk, turns, startup, record, run, drip, many, fleet, ansible, spawn, ssh, language")
	flag.StringVar(&s.out, "out", filepath.Join("tests", "bench", "out"), "the folder for the results")
	flag.DurationVar(&s.limit, "limit", time.Minute, "after which a client is cut off")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("%q is too much: there are only flags", flag.Arg(0))
	}
	chosen := strings.FieldsFunc(s.only, func(r rune) bool { return r == ',' })
	for _, name := range chosen {
		if !slices.ContainsFunc(workloads, func(w struct {
			name string
			run  func(ctx context.Context, b *bench) error
		},
		) bool {
			return w.name == name
		}) {
			return fmt.Errorf("there is no workload %q", name)
		}
	}
	b, err := newBench(s)
	if err != nil {
		return err
	}
	defer b.close()
	for _, m := range b.missing {
		b.say("not on this machine: %s", m)
	}
	for _, w := range workloads {
		if len(chosen) > 0 && !slices.Contains(chosen, w.name) {
			continue
		}
		if err := w.run(context.Background(), b); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if err := b.write(); err != nil { // what is there is there, if the rest is interrupted
			return err
		}
	}
	b.say("results are in %s", b.out)
	return nil
}
