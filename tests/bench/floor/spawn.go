package main

import (
	"bytes"
	"fmt"
	"os/exec"

	"github.com/creack/pty"
)

// spawn reads what cat prints of a file on a terminal, until the prompt.
func spawn(file string) error {
	cmd := exec.Command("cat", file)
	terminal, err := pty.Start(cmd)
	if err != nil {
		return err
	}
	buf := make([]byte, 128<<10)
	total := 0
	for {
		n, err := terminal.Read(buf)
		if err != nil {
			return err
		}
		total += n
		if bytes.HasSuffix(buf[:n], []byte(prompt)) {
			break
		}
	}
	if err := terminal.Close(); err != nil {
		return err
	}
	_ = cmd.Wait() // it was hung up
	_, err = fmt.Printf("%d\t%s\n", total, prompt)
	return err
}
