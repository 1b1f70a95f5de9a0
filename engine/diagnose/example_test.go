package diagnose_test

import (
	"fmt"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
)

// The list of a login, with the prompt's dollar unescaped.
func ExampleDiagnose() {
	report := diagnose.Diagnose(diagnose.Facts{
		Call:     "expect",
		Patterns: []diagnose.Pattern{{Source: "Login incorrect"}, {Source: "~$ $"}},
		Waited:   10 * time.Second,
		Consumed: []byte("Password: "),
		Pending:  []byte("\nWelcome\nbrandon@demo:~$ "),
	})
	fmt.Println(report)
	// Output:
	// waited 10s for "Login incorrect" or "~$ $"
	//   taken before: "Password: "
	//   pending: "\nWelcome\nbrandon@demo:~$ "
	//   1: "Login incorrect": nothing like it came
	//   2: "~$ $": matched "~" of "~$ $", then came "$ "
	// hint: pattern 2: $ is special in a regular expression; with a backslash before, it matches "~$ ": [[~\$ $]]
}

// Nothing has failed yet: the operator asks about a pattern.
func ExampleWhy() {
	facts := diagnose.Facts{Pending: []byte("router1(config)# ")}
	fmt.Println(diagnose.Why(diagnose.Pattern{Source: `router\d`}, facts))
	fmt.Println(diagnose.Why(diagnose.Pattern{Source: `router\d# $`}, facts).Misses[0])
	// Output:
	// looked for [[router\d]]
	//   pending: "router1(config)# "
	//   nearest: matches "router1"
	// matched "router1" with [[router\d]] of [[router\d# $]], then came "(config)# "
}

func ExampleQuote() {
	fmt.Println(diagnose.Quote("\x1b[1mCafé\x1b[0m\r\n\x00"))
	// Output: "\x1b[1mCafé\x1b[0m\r\n\0"
}

func ExampleQuoteMiddle() {
	fmt.Println(diagnose.QuoteMiddle("Welcome to a host that has much to say\r\nlogin: ", 24))
	// Output: "Welcome " ... 23 bytes ... " to say\r\nlogin: "
}

func ExampleLuaString() {
	fmt.Println(diagnose.LuaString("login: "), diagnose.LuaString(`\$ $`), diagnose.LuaString("\x1b[0m"))
	// Output: "login: " [[\$ $]] "\027[0m"
}
