//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// runAnsible has moonwire fleet and Ansible run one command on many hosts by ssh, 25 at
// once. All hosts are one server of OpenSSH on this machine, which this starts as root.
func runAnsible(ctx context.Context, b *bench) error {
	const n, forks = 100, 25
	if _, err := exec.LookPath("ansible"); err != nil {
		b.say("ansible  it is not here")
		return nil
	}
	at, stop, err := startSSHD(ctx, filepath.Join(b.dir, "fleetssh"))
	if err != nil {
		b.say("ansible  %v", err)
		return nil
	}
	defer stop()
	host, port, user, dir := at[0], at[1], at[2], at[3]
	var ini strings.Builder
	for i := range n {
		fmt.Fprintf(&ini, "h%03d ansible_host=%s ansible_port=%s\n", i, host, port)
	}
	list := filepath.Join(b.dir, "ssh.ini")
	if err := os.WriteFile(list, []byte(ini.String()), 0o600); err != nil {
		return err
	}
	t := task{workload: "ansible", name: fmt.Sprintf("%d hosts by ssh, %d at once", n, forks), kind: "ssh", size: n, wire: 10 * n, text: 10 * n}
	ours := &entry{client: client{name: "moonwire"}, row: row{Workload: t.workload, Task: t.name, Client: "moonwire", Size: n}}
	theirs := &entry{client: client{name: "Ansible, raw"}, row: row{Workload: t.workload, Task: t.name, Client: "Ansible, raw", Size: n}}
	for range min(b.rounds, 2) {
		ours.take(b.runFleet(ctx, n, []string{"-hosts", list, "-at", fmt.Sprint(forks), filepath.Join(b.dir, "fleet_ssh.lua"), user, dir}), t)
		begun := time.Now()
		cmd := exec.CommandContext(ctx, "ansible", "-i", list, "-f", fmt.Sprint(forks), "all", "-m", "raw", "-a", "uptime", "-u", user,
			"--private-key", filepath.Join(dir, "key"), "--ssh-extra-args=-o UserKnownHostsFile="+filepath.Join(dir, "known_hosts"))
		out, err := runToFile(cmd, filepath.Join(b.dir, "ansible.out"))
		m := measure{seconds: time.Since(begun).Seconds(), bytes: 10 * strings.Count(out, "| CHANGED |"), last: prompt}
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

// runToFile runs cmd with its output in a file: connections that stay behind would keep a
// pipe open.
func runToFile(cmd *exec.Cmd, path string) (string, error) {
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	err = cmd.Run()
	out, readErr := os.ReadFile(path)
	return string(out), errors.Join(err, readErr)
}
