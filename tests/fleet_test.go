//go:build unix

package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledFleet kills a run ten times, each time after the journal has grown by some
// records, and resumes it: each host has one result, and no step that was recorded as
// done is done again.
func TestKilledFleet(t *testing.T) {
	t.Parallel()
	const hosts = 60
	dir := t.TempDir()
	var list strings.Builder
	list.WriteString("name,address\n")
	for i := range hosts {
		list.WriteString(fmt.Sprintf("h%d,demo://\n", i))
	}
	script := `
local s = connect(host)
s:read_until("login: ")
step("act", { again = true }, function() s:writeln("brandon") s:read_until("assword: ") return 1 end)
return { n = host.name }
`
	for name, text := range map[string]string{"h.csv": list.String(), "s.lua": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	journal := filepath.Join(dir, "run", "journal")
	args := []string{"fleet", "-hosts", "h.csv", "-at", "4", "-no-record", "-out", "run", "s.lua"}
	for kill := range 10 {
		cmd := exec.Command("moonwire", args...)
		cmd.Dir = dir
		before, _ := os.ReadFile(journal) // it may not be there yet
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		again := time.NewTicker(2 * time.Millisecond)
		late := time.After(30 * time.Second)
		for grown := 0; grown < 600+kill*97; {
			select {
			case <-again.C:
				now, _ := os.ReadFile(journal)
				grown = len(now) - len(before)
			case <-late:
				grown = 1 << 30
			}
		}
		again.Stop()
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		args = []string{"fleet", "-resume", "run", "-no-record"}
	}
	cmd := exec.Command("moonwire", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	results, err := os.ReadFile(filepath.Join(dir, "run", "results.jsonl"))
	if err != nil || bytes.Count(results, []byte("\n")) != hosts {
		t.Fatalf("%v\n%s", err, results)
	}
	kept, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	for i := range hosts {
		name := fmt.Sprintf("h%d", i)
		if n := strings.Count(string(kept), `{"step":{"host":"`+name+`","step":"act","state":"done"`); n != 1 {
			t.Errorf("the step of %s is done %d times", name, n)
		}
		if want := fmt.Sprintf(`{"name":%q,"ok":true,"value":{"n":%q},`, name, name); strings.Count(string(results), want) != 1 {
			t.Errorf("there is no result %s", want)
		}
	}
}
