package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// settings is what the flags say.
type settings struct {
	chunks      []chunk // -e and -l in their order
	interactive bool
	rescue      bool
	version     bool
	help        bool
	dialogue    bool // -x
	trace       int  // 1 with -d, 2 with -dd
	timeout     time.Duration
	log, record string
	secrets     map[string]string // name to file
}

// A chunk is code or a module named on the command line.
type chunk struct {
	module bool
	text   string
}

// A flagDef is one flag: its usage, its reference and its parsing come from here.
type flagDef struct {
	name, arg, help string
	set             func(s *settings, value string) error
}

var flagDefs = [...]flagDef{
	{"e", "CODE", "run CODE (may be given several times)", func(s *settings, v string) error {
		s.chunks = append(s.chunks, chunk{text: v})
		return nil
	}},
	{"l", "MODULE", "require MODULE before the script", func(s *settings, v string) error {
		s.chunks = append(s.chunks, chunk{module: true, text: v})
		return nil
	}},
	{"i", "", "go to the prompt after the script", func(s *settings, _ string) error { s.interactive = true; return nil }},
	{"rescue", "", "offer to take over by hand when a wait fails", func(s *settings, _ string) error { s.rescue = true; return nil }},
	{"v", "", "print the version", func(s *settings, _ string) error { s.version = true; return nil }},
	{"x", "", "show the dialogue on standard error as it happens", func(s *settings, _ string) error { s.dialogue = true; return nil }},
	{"d", "", "trace option negotiation and every match decision too", func(s *settings, _ string) error { s.trace = max(s.trace, 1); return nil }},
	{"dd", "", "the same with the bytes in hex", func(s *settings, _ string) error { s.trace = 2; return nil }},
	{"t", "SECONDS", "how long a wait may take that names no time (30)", func(s *settings, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || !(n > 0 && n <= 1e9) {
			return errors.New("must be a number of seconds above 0")
		}
		s.timeout = time.Duration(n * float64(time.Second))
		return nil
	}},
	{"log", "FILE", "write the text of all sessions to FILE", func(s *settings, v string) error { s.log = v; return nil }},
	{"record", "FILE", "record all sessions to FILE", func(s *settings, v string) error { s.record = v; return nil }},
	{"secret", "NAME=FILE", `take secret "NAME" from the first line of FILE`, func(s *settings, v string) error {
		name, file, ok := strings.Cut(v, "=")
		if !ok || name == "" || file == "" {
			return errors.New("must be NAME=FILE")
		}
		if s.secrets == nil {
			s.secrets = make(map[string]string)
		}
		s.secrets[name] = file
		return nil
	}},
	{"help", "", "print this", func(s *settings, _ string) error { s.help = true; return nil }},
	{"h", "", "", func(s *settings, _ string) error { s.help = true; return nil }},
}

// parseFlags reads the flags before the script; rest is the script and its
// arguments.
func parseFlags(args []string) (s *settings, rest []string, err error) {
	s = &settings{}
	set := flag.NewFlagSet("moonwire", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	for _, d := range flagDefs {
		if d.arg == "" {
			set.BoolFunc(d.name, d.help, func(string) error { return d.set(s, "") })
		} else {
			set.Func(d.name, d.help, func(v string) error { return d.set(s, v) })
		}
	}
	if err := set.Parse(args); err != nil {
		if name, found := strings.CutPrefix(err.Error(), "flag provided but not defined: "); found {
			err = &usageError{"there is no flag " + name}
		}
		return nil, nil, err
	}
	return s, set.Args(), nil
}

// usage is what -help prints.
func usage() string {
	var b strings.Builder
	for _, part := range []struct {
		title string
		lines []usageLine
	}{{"usage", usageCommands()}, {"\nflags", usageFlags()}} {
		b.WriteString(part.title + ":\n")
		for _, line := range part.lines {
			if len(line.form) > 38 { // too long for its column
				b.WriteString("  " + line.form + "\n")
				line.form = ""
			}
			fmt.Fprintf(&b, "  %-38s %s\n", line.form, line.help)
		}
	}
	b.WriteString("\nexample:\n  moonwire examples/telnet_login.lua demo:// brandon\n")
	return b.String()
}

// A usageLine is a way to call the command, or a flag, and what it is for.
type usageLine struct{ form, help string }

func usageCommands() []usageLine {
	lines := []usageLine{
		{"moonwire [flags] SCRIPT [ARG...]", `run a Lua script ("-" is standard input)`},
		{"moonwire [flags]", "a prompt on a terminal; otherwise run standard input"},
	}
	for _, c := range commands() {
		lines = append(lines, usageLine{"moonwire " + strings.TrimSpace(c.name+" "+c.args), c.help})
	}
	return lines
}

func usageFlags() []usageLine {
	var lines []usageLine
	for _, d := range flagDefs {
		if d.help != "" {
			lines = append(lines, usageLine{strings.TrimSpace("-" + d.name + " " + d.arg), d.help})
		}
	}
	return lines
}
