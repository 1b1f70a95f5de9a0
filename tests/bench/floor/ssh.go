package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// remote logs in by the library alone: once, to read a file, or so many times, to read
// the prompt. dir has the key and the known hosts.
func remote(what, address, user, dir, argument string) error {
	text, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		return err
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	known, err := knownhosts.New(filepath.Join(dir, "known_hosts"))
	if err != nil {
		return err
	}
	cfg := &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known,
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	}
	count, command := 1, "cat "+argument
	if what == "logins" {
		command = "printf 'router# '"
		if count, err = strconv.Atoi(argument); err != nil {
			return err
		}
	}
	total := 0
	for range count {
		n, err := output(address, command, cfg)
		if err != nil {
			return err
		}
		total += n
	}
	_, err = fmt.Printf("%d\t%s\n", total, prompt)
	return err
}

// output is how many bytes a command prints on a terminal there.
func output(address, command string, cfg *ssh.ClientConfig) (n int, err error) {
	client, err := ssh.Dial("tcp", address, cfg)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	s, err := client.NewSession()
	if err != nil {
		return 0, err
	}
	out, err := s.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := s.RequestPty("xterm", 24, 80, ssh.TerminalModes{}); err != nil {
		return 0, err
	}
	if err := s.Start(command); err != nil {
		return 0, err
	}
	read, err := io.Copy(discard{}, out)
	return int(read), err
}

// discard takes what comes in large pieces.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// ReadFrom implements io.ReaderFrom.
func (discard) ReadFrom(r io.Reader) (n int64, err error) {
	buf := make([]byte, 128<<10)
	for {
		k, err := r.Read(buf)
		n += int64(k)
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
	}
}
