//go:build linux

package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/tests/network"
)

// TestSimulatedNetwork runs a script on a network of 300 devices, or as many as
// MOONWIRE_NETWORK says, of which some refuse connections, never answer, hang up in
// mid-login, or refuse the password. Each has exactly one result, which is right, and
// was logged in to once.
func TestSimulatedNetwork(t *testing.T) {
	t.Parallel()
	devices, atOnce, patience := 300, 50, 10 // seconds: only what is silent waits them out
	if n, err := strconv.Atoi(os.Getenv("MOONWIRE_NETWORK")); err == nil {
		devices, atOnce, patience = n, 1000, 20
	}
	w, err := network.Start(devices, network.Config{Latency: 5 * time.Millisecond, Fate: network.Some})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dir := t.TempDir()
	script := fmt.Sprintf(`
local s = connect(host, { timeout = 120 })
s:read_until("login: ", %d)
s:writeln("brandon")
s:read_until("assword: ")
s:writeln(secret "device")
if s:expect({ "incorrect", "~\\$ $" }) == 1 then error("the password is refused", 0) end
return { uptime = s:run("uptime"):match("up ([^,]+)"), prompt = s.prompt and s:run("echo $USER") .. "@" .. host.name }
`, patience)
	for name, text := range map[string]string{"hosts.csv": w.Inventory(), "login.lua": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("moonwire", "fleet", "-hosts", "hosts.csv", "-at", strconv.Itoa(atOnce), "-retry", "1", "-out", "run", "login.lua")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MOONWIRE_SECRET_DEVICE=mypass")
	begun := time.Now()
	told, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v\n%s", err, told)
	}
	t.Logf("%d devices in %s", devices, time.Since(begun).Round(time.Millisecond))
	checkNetwork(t, w, filepath.Join(dir, "run", "results.jsonl"))
	if t.Failed() {
		t.Logf("%s", told[max(0, len(told)-4000):])
	}
}

// checkNetwork holds the results to what each device is like.
func checkNetwork(t *testing.T, w *network.Network, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		Name  string
		OK    bool
		Value map[string]string
		Error struct{ Kind, Reason string }
		Tries int
	}
	results := make(map[string][]result)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		results[r.Name] = append(results[r.Name], r)
	}
	for _, d := range w.Devices {
		if len(results[d.Name]) != 1 {
			t.Errorf("%s has %d results", d.Name, len(results[d.Name]))
			continue
		}
		r := results[d.Name][0]
		kind, reason, tries, connections, logins := "", "", 1, 1, 0
		switch d.Fate {
		case network.Answers:
			logins = 1
			if !r.OK || r.Value["uptime"] != "5 days" || r.Value["prompt"] != "brandon@"+d.Name {
				t.Errorf("%s: %+v", d.Name, r)
			}
		case network.Refuses:
			kind, reason, tries, connections = "connect", "connection refused", 2, 0
		case network.Silent:
			kind, reason, tries, connections = "timeout", "", 2, 2
		case network.Drops:
			kind, reason = "eof", ""
		case network.Denies:
			reason = "the password is refused"
		}
		if strings.Contains(r.Error.Reason, "->") {
			t.Errorf("%s: the reason has a port of this side, so that it is in no group: %s", d.Name, r.Error.Reason)
		}
		if r.OK != (d.Fate == network.Answers) || r.Error.Kind != kind || !strings.Contains(r.Error.Reason, reason) ||
			r.Tries != tries || d.Connections() != connections || d.Logins() != logins {
			t.Errorf("%s, which %s, has %d connections, %d logins, and %+v", d.Name, d.Fate, d.Connections(), d.Logins(), r)
		}
	}
	if len(results) != len(w.Devices) {
		t.Errorf("%d devices have results", len(results))
	}
}
