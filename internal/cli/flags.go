package cli

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/words"
)

// settings is what the flags of a command say.
type settings struct {
	chunks      []chunk // -e and -l in their order
	interactive bool
	rescue      bool
	version     bool
	dialogue    bool // -x
	trace       int  // 1 with -d, 2 with -dd
	timeout     time.Duration
	log, record string
	secrets     map[string]string // name to file, or to a program behind a "!"

	user         string // of connect and record, as are via and port
	via          []string
	port         [len(portNames)]string
	force        bool
	listen       string
	json, text   bool
	speed, idle  float64
	verbose, tap bool
	junit        string
	html, man    string // folders
	replay       record.ReplayOptions
	fleet        fleetSettings
	nats         natsSettings
}

// A chunk is code or a module named on the command line.
type chunk struct {
	module bool
	text   string
}

// A flagDef is one flag. Parsing, usage, help and completion are made from it.
type flagDef struct {
	name, arg, help string
	initial         string // what holds without the flag, "" for nothing
	alias           string // another name
	set             func(s *settings, value string) error
}

// on makes a flag without a value.
func on(name, help string, to func(s *settings) *bool) flagDef {
	return flagDef{name: name, help: help, set: func(s *settings, _ string) error { *to(s) = true; return nil }}
}

// word makes a flag whose value is text.
func word(name, arg, help string, to func(s *settings) *string) flagDef {
	return flagDef{name: name, arg: arg, help: help, set: func(s *settings, v string) error { *to(s) = v; return nil }}
}

// number makes a flag whose value is a number that is above least, or least itself
// where that is wanted too.
func number(name, arg, help, initial string, including bool, must string, to func(s *settings, n float64)) flagDef {
	return flagDef{name: name, arg: arg, help: help, initial: initial, set: func(s *settings, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || !(n > 0 && n <= 1e9 || including && n == 0) {
			return errors.New("must be " + must)
		}
		to(s, n)
		return nil
	}}
}

func bytesFlag(name, help string, to func(s *settings) *int64) flagDef {
	return flagDef{name: name, arg: "BYTES", help: help, set: func(s *settings, v string) error {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			return errors.New("must be a number of bytes")
		}
		*to(s) = n
		return nil
	}}
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// scriptFlags are the flags of moonwire SCRIPT.
func scriptFlags() []flagDef {
	flags := []flagDef{
		{name: "e", arg: "CODE", help: "run CODE (may be given several times)", set: func(s *settings, v string) error {
			s.chunks = append(s.chunks, chunk{text: v})
			return nil
		}},
		{name: "l", arg: "MODULE", help: "require MODULE before the script", set: func(s *settings, v string) error {
			s.chunks = append(s.chunks, chunk{module: true, text: v})
			return nil
		}},
		on("i", "go to the prompt after the script", func(s *settings) *bool { return &s.interactive }),
		on("rescue", "offer to take over by hand when a wait fails", func(s *settings) *bool { return &s.rescue }),
	}
	version := on("v", "print the version", func(s *settings) *bool { return &s.version })
	version.alias = "version"
	flags = append(flags, version)
	flags = append(flags, traceFlags()...)
	return append(flags, timeFlag(), logFlag(), recordFlag(), secretFlag())
}

func traceFlags() []flagDef {
	return []flagDef{
		on("x", "show the dialogue on standard error as it happens", func(s *settings) *bool { return &s.dialogue }),
		{name: "d", help: "trace option negotiation and every match decision too", set: func(s *settings, _ string) error { s.trace = max(s.trace, 1); return nil }},
		{name: "dd", help: "the same with the bytes in hex", set: func(s *settings, _ string) error { s.trace = 2; return nil }},
	}
}

func timeFlag() flagDef {
	return number("t", "SECONDS", "how long a wait may take that names no time", "30", false, "a number of seconds above 0",
		func(s *settings, n float64) { s.timeout = seconds(n) })
}

func logFlag() flagDef {
	return word("log", "FILE", "write the text of all sessions to FILE", func(s *settings) *string { return &s.log })
}

func recordFlag() flagDef {
	return word("record", "FILE", "record all sessions to FILE", func(s *settings) *string { return &s.record })
}

func userFlag() flagDef {
	return word("l", "USER", "tell the host this name, where it asks for one", func(s *settings) *string { return &s.user })
}

// portNames are the options of a serial port, as they are called in flags and scripts.
var portNames = [...]string{"baud", "bits", "parity", "stop", "flow"}

// lineFlags say how a host is connected to.
func lineFlags() []flagDef {
	flag := func(i int, arg, help string) flagDef {
		return word(portNames[i], arg, help, func(s *settings) *string { return &s.port[i] })
	}
	return []flagDef{
		userFlag(), secretFlag(), viaFlag(),
		flag(0, "N", "a serial port's speed (9600)"),
		flag(1, "N", "its data bits (8)"),
		flag(2, "WORD", "its parity: none, odd, even, mark or space (none)"),
		flag(3, "N", "its stop bits: 1, 1.5 or 2 (1)"),
		flag(4, "WORD", "its flow control: none, software or hardware (none)"),
	}
}

func viaFlag() flagDef {
	return flagDef{name: "via", arg: "HOP", help: "go through HOP: ssh://, socks5://, http:// or command: (may be given several times)", set: func(s *settings, v string) error {
		s.via = append(s.via, v)
		return nil
	}}
}

func secretFlag() flagDef {
	return flagDef{name: "secret", arg: "NAME=FILE", help: `take secret "NAME" from the first line of FILE, or of what "!PROGRAM ARG..." prints`, set: func(s *settings, v string) error {
		name, file, ok := strings.Cut(v, "=")
		if !ok || name == "" || file == "" {
			return errors.New("must be NAME=FILE or NAME='!PROGRAM ARG...'")
		}
		if s.secrets == nil {
			s.secrets = make(map[string]string)
		}
		s.secrets[name] = file
		return nil
	}}
}

func listenFlag(help, initial string) flagDef {
	f := word("listen", "ADDR", help, func(s *settings) *string { return &s.listen })
	f.initial = initial
	return f
}

func speedFlag(help string) flagDef {
	return number("speed", "N", help, "1", false, "a number above 0", func(s *settings, n float64) { s.speed = n })
}

// replayFlags are those of moonwire replay alone.
func replayFlags() []flagDef {
	return []flagDef{
		listenFlag("serve the recording as a telnet host there", ""),
		speedFlag("serve it N times as fast"),
		on("lenient", "go on at the next prompt where the script differs", func(s *settings) *bool { return &s.replay.Lenient }),
		{name: "chunks", arg: "HOW", help: "cut what is received: recorded, whole, bytes, random[:SEED] or every", initial: "recorded", set: func(s *settings, v string) (err error) {
			s.replay.Cuts, err = record.ParseCuts(v)
			return err
		}},
		number("jitter", "SECONDS", "deliver pieces late, by up to so much", "0", true, "a number of seconds",
			func(s *settings, n float64) { s.replay.Faults.Jitter = seconds(n) }),
		bytesFlag("drop-at", "close the connection after so many bytes", func(s *settings) *int64 { return &s.replay.Faults.DropAt }),
		bytesFlag("stall-at", "say nothing more after so many bytes", func(s *settings) *int64 { return &s.replay.Faults.StallAt }),
	}
}

// parse reads the arguments of a command. Flags may stand among its arguments, until
// "--" and until the script whose own arguments follow. It returns [flag.ErrHelp] for
// -h and -help.
func (c *command) parse(args []string) (s *settings, rest []string, err error) {
	s = &settings{replay: record.ReplayOptions{Faults: record.NoFaults}}
	set := flag.NewFlagSet(c.name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	var names []string
	for _, d := range c.flags {
		if d.initial != "" {
			if err := d.set(s, d.initial); err != nil {
				return nil, nil, err
			}
		}
		for _, name := range []string{d.name, d.alias} {
			switch {
			case name == "":
				continue
			case d.arg == "":
				set.BoolFunc(name, d.help, func(string) error { return d.set(s, "") })
			default:
				set.Func(name, d.help, func(v string) error { return d.set(s, v) })
			}
			names = append(names, "-"+name)
		}
	}
	for {
		if err := set.Parse(args); err != nil {
			if name, found := strings.CutPrefix(err.Error(), "flag provided but not defined: "); found {
				if glued := c.unglue(args, name); glued != nil {
					args = glued
					continue
				}
				return nil, nil, &usageError{message: "there is no flag " + name, near: words.Nearest(name, names)}
			}
			return nil, nil, err
		}
		left := set.Args()
		ended := len(left) < len(args) && args[len(args)-len(left)-1] == "--"
		if len(left) == 0 || ended || c.own > 0 && len(rest)+1 >= c.own {
			return s, append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// unglue takes -eCODE and -lMODULE apart, which lua allows, and returns the arguments
// so changed, from that flag on, or nil if name is neither. Those before it are done.
func (c *command) unglue(args []string, name string) []string {
	if len(name) < 3 || name[:2] != "-e" && name[:2] != "-l" {
		return nil
	}
	known := slices.ContainsFunc(c.flags, func(d flagDef) bool { return d.name == name[1:2] && (d.arg == "CODE" || d.arg == "MODULE") })
	if !known {
		return nil
	}
	for i, arg := range args {
		if strings.HasPrefix(arg, name) { // name ends before a =
			return append([]string{arg[:2], arg[2:]}, args[i+1:]...)
		}
	}
	return nil
}
