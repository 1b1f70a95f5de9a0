package session_test

import (
	"context"
	"fmt"

	"github.com/moonwire/moonwire/engine"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
)

// Wait for one of several texts, and look at what was found.
func ExampleSession_Expect() {
	ctx := context.Background()
	s, err := engine.Open(ctx, "demo://", engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	list, err := patterns.Compile([]patterns.Pattern{{Source: "(?i)refused"}, {Source: `(\w+): $`}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := s.Expect(ctx, list, session.WaitOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d %q %q\n", r.Index, r.Group(0), r.Group(1))
	// Output: 1 "login: " "login"
}

// Wait on two hosts at once: the one that is decided first wins.
func ExampleExpectAny() {
	ctx := context.Background()
	attendant := session.NewAttendant()
	var list []session.Alternative
	login, err := patterns.Compile([]patterns.Pattern{{Kind: patterns.Exact, Source: "login: "}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		s, err := engine.Open(ctx, "demo://", engine.Options{Session: session.Config{Attendant: attendant}})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer s.Close()
		list = append(list, session.Alternative{Session: s, Patterns: login})
	}
	_, r, err := session.ExpectAny(ctx, list, session.WaitOptions{})
	fmt.Printf("%q %v\n", r.Group(0), err)
	// Output: "login: " <nil>
}
