package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"time"
)

// startSSHD starts OpenSSH's server with keys of its own in dir, for whoever runs this. at
// is how clients are told: host, port, user, dir.
func startSSHD(ctx context.Context, dir string) (at []string, stop func(), err error) {
	program := "/usr/sbin/sshd"
	if _, err := exec.LookPath(program); err != nil {
		return nil, nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, nil, err
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where it gives up root
			return nil, nil, err
		}
	}
	for _, name := range []string{"host", "key"} {
		if out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("ssh-keygen: %w: %s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	if err := l.Close(); err != nil {
		return nil, nil, err
	}
	public, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), append([]byte("[127.0.0.1]:"+port+" "), public...), 0o600); err != nil {
		return nil, nil, err
	}
	config := filepath.Join(dir, "sshd_config")
	text := fmt.Sprintf("Port %s\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nPermitRootLogin yes\nUsePAM no\nStrictModes no\nPidFile none\nPrintMotd no\nPrintLastLog no\nMaxStartups 500\nSetEnv HOME=%s\n", // where no shell finds a start-up file
		port, filepath.Join(dir, "host"), filepath.Join(dir, "key.pub"), dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, nil, err
	}
	server := exec.CommandContext(ctx, program, "-D", "-f", config)
	if err := server.Start(); err != nil {
		return nil, nil, err
	}
	stop = func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			_ = conn.Close()
			return []string{"127.0.0.1", port, me.Username, dir}, stop, nil
		}
		if time.Now().After(until) {
			stop()
			return nil, nil, fmt.Errorf("%s does not start: %w", program, err)
		}
	}
}
