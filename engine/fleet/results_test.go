package fleet

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFolders: a folder that is there, or cannot be made, is refused; names of hosts
// become names of files.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	if _, err := CreateFolder(dir); err == nil || err.Error() != dir+" is there already" {
		t.Error(err)
	}
	if _, err := CreateFolder(filepath.Join(dir, "a", "b")); err == nil || !strings.Contains(err.Error(), "cannot make the folder") {
		t.Error(err)
	}
	f, err := CreateFolder(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("x", func(io.Writer) error { return syscall.ENOSPC }); err == nil || !strings.Contains(err.Error(), "cannot write "+f.join("x")) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(string(f)); len(left) != 1 {
		t.Errorf("%v is left", left)
	}
	j, err := CreateJournal(string(f), &Header{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(string(f)); !errors.Is(err, ErrRunning) {
		t.Errorf("a journal in use: %v", err)
	}
	if _, err := CreateJournal(string(f), &Header{}); err == nil {
		t.Error("a second journal")
	}
	_ = j.Close()
	if err := os.WriteFile(f.join(JournalName), []byte("no journal\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(string(f)); err == nil || !strings.HasPrefix(err.Error(), f.join(JournalName)+": ") {
		t.Errorf("what is no journal: %v", err)
	}
	seen := make(map[string]string)
	for _, name := range []string{
		"r1", "R1", "r1.example.com", "../x", "..", ".", ".x", "x.", "a/b", "a b", "a%2fb", "con", "CON", "con.x", "ä", "nul", "x:1", strings.Repeat("x", 300), strings.Repeat("x", 301), "-", "-rf",
	} {
		file := FileName(name)
		if was, there := seen[strings.ToLower(file)]; there {
			t.Errorf("%q and %q are both %s", name, was, file)
		}
		seen[strings.ToLower(file)] = name
		if strings.ContainsAny(file, `/\: `) || strings.HasPrefix(file, ".") || strings.HasPrefix(file, "-") || len(file) > longestFileName {
			t.Errorf("%q becomes %q", name, file)
		}
		if dir := filepath.Dir(f.NewLog(name)); dir != f.join(hostsName) || filepath.Dir(f.NewRecording(name)) != dir {
			t.Errorf("the log of %q is %s", name, f.NewLog(name))
		}
	}
}

// TestFolderRemoved: a run that could not begin leaves no folder in the way of the next.
func TestFolderRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	f, err := CreateFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	j, err := CreateJournal(dir, &Header{})
	if err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	f.Remove()
	if _, err := CreateFolder(dir); err != nil {
		t.Error(err)
	}
}

// TestGroupReasons takes a host's own name and address out of a reason.
func TestGroupReasons(t *testing.T) {
	h := &Host{Name: "r1", Address: "ssh://admin@192.0.2.1:22"}
	for reason, want := range map[string]string{
		"cannot connect to ssh://admin@192.0.2.1:22: refused": "cannot connect to HOST: refused",
		"cannot connect to 192.0.2.1:22":                      "cannot connect to HOST",
		"no route to 192.0.2.1 from r1":                       "no route to HOST from HOST",
		"r10 and xr1 are others, r1-a too":                    "r10 and xr1 are others, r1-a too",
	} {
		if got := GroupReason(h, reason); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := GroupReason(&Host{Name: "a", Address: "a"}, "a failure"); got != "a failure" {
		t.Error(got)
	}
}
