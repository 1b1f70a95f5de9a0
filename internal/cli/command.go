package cli

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/moonwire/moonwire/engine/words"
)

// A command is a subcommand of moonwire, or "", which runs scripts. A command's name
// wins over a file's.
type command struct {
	name    string
	forms   []usageLine // the arguments, and what the command does with them
	flags   []flagDef
	own     int // the argument after which all is the script's, 0 for none
	example string
	run     func(app *App, s *settings, rest []string) int
}

// A usageLine is a way to call the command, or a flag, and what it is for.
type usageLine struct{ form, help string }

// scripts is moonwire without a subcommand.
func scripts() *command {
	return &command{
		forms: []usageLine{
			{"SCRIPT [ARG...]", `run a Lua script ("-" is standard input)`},
			{"", "a prompt on a terminal; otherwise run standard input"},
		},
		flags: scriptFlags(), own: 1,
		example: "moonwire examples/telnet_login.lua demo:// brandon",
		run:     (*App).runScripts,
	}
}

// commands lists the subcommands in the order in which usage shows them.
func commands() []*command {
	form := func(args, help string) []usageLine { return []usageLine{{args, help}} }
	jsonFlag := func(help string) flagDef { return on("json", help, func(s *settings) *bool { return &s.json }) }
	return []*command{
		{
			name: "check", forms: form("SCRIPT...", "find mistakes without running"),
			flags:   []flagDef{jsonFlag("print an object a line")},
			example: "moonwire check login.lua", run: (*App).runCheck,
		},
		{
			name: "connect", forms: form("ADDRESS [PORT]", "talk to a host; ^] has a menu"),
			flags:   slices.Concat(traceFlags(), []flagDef{timeFlag(), logFlag(), recordFlag()}, lineFlags()),
			example: "moonwire connect -log session.txt demo://", run: (*App).runConnect,
		},
		{
			name: "demo", forms: form("", "the embedded telnet host, as a server"),
			flags:   []flagDef{listenFlag("the address to serve", "127.0.0.1:2323")},
			example: "moonwire demo -listen 127.0.0.1:4000", run: (*App).runDemo,
		},
		{
			name: "play", forms: form("FILE", "show a recording"),
			flags: []flagDef{
				speedFlag("play it N times as fast"),
				number("idle", "SECONDS", "shorten longer pauses to so much", "", true, "a number of seconds", func(s *settings, n float64) { s.idle = n }),
				on("text", "print it as a log", func(s *settings) *bool { return &s.text }),
				jsonFlag("print its events"),
			},
			example: "moonwire play -speed 2 -idle 1 login.cast", run: (*App).runPlay,
		},
		{
			name: "doc", forms: form("[NAME]", "the reference, at the terminal"),
			flags: []flagDef{
				word("html", "DIR", "write the manual to DIR as one page of HTML", func(s *settings) *string { return &s.html }),
				word("man", "DIR", "write the manual to DIR as pages for man", func(s *settings) *string { return &s.man }),
			},
			example: "moonwire doc expect", run: (*App).runDoc,
		},
		{
			name: "examples", forms: form("[NAME]", "the example scripts, as they are in the program"),
			example: "moonwire examples telnet_login", run: (*App).runExamples,
		},
		{
			name: "init", forms: form("[DIR]", "make a project: a script, its recording, a test"),
			example: "moonwire init routers", run: (*App).runNew,
		},
		{
			name: "types", forms: form("", "the reference as stubs for editors (LuaCATS)"),
			example: "moonwire types >moonwire.lua", run: (*App).runTypes,
		},
		{
			name: "record", forms: form("ADDRESS [OUT.lua]", "log in by hand; out come a recording and a script"),
			flags:   append(lineFlags(), on("f", "replace files that are there", func(s *settings) *bool { return &s.force })),
			example: "moonwire record demo:// login.lua", run: (*App).runRecord,
		},
		{
			name: "replay",
			forms: []usageLine{
				{"FILE SCRIPT [ARG...]", "run a script against a recording, offline"},
				{"FILE -listen ADDR", "serve a recording as a telnet host"},
			},
			flags: slices.Concat(replayFlags(), traceFlags(), []flagDef{timeFlag(), logFlag(), recordFlag(), secretFlag()}), own: 2,
			example: "moonwire replay -chunks every login.cast login.lua", run: (*App).runReplay,
		},
		{
			name: "test", forms: form("[PATH...]", "run the tests in files that end in _test.lua"),
			flags: slices.Concat([]flagDef{
				on("v", "name each test", func(s *settings) *bool { return &s.verbose }),
				on("tap", "print the results as TAP", func(s *settings) *bool { return &s.tap }),
				word("junit", "FILE", "write the results to FILE as JUnit XML", func(s *settings) *string { return &s.junit }),
			}, traceFlags(), []flagDef{timeFlag(), secretFlag()}),
			example: "moonwire test -v tests", run: (*App).runTest,
		},
		{
			name: "fleet",
			forms: []usageLine{
				{"-hosts FILE SCRIPT [ARG...]", "run a script once for each host of an inventory"},
				{"-resume DIR", "do what is left of a run"},
			},
			flags: slices.Concat(fleetFlags(), natsFlags(), []flagDef{keyFlag("sign the run with the key in FILE"), trustFlag("take results only from workers that KEY, or a key in the file KEY, vouches for"), expiryFlag()}, traceFlags(), []flagDef{timeFlag(), secretFlag()}), own: 1,
			example: "moonwire fleet -hosts routers.csv -at 20 -canary 1 backup.lua", run: (*App).runFleet,
		},
		{
			name: "fleet worker", forms: form("-nats URL", "do the jobs of fleets that run elsewhere"),
			flags:   slices.Concat(natsFlags(), workerFlags(), traceFlags()),
			example: "moonwire fleet worker -nats nats://queue.example.net -site ams -trust fleet.pub", run: (*App).runFleetWorker,
		},
		{
			name: "fleet keygen", forms: form("FILE", "make a key that signs runs; its public half goes to FILE.pub"),
			example: "moonwire fleet keygen fleet.key", run: (*App).runFleetKeygen,
		},
		{
			name: "completion", forms: form("bash|zsh|fish", "the shell's completion of these commands"),
			example: "source <(moonwire completion bash)", run: (*App).runCompletion,
		},
		{
			name: "help", forms: form("[NAME]", "a command's flags, or what the reference says"),
			example: "moonwire help replay", run: (*App).runHelp,
		},
		{name: "version", forms: form("", "print the version"), example: "moonwire version", run: (*App).runVersion},
	}
}

func commandNamed(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// start parses the arguments of a command and runs it.
func (app *App) start(c *command, args []string) int {
	s, rest, err := c.parse(args)
	if err == nil {
		return c.run(app, s, rest)
	}
	if errors.Is(err, flag.ErrHelp) {
		if c.name == "" {
			return app.page(usage())
		}
		return app.page(c.help())
	}
	name := ""
	if c.name != "" {
		name = c.name + ": "
	}
	app.say("%s%v", name, err)
	if wrong, ok := errors.AsType[*usageError](err); ok && wrong.near != "" {
		app.hint("did you mean %s?", wrong.near)
	} else {
		app.helpHint(c.name)
	}
	return exitUsage
}

// runHelp explains a command, or what the reference knows.
func (app *App) runHelp(s *settings, rest []string) int {
	if len(rest) == 0 {
		return app.page(usage())
	}
	if c := commandNamed(rest[0]); c != nil && len(rest) == 1 {
		return app.page(c.help())
	}
	return app.explain(strings.Join(rest, " "), commandNames())
}

// runVersion prints the version.
func (app *App) runVersion(_ *settings, rest []string) int {
	if len(rest) > 0 {
		return app.misused("version takes no arguments")
	}
	return app.print(version() + "\n")
}

// print writes what was asked for to standard output.
func (app *App) print(text string) int {
	if _, err := fmt.Fprint(app.Stdout, text); err != nil {
		if isClosedPipe(err) { // as where its output goes to head: nobody wants the rest
			return exitOK
		}
		app.say("cannot write to standard output: %v", err)
		return exitError
	}
	return exitOK
}

// version is the program's version, as the module was built: a tag, or a commit. Each
// recording names it.
var version = sync.OnceValue(func() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		v = cmp.Or(info.Main.Version, v)
	}
	return "moonwire " + v + ", Lua 5.1"
})

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// unknownScript is the error for a script that is not there. A name without an
// extension may be meant for a command.
func unknownScript(path string, cause error) error {
	e := &usageError{message: fmt.Sprintf("cannot read %s: %v", path, cause)}
	info, err := os.Stat(path)
	switch _, lua := os.Stat(path + ".lua"); {
	case err == nil && info.IsDir():
		e.near = "test " + path
	case strings.Contains(path, "://") || isIP(path) || path == "localhost":
		e.near = "connect " + path
	case lua == nil:
		e.near = path + ".lua"
	case !strings.ContainsAny(path, "./\\"):
		e.near = words.Nearest(path, commandNames())
	}
	return e
}
