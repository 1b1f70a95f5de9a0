package telnet

// Golden wires: testdata/wires/NAME.in is what happens to a codec, NAME.out the
// log of what it tells and sends. Each case is run with the peer's bytes whole,
// cut at every place, and one at a time, and must come out the same.
//
// Lines of a .in file:
//
//	# a comment
//	config role=server terminal=vt100,ansi window=80x24 ...   (first)
//	< IAC WILL ECHO "login: " 0D 00 *300 "x"      bytes from the peer
//	ask DO ECHO | fence | send AYT | synch | urgent | resize 80 24 | close
//	subnegotiate GMCP "Core.Hello"
//	on WILL ECHO accept | on SB TTYPE reply "..." | on SB TTYPE suppress
//
// A byte is a number in two hex digits, the name of a command or option, or part
// of a Go string; "*N" repeats the token after it.

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hook is what a caller of the codec does about a request or a subnegotiation.
type hook struct {
	command Command
	option  Option
	action  string
	payload []byte
}

// wire is a parsed .in file.
type wire struct {
	config Config
	hooks  []hook
	steps  []step
}

type step struct {
	line  string
	bytes []byte // from the peer, if the step is that
	do    func(c *Codec) error
}

func TestWires(t *testing.T) {
	files, err := filepath.Glob("testdata/wires/*.in")
	if err != nil || len(files) == 0 {
		t.Fatal("no wires found", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".in"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w, err := parseWire(string(text))
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".in") + ".out"
			whole := w.run(0, false)
			if *update {
				if err := os.WriteFile(golden, []byte(whole), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if whole != string(want) {
				t.Fatalf("whole: got\n%s\nwant\n%s", whole, want)
			}
			w.everyCut(t, whole)
		})
	}
}

// everyCut runs the wire at every split point and byte by byte.
func (w wire) everyCut(t *testing.T, want string) {
	t.Helper()
	if got := w.run(0, true); got != want {
		t.Fatalf("byte by byte: got\n%s\nwant\n%s", got, want)
	}
	longest := 0
	for _, s := range w.steps {
		longest = max(longest, len(s.bytes))
	}
	for cut := 1; cut < longest; cut++ {
		if longest > 4096 && !telling(cut, longest) {
			continue
		}
		if got := w.run(cut, false); got != want {
			t.Fatalf("cut at %d: got\n%s\nwant\n%s", cut, got, want)
		}
	}
}

// telling says whether a wire of that length, too long to be cut everywhere, is cut
// there: near its ends, where a bound is reached, and here and there.
func telling(cut, length int) bool {
	for _, place := range []int{0, maxPayload, 2 * maxPayload, maxDiscard, maxSynch, length} {
		if cut >= place-3 && cut <= place+9 {
			return true
		}
	}
	return cut%(length/8) == 0
}

// run returns the log. Each step's bytes are cut at cut, or into single ones.
func (w wire) run(cut int, single bool) string {
	var log strings.Builder
	c := New(w.config)
	for _, s := range w.steps {
		log.WriteString(s.line + "\n")
		if s.do != nil {
			if err := s.do(c); err != nil {
				fmt.Fprintf(&log, "    error: %v\n", err)
			}
		}
		p := player{codec: c, hooks: w.hooks, log: &log}
		switch {
		case single:
			for i := range s.bytes {
				p.feed(s.bytes[i : i+1])
			}
		case cut < len(s.bytes):
			p.feed(s.bytes[:cut])
			p.feed(s.bytes[cut:])
		default:
			p.feed(s.bytes)
		}
		p.feed(nil)
		p.flush()
		if out := c.AppendOutput(nil); len(out) > 0 {
			fmt.Fprintf(&log, "    > %s\n", spell(out))
		}
	}
	return log.String()
}

// player feeds a codec and logs its events, Data events joined.
type player struct {
	codec *Codec
	hooks []hook
	log   *strings.Builder
	data  []byte
}

func (p *player) feed(in []byte) {
	for {
		event, n := p.codec.Next(in)
		in = in[n:]
		switch event.Kind {
		case None:
			return
		case Data:
			p.data = append(p.data, event.Data...)
			continue
		}
		p.flush()
		fmt.Fprintf(p.log, "    %s\n", brief(event.String()))
		for _, h := range p.hooks {
			if h.option != event.Option {
				continue
			}
			switch {
			case event.Kind == Request && h.command == event.Command:
				p.codec.Decide(h.action == "accept", "hook")
			case event.Kind == Subnegotiation && h.action == "reply":
				p.codec.Reply(h.payload)
			case event.Kind == Subnegotiation && h.action == "suppress":
				p.codec.Suppress()
			}
		}
	}
}

func (p *player) flush() {
	if len(p.data) > 0 {
		fmt.Fprintf(p.log, "    %s\n", brief(Event{Kind: Data, Data: p.data}.String()))
		p.data = nil
	}
}

// brief shortens what is too long to read.
func brief(line string) string {
	if len(line) > 400 {
		return fmt.Sprintf("%s ... %s [%d]", line[:60], line[len(line)-60:], len(line))
	}
	return line
}

// spell writes bytes as a .in file has them, commands and options by name where
// they stand for themselves.
func spell(p []byte) string {
	var words []string
	for i := 0; i < len(p); {
		if p[i] == iac && i+1 < len(p) && Command(p[i+1]).Known() {
			command := Command(p[i+1])
			words = append(words, "IAC", command.String())
			i += 2
			if i < len(p) && (command.negotiates() || command == SB) {
				words = append(words, Option(p[i]).String())
				i++
			}
			continue
		}
		j := i
		for j < len(p) && p[j] >= ' ' && p[j] < 0x7f {
			j++
		}
		if j > i {
			words = append(words, strconv.Quote(string(p[i:j])))
			i = j
			continue
		}
		words = append(words, fmt.Sprintf("%02X", p[i]))
		i++
	}
	return brief(strings.Join(words, " "))
}

func parseWire(text string) (wire, error) {
	var w wire
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := w.parseLine(line); err != nil {
			return w, fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	return w, nil
}

func (w *wire) parseLine(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "config":
		return parseConfig(&w.config, rest)
	case "<":
		p, err := parseBytes(rest)
		w.steps = append(w.steps, step{line: line, bytes: p})
		return err
	case "on":
		fields := strings.SplitN(rest, " ", 4)
		command, ok := CommandByName(fields[0])
		option, ok2 := OptionByName(fields[1])
		h := hook{command: command, option: option, action: fields[2]}
		if !ok || !ok2 {
			return fmt.Errorf("unknown command or option in %q", line)
		}
		if len(fields) == 4 {
			p, err := parseBytes(fields[3])
			if err != nil {
				return err
			}
			h.payload = p
		}
		w.hooks = append(w.hooks, h)
		return nil
	}
	do, err := parseAction(word, rest)
	w.steps = append(w.steps, step{line: line, do: do})
	return err
}

func parseAction(word, rest string) (func(*Codec) error, error) {
	first, second, _ := strings.Cut(rest, " ")
	command, _ := CommandByName(first)
	quiet := func(f func(c *Codec)) (func(*Codec) error, error) {
		return func(c *Codec) error { f(c); return nil }, nil
	}
	switch word {
	case "ask":
		option, ok := OptionByName(second)
		if !ok || !command.negotiates() {
			return nil, fmt.Errorf("cannot ask %q", rest)
		}
		// We say DO and DONT of the peer's options, WILL and WONT of ours.
		side := Him
		if command == WILL || command == WONT {
			side = Us
		}
		return func(c *Codec) error { return c.Ask(side, option, command == DO || command == WILL) }, nil
	case "fence":
		return (*Codec).Fence, nil
	case "send":
		return quiet(func(c *Codec) { c.Send(command) })
	case "synch":
		return quiet((*Codec).Synch)
	case "urgent":
		return quiet((*Codec).Urgent)
	case "resize":
		columns, err := strconv.Atoi(first)
		rows, err2 := strconv.Atoi(second)
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("bad size %q", rest)
		}
		return quiet(func(c *Codec) { c.Resize(columns, rows) })
	case "subnegotiate":
		option, ok := OptionByName(first)
		p, err := parseBytes(second)
		if !ok || err != nil {
			return nil, fmt.Errorf("bad subnegotiation %q", rest)
		}
		return quiet(func(c *Codec) { c.Subnegotiate(option, p) })
	case "close":
		return func(c *Codec) error {
			if event := c.Close(); event.Kind != None {
				return fmt.Errorf("%s", event.Reason)
			}
			return nil
		}, nil
	}
	return nil, fmt.Errorf("unknown step %q", word)
}

func parseConfig(config *Config, text string) error {
	config.Policies = map[Option]Policy{}
	for field := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "role":
			if value == "server" {
				config.Role = Server
			}
		case "terminal":
			config.Terminal = strings.Split(value, ",")
		case "window":
			if _, err := fmt.Sscanf(value, "%dx%d", &config.Columns, &config.Rows); err != nil {
				return err
			}
		case "environ":
			for pair := range strings.SplitSeq(value, ",") {
				name, value, _ := strings.Cut(pair, ":")
				unquoted, err := strconv.Unquote(`"` + value + `"`)
				if err != nil {
					return err
				}
				config.Environ = append(config.Environ, EnvVar{Name: name, Value: unquoted})
			}
		case "charsets":
			have := strings.Split(strings.ToUpper(value), ",")
			config.Charsets = func(name string) bool {
				for _, h := range have {
					if strings.EqualFold(h, name) {
						return true
					}
				}
				return false
			}
		case "offer":
			config.CharsetOffer = strings.Split(value, ",")
		case "speed":
			config.Speed = value
		case "display":
			config.Display = value
		case "location":
			config.Location = value
		case "accept", "refuse":
			for name := range strings.SplitSeq(value, ",") {
				option, ok := OptionByName(name)
				if !ok {
					return fmt.Errorf("unknown option %q", name)
				}
				config.Policies[option] = Accept
				if key == "refuse" {
					config.Policies[option] = Refuse
				}
			}
		case "nocompression":
			config.NoCompression = true
		case "tls":
			config.TLS = true
		case "manual":
			config.Manual = true
		default:
			return fmt.Errorf("unknown setting %q", key)
		}
	}
	return nil
}

// parseBytes reads the bytes of a line. After WILL, WONT, DO, DONT and SB a name
// is an option's, elsewhere a command's.
func parseBytes(text string) ([]byte, error) {
	var out []byte
	repeat, option := 1, false
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var token []byte
		if text[0] == '"' {
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, err
			}
			unquoted, _ := strconv.Unquote(quoted)
			token, text = []byte(unquoted), text[len(quoted):]
			option = false
		} else {
			word, rest, _ := strings.Cut(text, " ")
			text = rest
			if n, ok := strings.CutPrefix(word, "*"); ok {
				var err error
				if repeat, err = strconv.Atoi(n); err != nil {
					return nil, err
				}
				continue
			}
			b, err := byteNamed(word, option)
			if err != nil {
				return nil, err
			}
			token = []byte{b}
			option = !option && len(out) > 0 && out[len(out)-1] == iac && Command(b) >= SB && Command(b) != IAC
		}
		for range repeat {
			out = append(out, token...)
		}
		repeat = 1
	}
	return out, nil
}

func byteNamed(word string, option bool) (byte, error) {
	if option {
		if o, ok := OptionByName(word); ok && o.Named() && word == o.String() {
			return byte(o), nil
		}
	}
	if c, ok := CommandByName(word); ok {
		return byte(c), nil
	}
	if len(word) == 2 {
		if n, err := strconv.ParseUint(word, 16, 8); err == nil {
			return byte(n), nil
		}
	}
	return 0, fmt.Errorf("no byte %q", word)
}
