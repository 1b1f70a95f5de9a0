package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWhoMayHaveSecrets: addresses as sessions have them, and as users write them.
func TestWhoMayHaveSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(file, []byte("a x telnet://10.1.*\nb x ssh://*.example.net tcp://h:99 telnet://r1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := readWorkerSecrets(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		secret, address string
		may             bool
	}{
		{"a", "10.1.2.3", true},
		{"a", "10.1.2.3:4000", true},
		{"a", "telnet://10.1.2.3:23", true},
		{"a", "telnet://10.10.2.3", false},
		{"a", "tcp://10.1.2.3:23", false},
		{"a", "ssh://10.1.2.3", false},
		{"b", "ssh://me@x.example.net", true},
		{"b", "ssh://x.example.net:2222", true},
		{"b", "ssh://x.example.net.evil.org", false},
		{"b", "tcp://h:99", true},
		{"b", "tcp://h:98", false},
		{"b", "r1:99", true},
		{"b", "r11", false},
		{"b", "demo://", false},
		{"unbound", "r11", true},
	} {
		if err := w.may(c.secret, c.address); (err == nil) != c.may {
			t.Errorf("%s to %s: %v", c.secret, c.address, err)
		}
	}
}
