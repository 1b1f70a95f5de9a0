package match_test

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/match"
)

// A login's dialogue, as a network might cut it.
func Example() {
	set, err := match.Compile([]match.Pattern{
		{Source: "Login incorrect"},
		{Source: `(\w+)@\w+:~[$#] `},
		{Source: `[$#] $`},
		{Kind: match.EventKind, Event: match.EOF},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := set.NewMatcher()
	var text match.Bytes
	for _, piece := range []string{"Welcome\nbra", "ndon@demo:~", "$", " ", "more"} {
		n, status := m.Feed([]byte(piece))
		text = append(text, piece[:n]...)
		fmt.Printf("%q: %v\n", piece, status)
		if status == match.Decided {
			break
		}
	}
	found := m.Result(text)
	fmt.Printf("pattern %d at %d to %d, user %q\n", found.Index, found.Start, found.End, text[found.Groups[2]:found.Groups[3]])
	// Output:
	// "Welcome\nbra": nothing
	// "ndon@demo:~": nothing
	// "$": nothing
	// " ": decided
	// pattern 1 at 8 to 24, user "brandon"
}

// An end that only silence can tell: the text may go on.
func ExampleMatcher_Best() {
	set, _ := match.Compile([]match.Pattern{{Source: `[$#] $`}})
	m := set.NewMatcher()
	text := match.Bytes("cost: 5$ or so\nme$ ")
	_, status := m.Feed(text)
	found, ok := m.Best(text) // the peer has paused
	fmt.Println(status, ok, found.Start, found.End)
	// Output: open true 17 19
}

// Events have their place between the bytes.
func ExampleMatcher_Mark() {
	set, _ := match.Compile([]match.Pattern{{Source: "> "}, {Kind: match.EventKind, Event: match.Prompt}})
	m := set.NewMatcher()
	m.Feed([]byte("ready"))
	fmt.Println(m.Mark(match.Prompt))
	fmt.Println(m.Result(match.Bytes("ready")).Index)
	// Output:
	// decided
	// 1
}

func ExampleError() {
	_, err := match.Compile([]match.Pattern{{Source: "ok"}, {Source: `done(?!x)`}})
	fmt.Println(err)
	fmt.Println(err.(*match.Error).Hint)
	// Output:
	// pattern 2, "done(?!x)": invalid or unsupported Perl syntax: (?! at byte 5
	// there is no lookaround (?!...): match what is around it too, and use a group for the part that counts
}
