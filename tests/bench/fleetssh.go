//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"
)

// runFleetSSH has moonwire fleet and Ansible run one command on many hosts by ssh, 25 at
// once. All hosts are one server of OpenSSH on this machine, which this starts as root.
func runFleetSSH(ctx context.Context, b *bench) error {
	const n, forks = 100, 25
	for _, program := range []string{"ansible", "/usr/sbin/sshd", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			b.say("fleet    by ssh: %s is not here", program)
			return nil
		}
	}
	address, stop, err := b.startSSHD(ctx)
	if err != nil {
		b.say("fleet    by ssh: %v", err)
		return nil
	}
	defer stop()
	me, err := user.Current()
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(address)
	key, known := filepath.Join(b.dir, "key"), filepath.Join(b.dir, "known_hosts")
	var ini strings.Builder
	for i := range n {
		fmt.Fprintf(&ini, "h%03d ansible_host=%s ansible_port=%s\n", i, host, port)
	}
	list := filepath.Join(b.dir, "ssh.ini")
	if err := os.WriteFile(list, []byte(ini.String()), 0o600); err != nil {
		return err
	}
	script := filepath.Join(b.dir, "fleet_ssh.lua")
	text, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	options := fmt.Sprintf("user = %q, key = %q, known_hosts = %q, agent = false, command", me.Username, key, known)
	if err := os.WriteFile(script, []byte(strings.Replace(string(text), "command", options, 1)), 0o600); err != nil {
		return err
	}
	t := task{workload: "fleet", name: fmt.Sprintf("%d hosts by ssh, %d at once", n, forks), kind: "ssh", size: n, wire: 10 * n, text: 10 * n}
	ours := &entry{client: client{name: "moonwire"}, row: row{Workload: t.workload, Task: t.name, Client: "moonwire", Size: n}}
	theirs := &entry{client: client{name: "Ansible, raw"}, row: row{Workload: t.workload, Task: t.name, Client: "Ansible, raw", Size: n}}
	for range min(b.rounds, 2) {
		ours.take(b.runFleet(ctx, n, []string{"-hosts", list, "-at", fmt.Sprint(forks), script}), t)
		begun := time.Now()
		cmd := exec.CommandContext(ctx, "ansible", "-i", list, "-f", fmt.Sprint(forks), "all", "-m", "raw", "-a", "uptime", "-u", me.Username,
			"--private-key", key, "--ssh-extra-args", "-o UserKnownHostsFile="+known)
		out, err := cmd.CombinedOutput()
		m := measure{seconds: time.Since(begun).Seconds(), bytes: 10 * strings.Count(string(out), "| CHANGED |"), last: prompt}
		if err != nil {
			m.err = fmt.Errorf("%w: %s", err, out[:min(len(out), 300)])
		} else {
			m.cpu, m.memory = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), peak(cmd.ProcessState)
		}
		theirs.take(m, t)
	}
	b.conclude([]*entry{ours, theirs})
	return nil
}

// startSSHD starts a server with a key of its own, for this user and one key.
func (b *bench) startSSHD(ctx context.Context) (address string, stop func(), err error) {
	key, hostKey := filepath.Join(b.dir, "key"), filepath.Join(b.dir, "host_key")
	for _, path := range []string{key, hostKey} {
		if out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path).CombinedOutput(); err != nil {
			return "", nil, fmt.Errorf("ssh-keygen: %w: %s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = l.Addr().String()
	_ = l.Close() // sshd takes the port
	host, port, _ := net.SplitHostPort(address)
	public, err := os.ReadFile(hostKey + ".pub")
	if err != nil {
		return "", nil, err
	}
	config := fmt.Sprintf("Port %s\nListenAddress %s\nHostKey %s\nAuthorizedKeysFile %s.pub\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nMaxStartups 500\nPidFile none\n", port, host, hostKey, key)
	for path, text := range map[string]string{
		"sshd_config": config, "known_hosts": fmt.Sprintf("[%s]:%s %s", host, port, public),
	} {
		if err := os.WriteFile(filepath.Join(b.dir, path), []byte(text), 0o600); err != nil {
			return "", nil, err
		}
	}
	_ = os.MkdirAll("/run/sshd", 0o755) // it wants that; if it lacks it says so
	cmd := exec.CommandContext(ctx, "/usr/sbin/sshd", "-D", "-f", filepath.Join(b.dir, "sshd_config"))
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return address, stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("sshd does not answer at %s", address)
}
