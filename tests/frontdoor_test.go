//go:build unix

package tests

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPager: on a terminal long help goes through $PAGER; a program that is not there, and
// a text that fits, are no hindrance.
func TestPager(t *testing.T) {
	t.Parallel()
	p := sits(t, []string{"PAGER=sed s/^/paged:/"}, nil, "doc", "expect")
	p.sees("paged:s:expect(patterns")
	p.leaves(0)
	p = sits(t, []string{"PAGER=/no/such/pager"}, nil, "doc", "expect")
	p.sees("s:expect(patterns")
	p.leaves(0)
	p = sits(t, []string{"PAGER=sed s/^/paged:/"}, nil, "help", "version")
	p.sees("usage:\r\n  moonwire version")
	p.leaves(0)
	p = sits(t, []string{"PAGER=sed s/^/paged:/"}, nil) // at the prompt
	p.sees("> ")
	p.types("help 'expect'\r")
	p.sees("paged:s:expect(patterns")
	p.sees("> ")
	p.types("=6*7\r")
	p.sees("42")
	p.types("\x04")
	p.leaves(0)
}

// TestReaderLeaves: a reader that has enough, as head has, is no error.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-e", "for i = 1, 1e6 do print(i) end"},
		{"-e", "while true do io.write('x\\n') end"},
		{"types"},
		{"doc"},
		{"examples", "telnet_login"},
	} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := read.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("moonwire", args...)
		var errs strings.Builder
		cmd.Stdout, cmd.Stderr = write, &errs
		err = cmd.Run()
		_ = write.Close() // nothing is in it
		if err != nil || errs.String() != "" {
			t.Errorf("moonwire %s: %v, %s", strings.Join(args, " "), err, errs.String())
		}
	}
}

// TestNoHome: a home that is not there is not made, and the prompt works.
func TestNoHome(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "none")
	p := sits(t, []string{"HOME=" + home}, nil)
	p.sees("> ")
	p.types("print(6 * 7)\r")
	p.sees("42\r\n")
	p.types("\x04")
	p.leaves(0)
	if _, err := os.Lstat(home); err == nil {
		t.Error("the home was made")
	}
}

// TestFullDiskIsFoundAtTheStart: a device that takes nothing is told of before anything
// is done by hand.
func TestFullDiskIsFoundAtTheStart(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root mounts a disk")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no disk can be mounted: %s", out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	})
	cmd := exec.Command("moonwire", "record", "demo://", filepath.Join(dir, "x.lua"))
	var errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(""), io.Discard, &errs
	if err := cmd.Run(); err == nil || !strings.Contains(errs.String(), "x.lua: no space left on device") {
		t.Errorf("%v, %s", err, errs.String())
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// TestFullDiskIsToldAgain: what was said while the host's screen ran is said once more when
// connect ends.
func TestFullDiskIsToldAgain(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	p := sits(t, nil, nil, "connect", "-record", "/dev/full", "-log", "/dev/full", "demo://")
	p.sees("login: ")
	p.types("\x1d.")
	p.sees("moonwire: cannot write the recording /dev/full: no space left on device; going on without it\r\n")
	p.leaves(0)
}
