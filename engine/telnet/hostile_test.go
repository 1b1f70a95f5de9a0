package telnet

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
)

// flood feeds the codec the same bytes over and over, taking the output after
// each piece or never, and returns how much came out and the most that waited.
func flood(c *Codec, piece string, times int, take bool) (sent, most int) {
	in := []byte(piece)
	var out []byte
	for range times {
		rest := in
		for {
			event, n := c.Next(rest)
			rest = rest[n:]
			if event.Kind == None {
				break
			}
		}
		most = max(most, len(c.out)-c.taken)
		if take {
			out = c.AppendOutput(out[:0])
			sent += len(out)
		}
	}
	return sent, most
}

// heap returns how many bytes f leaves allocated, roughly.
func heap(f func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// TestItem27ReplyFloods has a peer ask in a loop for all that we answer.
func TestItem27ReplyFloods(t *testing.T) {
	long := strings.Repeat("v", 2000)
	config := Config{
		Terminal: []string{"xterm"}, Charsets: func(string) bool { return true },
		Environ:  []EnvVar{{Name: "A", Value: long}, {Name: "B", Value: strings.Repeat("\xff", 1000)}},
		Policies: map[Option]Policy{Status: Accept},
	}
	setUp := "\xff\xfd\x18\xff\xfd\x27\xff\xfb\x2a\xff\xfd\x05"
	for name, piece := range map[string]string{
		"ttype":   "\xff\xfa\x18\x01\xff\xf0",
		"environ": "\xff\xfa\x27\x01\xff\xf0",
		"charset": "\xff\xfa\x2a\x01;x\xff\xf0",
		"status":  "\xff\xfa\x05\x01\xff\xf0",
		"mark":    "\xff\xfd\x06",
		"logout":  "\xff\xfd\x12\xff\xfb\x12",
		"refused": "\xff\xfb\x63",
		"toggled": "\xff\xfb\x01\xff\xfc\x01",
		"ayt":     "\xff\xf6",
	} {
		for _, role := range []Role{Client, Server} {
			config.Role = role
			const times = 2000
			for _, take := range []bool{true, false} {
				c := New(config)
				run(c, setUp)
				sent, most := flood(c, piece, times, take)
				if most > maxReplies {
					t.Errorf("%s: %d bytes of output waited", name, most)
				}
				if bound := maxCredit + gain*len(piece)*times; sent > bound {
					t.Errorf("%s: %d bytes out, bound %d", name, sent, bound)
				}
				if name == "environ" && role == Client && c.Dropped() == 0 {
					t.Errorf("%s, %v: nothing was dropped of %d", name, role, sent)
				}
				if take && name != "environ" && c.Dropped() > 0 {
					t.Errorf("%s, %v: %d dropped, though the answers are short", name, role, c.Dropped())
				}
				bounded(t, c)
			}
		}
	}
}

// TestDropIsTold checks that the first reply that is dropped is a Fault, and that
// an option whose answer is dropped stays off.
func TestDropIsTold(t *testing.T) {
	c := New(Config{})
	flood(c, "\xff\xfb\x63", maxReplies/3+10, false)
	if c.Dropped() == 0 {
		t.Fatal("nothing was dropped")
	}
	before := c.Dropped()
	log, _ := run(c, "\xff\xfb\x01")
	if c.Enabled(Him, Echo) == (c.Dropped() > before) {
		t.Errorf("dropped %d, echo %v: %v", c.Dropped()-before, c.Enabled(Him, Echo), log)
	}
	c = New(Config{})
	faults := 0
	for range 3 * maxReplies / 3 {
		in := []byte("\xff\xfb\x63")
		for {
			event, n := c.Next(in)
			in = in[n:]
			if event.Kind == Fault {
				faults++
			}
			if event.Kind == None {
				break
			}
		}
	}
	if faults != 1 {
		t.Errorf("%d faults", faults)
	}
	run(c, "")
	if log, out := run(c, "\xff\xfb\x01"); out != "\xff\xfd\x01" || !c.Enabled(Him, Echo) {
		t.Errorf("after the output was taken: %q, %v", out, log)
	}
}

// TestReplyFlood has a caller who answers each subnegotiation at length.
func TestReplyFlood(t *testing.T) {
	c := New(Config{})
	payload := make([]byte, 5000)
	for range 1000 {
		in := []byte("\xff\xfa\xc9x\xff\xf0")
		for {
			event, n := c.Next(in)
			in = in[n:]
			if event.Kind == Subnegotiation {
				c.Reply(payload)
			}
			if event.Kind == None {
				break
			}
		}
	}
	if len(c.out) > maxReplies+6000 || c.Dropped() == 0 {
		t.Errorf("%d bytes wait, %d dropped", len(c.out), c.Dropped())
	}
}

// TestItem29MemoryIsFlat runs megabytes of each kind of nuisance through a codec
// and looks at what stays allocated: nothing, however many they are.
func TestItem29MemoryIsFlat(t *testing.T) {
	kinds := map[string][]byte{
		"data":        bytes.Repeat([]byte("log line\r\n"), 6554),
		"iacs":        bytes.Repeat([]byte{iac}, 65536),
		"endless sb":  append([]byte("\xff\xfa\x18"), bytes.Repeat([]byte("x"), 65536)...),
		"sb of iacs":  append([]byte("\xff\xfa\x18"), bytes.Repeat([]byte{iac}, 65536)...),
		"options":     bytes.Repeat([]byte("\xff\xfb\x01\xff\xfc\x01\xff\xfd\x03\xff\xfe\x03\xff\xfb\x63"), 4369),
		"all options": allOptions(),
		"sb starts":   bytes.Repeat([]byte("\xff\xfa\x18x"), 16384),
	}
	const megabytes = 3
	for name, piece := range kinds {
		c := New(richest(Client))
		grown := heap(func() {
			_, most := flood(c, string(piece), megabytes<<20/len(piece), true)
			if most > maxReplies {
				t.Errorf("%s: %d bytes of output waited", name, most)
			}
		})
		if grown > 1<<20 {
			t.Errorf("%s: %d bytes stay allocated", name, grown)
		}
		bounded(t, c)
	}
}

func allOptions() []byte {
	var p []byte
	for range 64 {
		for o := range 256 {
			p = append(p, iac, byte(WILL)+byte(o%4), byte(o))
		}
	}
	return p
}

// TestItem25EnvironAlone checks that the process's own environment stays ours.
func TestItem25EnvironAlone(t *testing.T) {
	t.Setenv("USER", "root")
	t.Setenv("DISPLAY", ":0")
	c := New(Config{Environ: []EnvVar{{Name: "LANG", Value: "C"}}})
	_, out := run(c, "\xff\xfd\x27\xff\xfa\x27\x01\xff\xf0\xff\xfa\x27\x01\x00USER\x00DISPLAY\xff\xf0")
	if strings.Contains(out, "root") || strings.Contains(out, ":0") {
		t.Errorf("%q", out)
	}
	c.SetEnviron([]EnvVar{{Name: "USER", Value: "guest"}})
	if _, out = run(c, "\xff\xfa\x27\x01\x00USER\xff\xf0"); out != "\xff\xfa\x27\x00\x00USER\x01guest\xff\xf0" {
		t.Errorf("%q", out)
	}
}

// TestItem22LongSendList asks for more names than 256 bytes hold.
func TestItem22LongSendList(t *testing.T) {
	var list, want strings.Builder
	var environ []EnvVar
	for i := range 60 {
		name := "NAME" + strings.Repeat("x", i)
		environ = append(environ, EnvVar{Name: name, Value: "v"})
		list.WriteString("\x03" + name)
		want.WriteString("\x03" + name + "\x01v")
	}
	wire := "\xff\xfd\x27\xff\xfa\x27\x01" + list.String() + "\xff\xf0"
	for cut := range len(wire) {
		_, out := run(New(Config{Environ: environ}), wire[:cut], wire[cut:])
		if out != "\xff\xfb\x27\xff\xfa\x27\x00"+want.String()+"\xff\xf0" {
			t.Fatalf("cut at %d: %q", cut, out)
		}
	}
}

// TestItem26SLC sends 200 triplets, the flaw of a well-known server being that
// it answered them all into a buffer of fixed size. The setting is agreed to once.
func TestItem26SLC(t *testing.T) {
	wire := "\xff\xfd\x22\xff\xfa\x22\x03" + strings.Repeat("\x0c\x02\x1c", 200) + "\xff\xf0"
	for cut := range len(wire) {
		c := New(Config{Policies: map[Option]Policy{Linemode: Accept}})
		if _, out := run(c, wire[:cut], wire[cut:]); out != "\xff\xfb\x22\xff\xfa\x22\x03\x0c\x82\x1c\xff\xf0" {
			t.Fatalf("cut at %d: %q", cut, out)
		}
	}
}

// TestItem24WholeCommands takes the output at every point: each portion is whole
// commands, so that data may go between.
func TestItem24WholeCommands(t *testing.T) {
	c := New(richest(Client))
	for _, s := range seeds {
		for i := range len(s) {
			_, out := run(c, s[i:i+1])
			wellFormed(t, out)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	c := New(Config{Terminal: []string{"vt100"}})
	run(c, "\xff\xfd\x18\xff\xfd\x1f")
	for name, in := range map[string][]byte{
		"data":     bytes.Repeat([]byte("log line\r\n"), 400),
		"iacs":     bytes.Repeat([]byte("a\xff\xff"), 400),
		"commands": bytes.Repeat([]byte("a\xff\xf9"), 400),
		"requests": bytes.Repeat([]byte("\xff\xfb\x63\xff\xfb\x01\xff\xfc\x01\xff\xfd\x06"), 40),
		"ttype":    bytes.Repeat([]byte("\xff\xfa\x18\x01\xff\xf0"), 40),
		"naws":     bytes.Repeat([]byte("\xff\xfe\x1f\xff\xfd\x1f"), 40),
	} {
		out := make([]byte, 0, 1<<20)
		text := []byte("a line\nand \xff another\r\n")
		work := func() {
			rest := in
			for {
				event, n := c.Next(rest)
				rest = rest[n:]
				if event.Kind == None {
					break
				}
			}
			out = c.AppendOutput(out[:0])
			out = c.AppendText(out, text, "\r\n")
			out = c.AppendData(out, text)
		}
		if n := testing.AllocsPerRun(20, work); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
