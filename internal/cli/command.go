package cli

import (
	"fmt"
	"runtime/debug"
)

// A command is a subcommand of moonwire. Its name wins over a file's.
type command struct {
	name, args, help string
	run              func(app *App, args []string) int
}

// commands lists the subcommands in the order in which usage shows them.
func commands() []command {
	return []command{
		{"check", "[-json] SCRIPT...", "find mistakes without running", (*App).runCheck},
		{"connect", "[flags] ADDRESS [PORT]", "talk to a host; ^] has a menu", (*App).runConnect},
		{"demo", "[-listen ADDR]", "the embedded telnet host, as a server", (*App).runDemo},
		{"play", "[-speed N] [-idle SECONDS] [-text|-json] FILE", "show a recording", (*App).runPlay},
		{"doc", "[NAME]", "the reference, at the terminal", (*App).runDoc},
		{"types", "", "the reference as stubs for editors (LuaCATS)", (*App).runTypes},
		{"record", "ADDRESS [OUT.lua]", "log in by hand; out come a recording and a script", (*App).runRecord},
		{"replay", "FILE SCRIPT [ARG...]", "run a script against a recording, offline", (*App).runReplay},
		{"replay", "FILE -listen ADDR", "serve a recording as a telnet host", (*App).runReplay},
		{"test", "[-v] [-tap] [-junit FILE] [PATH...]", "run the tests in files that end in _test.lua", (*App).runTest},
		{"version", "", "print the version", (*App).runVersion},
	}
}

func commandNamed(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return &c
		}
	}
	return nil
}

func (app *App) runVersion(args []string) int {
	if len(args) > 0 {
		return app.misused("version takes no arguments")
	}
	return app.print(version() + "\n")
}

// print writes what was asked for to standard output.
func (app *App) print(text string) int {
	if _, err := fmt.Fprint(app.Stdout, text); err != nil {
		app.say("cannot write to standard output: %v", err)
		return exitError
	}
	return exitOK
}

// version is the program's version, as the module was built.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return "moonwire " + v + ", Lua 5.1"
}
