//go:build unix

package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// TestManualCommands runs the commands of the reference's pages, in a folder that has what
// they name.
func TestManualCommands(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the queue's server does not start")
	}
	dir := t.TempDir()
	script := "local s = connect(host)\ns:read_until(\"login: \")\nreturn host.name\n"
	for name, text := range map[string]string{
		"routers.csv": "name,address,site\nr1,demo://,ams\nr2,demo://,ams\n", "version.lua": script, "backup.lua": script,
		"s.txt": "router pw demo://\n", "pw": "mypass\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	examples, err := filepath.Abs("../examples")
	if err == nil {
		err = os.Symlink(examples, filepath.Join(dir, "examples"))
	}
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../stdlib/meta/topics/*.md")
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	ran := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, sh := range regexp.MustCompile("(?ms)^```(.*?)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
			if sh[1] != "" && sh[1] != "sh" {
				continue
			}
			for line := range strings.Lines(sh[2]) {
				line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
				if !strings.HasPrefix(line, "moonwire ") {
					continue // a server of others, or what a command shows
				}
				ran++
				cmd := exec.Command("sh", "-c", strings.ReplaceAll(line, "nats://queue.example.net", s.ClientURL()))
				cmd.Dir = dir
				if strings.Contains(line, " worker ") {
					defer started(t, cmd)()
					continue
				}
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v\n%s", filepath.Base(page), line, err, out)
				}
			}
		}
	}
	if ran < 7 {
		t.Errorf("only %d commands were found", ran)
	}
}

// started starts a command that ends at INT, which the function that it returns sends.
func started(t *testing.T, cmd *exec.Cmd) (end func()) {
	t.Helper()
	cmd.Args[2] = "exec " + cmd.Args[2] // so that the signal is its own
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", cmd.Args[2], err, said.String())
		}
	}
}
