//go:build unix

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

// runMany has each client log in to many hosts at once, in one process, and run ten
// commands on each. A host answers after 5 ms.
func runMany(ctx context.Context, b *bench) error {
	counts := []int{100, 1000, 10000}
	if b.quick {
		counts = counts[:2]
	}
	host, port, err := net.SplitHostPort(b.address)
	if err != nil {
		return err
	}
	programs := []struct {
		name string
		argv []string
	}{
		{"moonwire", []string{filepath.Join(b.dir, "moonwire"), filepath.Join(b.dir, "many.lua")}},
		{"asyncio", []string{"python3", filepath.Join(b.dir, "many_asyncio.py")}},
		{"pexpect", []string{"python3", filepath.Join(b.dir, "many_pexpect.py")}},
	}
	for _, n := range counts {
		if err := roomFor(n); err != nil {
			b.say("many     %d hosts: %v", n, err)
			continue
		}
		t := task{workload: "many", name: fmt.Sprintf("%d logins at once", n), kind: "logins", size: n, wire: 10 * n, text: 10 * n}
		var entries []*entry
		for _, p := range programs {
			if _, err := exec.LookPath(p.argv[0]); err != nil {
				continue
			}
			entries = append(entries, &entry{
				client: client{name: p.name}, argv: append(p.argv, host, port, strconv.Itoa(n)),
				row: row{Workload: t.workload, Task: t.name, Client: p.name, Size: n},
			})
		}
		for range b.rounds {
			for _, e := range entries {
				if e.over() {
					continue
				}
				begun := time.Now()
				m := b.watch(ctx, e.argv, b.limit)
				m.seconds = time.Since(begun).Seconds()
				e.take(m, t)
				for len(b.took) > 0 { // the server's times are of single hosts
					<-b.took
				}
			}
		}
		b.conclude(entries)
	}
	return nil
}
