package pty

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMayNot: what a file's mode says decides what may help.
func TestMayNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	if got, want := mayNot(path), "a directory on the way to it is closed to you"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if got, want := mayNot(path), "its mode is -rwx------: it is a program for others"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
