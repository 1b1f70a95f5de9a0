//go:build unix

package real

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startPAM starts OpenSSH's server with a PAM service of its own, which asks for a token
// and a password. It returns the token's key.
func startPAM(t *testing.T) (s *sshd, key string) {
	t.Helper()
	program := needs(t, "/usr/sbin/sshd")
	needs(t, "oathtool")
	if found, err := filepath.Glob("/usr/lib/*/security/pam_google_authenticator.so"); err != nil || len(found) == 0 {
		lacking(t, "libpam-google-authenticator")
	}
	key = "JBSWY3DPEHPK3PXPJBSWY3DPEE"
	// The service is called as the program is.
	service := fmt.Sprintf("moonwire-sshd-%d", os.Getpid())
	named := filepath.Join(t.TempDir(), service)
	if err := os.Symlink(program, named); err != nil {
		t.Fatal(err)
	}
	s = startSSHDAs(t, named, "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes")
	tokens := filepath.Join(s.dir, "tokens")
	for path, text := range map[string]string{
		filepath.Join("/etc/pam.d", service): "auth requisite pam_google_authenticator.so secret=" + tokens + " user=root\n" +
			"auth required pam_unix.so\naccount required pam_unix.so\npassword required pam_unix.so\nsession required pam_permit.so\n",
		tokens: key + "\n\" TOTP_AUTH\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(path) })
	}
	return s, key
}

// TestSSHToken runs the example against PAM, which asks for a token and a password, and
// for a new password where the old one has expired.
func TestSSHToken(t *testing.T) {
	s, key := startPAM(t)
	example, err := filepath.Abs("../../examples/ssh_token.lua")
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(s.dir, "home")
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.known, filepath.Join(home, ".ssh", "known_hosts")); err != nil {
		t.Fatal(err)
	}
	environ := []string{"HOME=" + home, "SSH_AUTH_SOCK=", "MOONWIRE_SECRET_PASSWORD=" + s.password}
	token := "token=!oathtool --totp -b " + key
	cast := filepath.Join(s.dir, "token.cast")
	r := moonwire(t, environ, "-record", cast, "-secret", token, example, s.address(), "echo $((6 * 7))")
	if r.status != 0 || r.stdout != "42\n" {
		t.Errorf("%d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = moonwire(t, nil, "replay", "-chunks", every(), cast, example, s.address(), "echo $((6 * 7))")
	if r.status != 0 || !strings.Contains(r.stdout, "42\n") {
		t.Errorf("replayed: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = moonwire(t, append(environ, "MOONWIRE_SECRET_TOKEN=000000"), example, s.address())
	if r.status != 4 || !strings.Contains(r.stderr, "permission denied: the host takes") || !strings.Contains(r.stderr, "hint: the password, or another answer, was refused") || strings.Contains(r.stdout+r.stderr, s.password) {
		t.Errorf("a wrong token: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = moonwire(t, environ, "-e", fmt.Sprintf(`connect(%q, { ssh = { password = secret "password" } })`, s.address()))
	if r.status != 4 || !strings.Contains(r.stderr, `nobody answers its question "Verification code:"`) || !strings.Contains(r.stderr, "hint: ssh={on_prompt=") {
		t.Errorf("no token: %d\n%s%s", r.status, r.stdout, r.stderr)
	}

	// An expired password: PAM asks for the next one in the same login.
	if out, err := exec.Command("chage", "-d", "0", s.name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r = moonwire(t, append(environ, "MOONWIRE_SECRET_NEXT=Sun-5wire!"), "-secret", token, "-e", fmt.Sprintf(`
local asked = {}
local s = connect(%q, { timeout = 20, ssh = {
  password = secret "password",
  on_prompt = function(question)
    asked[#asked + 1] = question
    if question:find("code") then return secret "token" end
    if question:find("[Nn]ew") then return secret "next" end
    return secret "password"
  end,
} })
print(table.concat(asked, "|"))
print(s:run("whoami"))`, s.address()))
	if r.status != 0 || !strings.HasSuffix(r.stdout, "\n"+s.name+"\n") || !strings.Contains(r.stdout, "|New password: |Retype new password: ") {
		t.Errorf("an expired password: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = moonwire(t, []string{"HOME=" + home, "SSH_AUTH_SOCK=", "MOONWIRE_SECRET_PASSWORD=Sun-5wire!"}, "-secret", token, example, s.address(), "echo new")
	if r.status != 0 || r.stdout != "new\n" {
		t.Errorf("the new password: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}
