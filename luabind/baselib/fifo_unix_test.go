//go:build unix

package baselib_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// TestFIFO: what waits for the other end of a FIFO ends with the context.
func TestFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ends := func(source string, meanwhile func()) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			L := baselib.New(baselib.Config{Context: ctx})
			fn, err := baselib.Load(L, []byte(source), "test.lua")
			if err == nil {
				_, err = baselib.Call(ctx, L, fn)
			}
			ended <- err
		}()
		meanwhile()
		cancel()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "context canceled") {
			t.Errorf("%s: %v", source, err)
		}
	}
	quoted := "[[" + path + "]]"
	ends("io.open("+quoted+")", func() {})
	ends("io.lines("+quoted+")", func() {})
	for _, source := range []string{"io.open(" + quoted + "):read()", "for line in io.lines(" + quoted + ") do end"} {
		var w *os.File
		ends(source, func() {
			var err error
			if w, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
				t.Error(err)
			}
		})
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}
