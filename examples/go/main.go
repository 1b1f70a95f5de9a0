// Command go logs in to a host and runs three commands, from Go: go run ./examples/go.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/moonwire/moonwire/engine"
	"github.com/moonwire/moonwire/engine/session"
)

func main() {
	if err := run(context.Background(), "demo://"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string) error {
	s, err := engine.Open(ctx, address, engine.Options{Session: session.Config{Timeout: 5 * time.Second}})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, step := range []struct{ wait, answer string }{{"login: ", "brandon"}, {"Password: ", "mypass"}} {
		if _, err := s.ReadUntil(ctx, step.wait, session.WaitOptions{}); err != nil {
			return err
		}
		if err := s.Write(ctx, step.answer+"\n", session.WriteOptions{}); err != nil {
			return err
		}
	}
	for _, command := range []string{"echo hello", "echo $USER", "help"} {
		output, err := s.Run(ctx, command, session.RunOptions{})
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", command, output)
	}
	return nil
}
