//go:build linux

package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/moonwire/moonwire/tests/network"
)

// workersScript logs in, and runs a command once as far as the journal knows: who logs in
// once more has what it said from there.
const workersScript = `
local s = connect(host, { timeout = 20 })
s:read_until("login: ")
s:writeln("brandon")
s:read_until("assword: ")
s:writeln(secret "device")
if s:expect({ "incorrect", "~\\$ $" }) == 1 then error("the password is refused", 0) end
local up = step("uptime", { again = true }, function() return s:run("uptime") end)
return host.name .. up:match(" up ([^,]+)")
`

// TestWorkersCampaign runs a script on a simulated network of MOONWIRE_WORKERS devices,
// 10,000 say, by two workers and by four: undisturbed, and with workers, the server and the
// run itself killed in its midst. Each device has exactly one result, which is right, and no step
// that was recorded as done is done again.
func TestWorkersCampaign(t *testing.T) {
	devices, err := strconv.Atoi(os.Getenv("MOONWIRE_WORKERS"))
	if err != nil {
		t.Skip("it takes minutes: MOONWIRE_WORKERS=10000 asks for it")
	}
	w, err := network.Start(devices, network.Config{Latency: 5 * time.Millisecond, Fate: network.Some})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, test := range []struct {
		workers int
		kills   bool
	}{{2, false}, {4, false}, {2, true}, {4, true}} {
		t.Run(fmt.Sprintf("%d workers, killed: %v", test.workers, test.kills), func(t *testing.T) {
			c := &campaign{t: t, dir: t.TempDir(), store: t.TempDir(), network: w}
			c.run(test.workers, test.kills)
		})
	}
}

// A campaign is one run of that.
type campaign struct {
	t       *testing.T
	dir     string
	store   string
	port    int
	network *network.Network
	server  *server.Server
}

func (c *campaign) serve() {
	c.t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: max(c.port, 0), JetStream: true, StoreDir: c.store, NoLog: true, NoSigs: true}
	if c.port == 0 {
		o.Port = -1
	}
	s, err := server.NewServer(o)
	if err != nil {
		c.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		c.t.Fatal("the server does not start")
	}
	c.server, c.port = s, o.Port
}

func (c *campaign) start(args ...string) (*exec.Cmd, *bytes.Buffer) {
	c.t.Helper()
	cmd := exec.Command("moonwire", args...)
	told := &bytes.Buffer{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, told, told
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return cmd, told
}

// grown waits until the journal has so many records.
func (c *campaign) grown(records int) {
	c.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.Now().Add(2 * time.Minute); time.Now().Before(late); <-again.C {
		text, _ := os.ReadFile(filepath.Join(c.dir, "run", "journal")) // it may not be there yet
		if bytes.Count(text, []byte("\n")) >= records {
			return
		}
	}
	c.t.Error("the journal does not grow")
}

func (c *campaign) run(workers int, kills bool) {
	t := c.t
	c.serve()
	defer func() { c.server.Shutdown() }()
	for name, text := range map[string]string{
		"hosts.csv": c.network.Inventory(), "login.lua": workersScript, "pw": "mypass\n", "secrets": "device pw telnet://127.*\n",
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	url := c.server.ClientURL()
	worker := func(n int) *exec.Cmd {
		cmd, told := c.start("fleet", "worker", "-nats", url, "-name", fmt.Sprintf("w%d", n), "-at", "200", "-secrets", "secrets")
		t.Cleanup(func() {
			_ = cmd.Process.Signal(os.Interrupt) // it may have ended
			if err := cmd.Wait(); err != nil && !strings.Contains(err.Error(), "signal: killed") {
				t.Errorf("the worker %d: %v\n%s", n, err, told)
			}
		})
		return cmd
	}
	all := make([]*exec.Cmd, workers)
	for i := range all {
		all[i] = worker(i)
	}
	begun, n := time.Now(), len(c.network.Devices)
	args := []string{"fleet", "-nats", url, "-hosts", "hosts.csv", "-no-record", "-out", "run", "login.lua"}
	run, told := c.start(args...)
	if kills {
		c.grown(n / 4)
		_ = all[0].Process.Kill() // others go on
		worker(workers)
		c.grown(n / 2)
		_ = run.Process.Kill() // it is resumed
		_ = run.Wait()         // killed
		run, told = c.start("fleet", "-resume", "run", "-no-record")
		c.grown(n)
		c.server.Shutdown()
		c.server.WaitForShutdown()
		c.serve()
	}
	_ = run.Wait() // its status is looked at
	if status := run.ProcessState.ExitCode(); status != 3 {
		t.Fatalf("status %d\n%s", status, told)
	}
	stats, err := c.server.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d devices in %s; %d messages and %d bytes a device", n, time.Since(begun).Round(100*time.Millisecond),
		(stats.InMsgs+stats.OutMsgs)/int64(n), (stats.InBytes+stats.OutBytes)/int64(n))
	c.check(told.String())
}

// check holds the results and the journal to what the devices are like.
func (c *campaign) check(told string) {
	t := c.t
	results, err := os.ReadFile(filepath.Join(c.dir, "run", "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	journal, err := os.ReadFile(filepath.Join(c.dir, "run", "journal"))
	if err != nil {
		t.Fatal(err)
	}
	result, done := make(map[string][]string), make(map[string]int)
	for line := range strings.Lines(string(results)) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(line, `{"name":"`), `"`)
		result[name] = append(result[name], rest)
	}
	for line := range strings.Lines(string(journal)) {
		if _, after, ok := strings.Cut(line, `{"step":{"host":"`); ok && strings.Contains(after, `"state":"done"`) {
			name, _, _ := strings.Cut(after, `"`)
			done[name]++
		}
	}
	wrong := 0
	for _, d := range c.network.Devices {
		r := result[d.Name]
		want := `,"ok":false,`
		if d.Fate == network.Answers {
			want = fmt.Sprintf(`,"ok":true,"value":"%s5 days"`, d.Name)
		}
		if len(r) != 1 || !strings.HasPrefix(r[0], want) || done[d.Name] > 1 {
			if wrong++; wrong < 10 {
				t.Errorf("%s, which %s: %q, %d steps done", d.Name, d.Fate, r, done[d.Name])
			}
		}
	}
	if wrong > 0 || len(result) != len(c.network.Devices) {
		t.Errorf("%d are wrong, %d have results\n%s", wrong, len(result), told[max(0, len(told)-3000):])
	}
}
