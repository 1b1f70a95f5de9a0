//go:build unix

package tests

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledWhileRecording: a recording is written while the script runs, so one that
// is killed leaves what there was; one that is told to end leaves all of it.
func TestKilledWhileRecording(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP} {
		cast := filepath.Join(t.TempDir(), "x.cast")
		cmd := exec.Command("moonwire", "-record", cast, "-e", `t = connect("demo://") t:read_until("login: ") t:writeln("last words") t:read_until("Password: ") sleep(60)`)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		again := time.NewTicker(5 * time.Millisecond)
		late := time.After(20 * time.Second)
		var file []byte
		for !bytes.Contains(file, []byte(`\"matched\":\"Password: \"`)) { // the end of the last wait
			select {
			case <-again.C:
				file, _ = os.ReadFile(cast) // it may not be there yet
			case <-late:
				_ = cmd.Process.Kill()
				t.Fatalf("while the script runs its recording is\n%s", file)
			}
		}
		again.Stop()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it did not end well
		out, err := exec.Command("moonwire", "play", "-text", cast).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "login: last words") {
			t.Errorf("%v: %v\n%s", sig, err, out)
		}
		if file, err = os.ReadFile(cast); err != nil {
			t.Fatal(err)
		}
		if ended := bytes.Contains(file, []byte(`"x", "closed by the script"]`)); ended != (sig != syscall.SIGKILL) {
			t.Errorf("%v: the recording has the end: %v\n%s", sig, ended, file)
		}
	}
}

// TestKilledWhileRecordingByHand: what was done by hand is written while it is done, up to
// the last line that was typed to its end.
func TestKilledWhileRecordingByHand(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "x.lua")
	p := sits(t, nil, nil, "record", "demo://", script)
	p.sees("login: ")
	p.types("brandon\r")
	p.sees("Password: ")
	p.types("mypa")
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(time.Minute)
	var made []byte
	for !bytes.Contains(made, []byte(`t:writeln("brandon")`)) {
		select {
		case <-again.C:
			made, _ = os.ReadFile(script) // it may not be there yet
		case <-late:
			t.Fatalf("the script is\n%s", made)
		}
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	recording, err := os.ReadFile(strings.TrimSuffix(script, ".lua") + ".cast")
	if err != nil || !bytes.Contains(recording, []byte("brandon")) || bytes.Contains(recording, []byte("mypa")) {
		t.Errorf("%v\n%s", err, recording)
	}
}

// TestNoHangup: under nohup, where the hangup is ignored, a script goes on when its
// terminal closes.
func TestNoHangup(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", `trap "" HUP; exec moonwire -e 'print "up" io.read() print "still up"'`)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	if err := cmd.Wait(); err != nil || lines.Text() != "still up" {
		t.Errorf("%v, after %q", err, lines.Text())
	}
}
