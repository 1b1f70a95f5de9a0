package engine_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
)

// Log in to the demo host from Go, without Lua, and run a command.
func Example() {
	ctx := context.Background()
	s, err := engine.Open(ctx, "demo://", engine.Options{Session: session.Config{Timeout: 5 * time.Second}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	say := func(line string) error { return s.Write(ctx, line+"\n", session.WriteOptions{}) }
	prompt, err := patterns.Compile([]patterns.Pattern{{Source: "Login incorrect"}, {Source: `\$ $`}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []struct{ wait, write string }{{"login: ", "brandon"}, {"assword: ", "mypass"}} {
		if _, err := s.ReadUntil(ctx, step.wait, session.WaitOptions{}); err != nil {
			fmt.Println(err)
			return
		}
		if err := say(step.write); err != nil {
			fmt.Println(err)
			return
		}
	}
	result, err := s.Expect(ctx, prompt, session.WaitOptions{})
	if err != nil || result.Index == 0 {
		fmt.Println("not logged in", err)
		return
	}
	if err := say("exec echo hello from $USER"); err != nil {
		fmt.Println(err)
		return
	}
	text, _, err := s.ReadAll(ctx, session.WaitOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	fmt.Println(lines[len(lines)-1])
	// Output: hello from brandon
}
