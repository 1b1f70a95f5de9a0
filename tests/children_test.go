package tests

import (
	"runtime"
	"testing"
)

// TestChildrenEndForClosedPipes runs a program that writes until nobody reads, as
// shells do all day: the closed pipe ends it.
func TestChildrenEndForClosedPipes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no such signal")
	}
	// The wait makes sure that moonwire's own signals are set up.
	r := runScript(t, `
		local t = connect "demo://"
		t:read_until "login: "
		os.execute "(while echo x; do :; done; echo goes on >&2) 2>&1 | head -2"
		local p = io.popen "(while echo y 2>/dev/null; do :; done; echo ignored >&2) 2>&1 | cat | head -1"
		print(p:read "*a")`)
	if want := "x\nx\ny\n\n"; r.stdout != want || r.stderr != "" || r.status != 0 {
		t.Errorf("status %d, got %q, standard error %q; want %q", r.status, r.stdout, r.stderr, want)
	}
}
