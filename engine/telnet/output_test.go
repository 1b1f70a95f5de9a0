package telnet

import (
	"fmt"
	"strings"
	"testing"
)

// TestItem21Doubled has 255 in everything that we can send.
func TestItem21Doubled(t *testing.T) {
	c := New(Config{
		Terminal: []string{"a\xffb"}, Columns: 255, Rows: 65535, Speed: "\xff", Display: "\xff", Location: "\xff",
		CharsetOffer: []string{"\xff"}, Charsets: func(string) bool { return true },
		Environ:  []EnvVar{{Name: "\xff", Value: "\xff"}},
		Policies: map[Option]Policy{TSpeed: Accept, XDisploc: Accept, SndLoc: Accept},
	})
	if got := string(c.AppendData(nil, []byte("\xff\xffa\xff"))); got != "\xff\xff\xff\xffa\xff\xff" {
		t.Errorf("data: %q", got)
	}
	if got := string(c.AppendText(nil, []byte("\xff\n"), "\xff\r\n")); got != "\xff\xff\xff\xff\r\n" {
		t.Errorf("text: %q", got)
	}
	for _, x := range []struct{ in, out string }{
		{"\xff\xfd\x1f", "\xff\xfb\x1f\xff\xfa\x1f\x00\xff\xff\xff\xff\xff\xff\xff\xf0"},
		{"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0", "\xff\xfb\x18\xff\xfa\x18\x00a\xff\xffb\xff\xf0"},
		{"\xff\xfd\x20\xff\xfa\x20\x01\xff\xf0", "\xff\xfb\x20\xff\xfa\x20\x00\xff\xff\xff\xf0"},
		{"\xff\xfd\x23\xff\xfa\x23\x01\xff\xf0", "\xff\xfb\x23\xff\xfa\x23\x00\xff\xff\xff\xf0"},
		{"\xff\xfd\x17", "\xff\xfb\x17\xff\xfa\x17\xff\xff\xff\xf0"},
		{"\xff\xfd\x27\xff\xfa\x27\x01\xff\xf0", "\xff\xfb\x27\xff\xfa\x27\x00\x03\xff\xff\x01\xff\xff\xff\xf0"},
		{"\xff\xfd\x2a", "\xff\xfb\x2a\xff\xfa\x2a\x01;\xff\xff\xff\xf0"},
	} {
		if _, out := run(c, x.in); out != x.out {
			t.Errorf("%q: got %q, want %q", x.in, out, x.out)
		}
	}
	c.Subnegotiate(ExtendedOptions, []byte("\xff"))
	event, _ := c.Next(nil)
	if out := string(c.AppendOutput(nil)); out != "\xff\xfa\xff\xff\xff\xff\xff\xf0" || string(event.Data) != "\xff\xff" {
		t.Errorf("subnegotiation: %q, %v", out, event)
	}
}

// TestItem23Newlines writes text with all kinds of line ends.
func TestItem23Newlines(t *testing.T) {
	for _, x := range []struct{ newline, text, want string }{ // under BINARY a CR has no NUL behind it
		{"\r\n", "a\nb", "a\r\nb"},
		{"\r\n", "a\r\nb", "a\r\nb"},
		{"\r\n", "a\rb", "a\r\x00b"},
		{"\r\n", "a\r", "a\r\x00"},
		{"\r\n", "\r\r\n\n", "\r\x00\r\n\r\n"},
		{"\r\n", "", ""},
		{"\n", "a\nb\r\nc\r", "a\nb\nc\r\x00"},
		{"\r", "a\nb\r\n", "a\rb\r"},
		{"\r\x00", "a\n", "a\r\x00"},
		{"", "a\nb", "ab"},
	} {
		c := New(Config{})
		if got := string(c.AppendText(nil, []byte(x.text), x.newline)); got != x.want {
			t.Errorf("%q with %q: got %q, want %q", x.text, x.newline, got, x.want)
		}
		run(c, "\xff\xfd\x00") // BINARY
		if got := string(c.AppendText([]byte("x"), []byte(x.text), x.newline)); got != "x"+strings.ReplaceAll(x.want, "\r\x00", "\r") && x.newline != "\r\x00" {
			t.Errorf("%q with %q under BINARY: got %q", x.text, x.newline, got)
		}
	}
}

// TestTracesAreBounded sends a great deal without ever asking for events.
func TestTracesAreBounded(t *testing.T) {
	c := New(Config{})
	for i := range 20000 {
		if i%2 == 0 {
			c.Subnegotiate(GMCP, []byte("x"))
		}
		c.Send(NOP)
		c.AppendOutput(nil)
	}
	if len(c.queue) > maxTraces || cap(c.out) > 8*maxTraces {
		t.Errorf("%d events wait, and %d bytes are kept", len(c.queue), cap(c.out))
	}
	log, _ := run(c, "x")
	if len(log) != maxTraces+1 || log[maxTraces] != `data "x"` {
		t.Errorf("%d events", len(log))
	}
}

func TestNames(t *testing.T) {
	for _, x := range []struct {
		name   string
		option Option
	}{
		{"ECHO", Echo},
		{"echo", Echo},
		{"new_environ", NewEnviron},
		{"TM", TimingMark},
		{"Timing-Mark", TimingMark},
		{"86", MCCP2},
		{"COMPRESS2", MCCP2},
		{"compress", MCCP1},
		{"99", 99},
		{"COM-PORT", ComPort},
		{"mssp", MSSP},
	} {
		if got, ok := OptionByName(x.name); got != x.option || !ok {
			t.Errorf("%s: %v, %v", x.name, got, ok)
		}
	}
	for _, name := range []string{"", "256", "-1", "ECH", "ECHO "} {
		if got, ok := OptionByName(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
	for o := range 256 {
		o := Option(o)
		if got, ok := OptionByName(o.String()); got != o || !ok {
			t.Errorf("%v: %v, %v", o, got, ok)
		}
	}
	seen := map[string]bool{}
	for _, name := range OptionNames() {
		if o, ok := OptionByName(name); !ok || !o.Named() || seen[name] {
			t.Errorf("%s is %v, and named %v", name, o, o.Named())
		}
		seen[name] = true
	}
	for c := range 256 {
		c := Command(c)
		if got, ok := CommandByName(c.String()); ok != c.Known() || ok && got != c {
			t.Errorf("%v: %v, %v", c, got, ok)
		}
	}
	if got, ok := CommandByName("ayt"); got != AYT || !ok {
		t.Error(got, ok)
	}
}

func TestStrings(t *testing.T) {
	got := fmt.Sprint(Client, Server, Us, Him, Data, Fault, Kind(99), Option(99), GMCP, Command(3), WILL, qWantNoOpposite,
		Event{}, Event{Kind: Compress}, Event{Kind: Kind(99)})
	want := "client server us him data fault Kind(99) 99 GMCP 3 WILL want no, then yes none compress Kind(99)"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestWindow(t *testing.T) {
	if c, r, ok := Window([]byte("\x01\x00\x00\x18")); c != 256 || r != 24 || !ok {
		t.Error(c, r, ok)
	}
	if _, _, ok := Window([]byte("\x00\x50\x00")); ok {
		t.Error("three bytes are no window")
	}
}

// TestItem32SetTerminal changes the terminal between two requests.
func TestItem32SetTerminal(t *testing.T) {
	const send = "\xff\xfa\x18\x01\xff\xf0"
	c := New(Config{Terminal: []string{"vt100", "dumb"}})
	run(c, "\xff\xfd\x18"+send)
	c.SetTerminal("xterm-256color")
	if _, out := run(c, send+send); out != strings.Repeat("\xff\xfa\x18\x00xterm-256color\xff\xf0", 2) {
		t.Errorf("%q", out)
	}
}

func TestParseEnviron(t *testing.T) {
	got := fmt.Sprintf("%v", ParseEnviron([]byte("junk\x01v\x00USER\x01me\x01twice\x03N\x02\x03\x03E\x01\x00LAST\x02")))
	want := "[{{USER me false} true} {{N\x03  true} false} {{E  true} true} {{LAST  false} false}]"
	if got != want {
		t.Errorf("got %s", got)
	}
	if got := string(AppendEnviron(nil, EnvironEntry{EnvVar: EnvVar{Name: "USER"}})); got != "\x00USER" {
		t.Errorf("%q", got)
	}
}
