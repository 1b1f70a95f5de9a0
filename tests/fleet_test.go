//go:build unix

package tests

import (
	"bufio"
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

// TestInterruptedFleet: the first ^C lets what runs end, the second cuts it off.
func TestInterruptedFleet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, script string
		presses      int
		want         string
	}{
		{"once", `print "begun" while not io.open("end") do sleep(0.01) end`, 1, "fleet: 1 of 3 hosts ok, 2 left"},
		{"twice", `print "begun" sleep(600)`, 2, "fleet: 0 of 3 hosts ok, 3 left (1 cut off)"},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"h.csv": "name\na\nb\nc\n", "s.lua": test.script} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("moonwire", "fleet", "-hosts", "h.csv", "-at", "1", "-no-record", "-out", "run", "s.lua")
		cmd.Dir = dir
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		told, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "begun") {
			t.Fatalf("%s: %q %v", test.name, line, err)
		}
		_ = cmd.Process.Signal(os.Interrupt)
		lines := bufio.NewScanner(told)
		var all []string
		for lines.Scan() {
			all = append(all, lines.Text())
			if !strings.Contains(lines.Text(), "no more hosts are begun") {
				continue
			}
			if test.presses == 2 {
				_ = cmd.Process.Signal(os.Interrupt)
			} else if err := os.WriteFile(filepath.Join(dir, "end"), nil, 0o600); err != nil {
				t.Error(err)
			}
		}
		_ = cmd.Wait()
		if text := strings.Join(all, "\n"); cmd.ProcessState.ExitCode() != 130 || !strings.Contains(text, test.want) {
			t.Errorf("%s: status %d\n%s", test.name, cmd.ProcessState.ExitCode(), text)
		}
	}
}

// TestFleetAtATerminal: the figures stand below what is told, and go for a question and at
// the end.
func TestFleetAtATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := `
local s = connect(host, { name = "shop" })
s:read_until("login: ")
if host.name == "a" then secret "pin" end
if host.name:find("no") then error("no luck", 0) end
print("hello")
`
	var list strings.Builder
	list.WriteString("name,address\na,demo://\n")
	for i := range 13 {
		list.WriteString(fmt.Sprintf("no%d,demo://\n", i))
	}
	for name, text := range map[string]string{"h.csv": list.String(), "s.lua": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "run")
	p := sits(t, nil, nil, "fleet", "-hosts", filepath.Join(dir, "h.csv"), "-at", "1", "-no-record", "-x", "-out", out, filepath.Join(dir, "s.lua"))
	p.sees("a/shop = connected to demo://")
	p.sees("pin: ")
	p.types("1234\r")
	p.sees("a: hello")
	for i := range 10 {
		p.sees(fmt.Sprintf("moonwire: no%d: FAILED, ", i))
	}
	p.sees("further failures are counted; ")
	p.sees("14 of 14 done, 13 failed, 0 running [###")
	end := p.sees("1 of 14 hosts ok, 13 failed; ")
	if strings.Contains(end, "FAILED") {
		t.Errorf("more failures are told: %q", end)
	}
	p.leaves(3)
}

// TestKeysDuringAFleet: keys that are pressed while the figures stand there leave nothing of
// them behind.
func TestKeysDuringAFleet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "h.csv"), "name\na\nb\n")
	writeFile(t, filepath.Join(dir, "s.lua"), `print "begun" while not io.open(arg[1]) do sleep(0.01) end`)
	end := filepath.Join(dir, "end")
	p := sits(t, nil, nil, "fleet", "-hosts", filepath.Join(dir, "h.csv"), "-at", "1", "-no-record", "-out", filepath.Join(dir, "run"), filepath.Join(dir, "s.lua"), end)
	p.sees("1 running [")
	p.types("xyz")
	p.sees("xyz")
	p.sees("\r0 of 2 done, 1 running [")
	p.types("\x03")
	p.sees("^C")
	p.sees("\rmoonwire: fleet: no more hosts are begun")
	p.sees("\r0 of 2 done, 1 running [")
	writeFile(t, end, "")
	p.sees("fleet: 1 of 2 hosts ok, 1 left")
	p.leaves(130)
}

// TestResumedFiguresAtATerminal: the figures of a run that goes on count what failed before.
func TestResumedFiguresAtATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, end := filepath.Join(dir, "run"), filepath.Join(dir, "end")
	writeFile(t, filepath.Join(dir, "h.csv"), "name\na\nb\nc\n")
	writeFile(t, filepath.Join(dir, "s.lua"), `if host.name == "a" then error("no luck", 0) end while not io.open(arg[1]) do sleep(0.01) end`)
	cmd := exec.Command("moonwire", "fleet", "-hosts", filepath.Join(dir, "h.csv"), "-at", "1", "-stop", "1", "-no-record", "-out", out, filepath.Join(dir, "s.lua"), end)
	if told, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v\n%s", err, told)
	}
	p := sits(t, nil, nil, "fleet", "-resume", out, "-stop", "100%")
	p.sees("1 of 3 done, 1 failed, 1 running [")
	writeFile(t, end, "")
	p.sees("fleet: 2 of 3 hosts ok, 1 failed")
	p.leaves(3)
}

// TestFleetOnAnyTerminal: a terminal that does not say its size, or is narrow, shows a run.
func TestFleetOnAnyTerminal(t *testing.T) {
	t.Parallel()
	for _, size := range []string{"rows 0 cols 0", "rows 1 cols 1", "rows 5 cols 20", "rows 24 cols 80"} {
		dir := t.TempDir()
		hosts := filepath.Join(dir, "h.csv")
		writeFile(t, hosts, "name,address\na,demo://\nb,demo://\n")
		script := filepath.Join(dir, "s.lua")
		writeFile(t, script, `local s = connect(host) s:read_until("login: ") return 1`)
		p := sitsAt(t, nil, nil, "sh", "-c", "stty "+size+" && exec moonwire fleet -hosts "+hosts+" -out "+dir+"/run "+script)
		p.sees("fleet: 2 of 2 hosts ok")
		p.leaves(0)
	}
}
