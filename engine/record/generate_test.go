package record

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
)

// generated is the script of a recording, without its head.
func generated(t *testing.T, r *Recording) (body string, secrets []mask.Secret) {
	t.Helper()
	text, secrets, err := r.Script(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ = strings.Cut(text, "\n\n")
	return body, secrets
}

// A generatedScript is what an operator did, and the script that is made of it.
type generatedScript struct {
	name  string
	lines []string
	want  string
}

func generatedScripts() []generatedScript {
	return []generatedScript{
		{"nothing", nil, "t:close()\n"},
		{"only a banner", []string{"<0 hello\r\n"}, "t:close()\n"},
		{
			"a router with a pager, line by line",
			[]string{
				"<0 \r\nUser Access Verification\r\n\r\nPassword: ", ">1 zebra\r\n", "<1.1 \r\nr1> ", ">2 enable\r\n", "<2.1 enable\r\nPassword: ",
				">3 en4ble\r\n", "<3.1 \r\nr1# ", ">4 list\r\n", "<4.1 list\r\n  one\r\n --More-- ", ">5  ", "<5.1 \r          \r  two\r\nr1# ", ">6 exit\r\n", "x6.1 closed by the peer",
			},
			`t:read_until("Password: ")
t:writeln(secret "password")
t:expect{ [[(?m:^)\S*> $]] } -- guessed from "r1> "
t:run("enable", { answers = { { [[Password: $]], secret "enable" } } })
print(t:run("list"))
t:writeln("exit")
t:read_all()
`,
		},
		{
			"a shell that begins its prompt with a carriage return",
			[]string{
				"<0 op@vm:~$ ", ">1 cd /tmp\r\n", "<1.1 cd /tmp\r\n\x1b[?2004l\r\x1b[?2004hop@vm:/tmp$ ", ">2 sudo -s\r\n", "<2.1 sudo -s\r\n[sudo] password for op: ",
				">3 mypass\r\n", "<3.1 \r\nabc\rroot# ", ">4 exit\r\n",
			},
			`t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "op@vm:~$ "
t:run("cd /tmp")
t:writeln("sudo -s")
t:expect{ [[password .*: $]] } -- guessed from "[sudo] password for op: "
t:writeln(secret "password")
t:expect{ [[(?m:^)\S*# $]] } -- guessed from "root# "
t:writeln("exit")
t:close()
`,
		},
		{
			"a prompt that is in the command too, and one in the same line",
			[]string{
				"<0 \xff\xfb\x01op$ ", ">1 read -sp 'Pin: ' x", "<1.1 read -sp 'Pin: ' x", ">2 \r\x00", "<2.1 \r\nPin: ", ">3 1234\r\x00", "<3.1 op$ ", ">4 exit", "<4.1 exit", ">5 \r\x00",
			},
			`t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "op$ "
t:run("read -sp 'Pin: ' x", { answers = { { [[Pin: $]], secret "pin" } } })
t:writeln("exit")
t:close()
`,
		},
		{
			"keys that act at once, and a pager that is left",
			[]string{
				"<0 \xff\xfb\x01op$ ", ">1 cat\r\x00", "<1.1 cat\r\n", ">2 \x04", "<2.1 op$ ", ">3 ls|more", "<3.1 ls|more", ">4 \r\x00", "<4.1 \r\nfile\r\n--More--(9%)",
				">5 q", "<5.1 \r            \rop$ ", ">6 e", "<6.1 e", ">7 xit\r\x00", "<7.1 xit\r\n",
			},
			`t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "op$ "
t:writeln("cat")
t:drain() -- guessed: there was no prompt, only silence
t:write("\004")
t:expect{ [[\S*\$ $]] } -- guessed from "op$ "
print(t:run("ls|more", { pager = { { [[--More--\(\d+%\) ?$]], "q" } } }))
t:writeln("exit")
t:close()
`,
		},
		{
			"keys with their echo, and none for a code",
			[]string{
				"<0 \xff\xfb\x01Code? ", ">1 1", ">1.1 2", ">1.2 3\r\x00", "<1.3 \r\n[root@lab-7 ~]# ", ">2 l", "<2.1 l", ">2.2 s\r\x00",
				"<2.3 s\r\nfile\r\n[root@lab-7 ~]# ",
			},
			`t:expect{ [[Code\? $]] } -- guessed from "Code? "
t:writeln(secret "code")
t:expect{ [[(?m:^)\S* +\S*# $]] } -- guessed from "[root@lab-7 ~]# "
print(t:run("ls"))
t:close()
`,
		},
		{
			"numbers and quotes",
			[]string{"<0 Slot 12 at 10:24, say \"y\" [y/N] ", ">1 y\r\n", "<40 done 100%\r\nNext (13)? ", ">41 a\"\\b\r\n"},
			`t:expect{ [[Slot \d+ at \d+:\d+, say "y" \[y/N\] $]] } -- guessed from [[Slot 12 at 10:24, say "y" [y/N] ]]
t:writeln("y")
t:expect{ [[Next \(\d+\)\? $]], timeout = 117 } -- guessed from "Next (13)? "
t:writeln([[a"\b]])
t:close()
`,
		},
		{
			"a pause after what looks like the prompt",
			[]string{"<0 a# ", ">1 slow\r\n", "<1.1 slow\r\nx# ", "<2 \r\nr1# "},
			`t:expect{ [[(?m:^)\S*# $]] } -- guessed from "a# "
t:writeln("slow")
t:expect{ [[r\d+# $]] } -- guessed from "r1# "
t:close()
`,
		},
		{
			"typed ahead, and without a prompt",
			[]string{"<0 login: ", ">1 me\r\nls\r\n", "<2 me\r\nls\r\nfile\r\n", ">3 \x03", "<4 ^C\r\n"},
			`t:read_until("login: ")
t:writeln("me")
t:writeln("ls")
t:drain() -- guessed: there was no prompt, only silence
t:write("\003")
t:close()
`,
		},
		{
			"a word that comes before the prompt as well",
			[]string{"<0 last login: today\r\nlab login: ", ">1 me\r\n"},
			`t:expect{ [[lab login: $]] } -- guessed from "lab login: "
t:writeln("me")
t:close()
`,
		},
		{
			"stars for a password",
			[]string{"<0 \xff\xfb\x01Key> ", ">1 a", "<1.1 *", ">1.2 b\r\x00", "<1.3 *\r\nok\r\n> "},
			`t:expect{ [[(?m:^)\S*> $]] } -- guessed from "Key> "
t:writeln(secret "key")
t:expect{ [[(?m:^)> $]] } -- guessed from "> "
t:close()
`,
		},
		{
			"questions in the midst of commands",
			[]string{
				"<0 r1# ", ">1 reload\r\n", "<1.1 reload\r\nProceed? [confirm]", ">2 \r\n", "<2.1 \r\nbye\r\nr1# ",
				">3 copy run start\r\n", "<3.1 copy run start\r\nDestination filename [startup-config]? ", ">4 \r\n", "<4.1 \r\nOverwrite 12? [y/n]: ", ">5 y\r\n",
				"<5.1 y\r\nBuilding...\r\n[OK]\r\nr1# ",
			},
			`t:expect{ [[(?m:^)\S*# $]] } -- guessed from "r1# "
print(t:run("reload", { answers = { { [[Proceed\? \[confirm\]$]], "\n" } } }))
print(t:run("copy run start", { answers = { { [[Destination filename \[startup-config\]\? $]], "\n" }, { [[Overwrite \d+\? \[y/n\]: $]], "y\n" } } }))
t:close()
`,
		},
		{
			"the same question with two answers",
			[]string{
				"<0 r1# ", ">1 ask\r\n", "<1.1 ask\r\nWhat? ", ">2 a\r\n", "<2.1 a\r\nWhat? ", ">3 b\r\n", "<3.1 b\r\nr1# ",
			},
			`t:expect{ [[(?m:^)\S*# $]] } -- guessed from "r1# "
t:writeln("ask")
t:expect{ [[What\? $]] } -- guessed from "What? "
t:writeln("a")
t:expect{ [[What\? $]] }
t:writeln("b")
t:expect{ [[(?m:^)\S*# $]] }
t:close()
`,
		},
		{
			"an interpreter with a prompt of its own",
			[]string{
				"<0 op$ ", ">1 uname\r\n", "<1.1 uname\r\nLinux\r\nop$ ", ">2 python3\r\n", "<2.5 python3\r\n>>> ", ">3 1+1\r\n", "<3.1 1+1\r\n2\r\n>>> ",
				">4 if 1:\r\n", "<4.1 if 1:\r\n... ", ">5  2\r\n", "<5.1  2\r\n... ", ">6 \r\n", "<6.1 \r\n2\r\n>>> ", ">7 exit()\r\n", "<7.1 exit()\r\nop$ ",
				">8 id\r\n", "<20 id\r\nroot\r\nop$ ", ">21 exit\r\n",
			},
			`t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "op$ "
print(t:run("uname"))
t:writeln("python3")
t:expect{ [[(?m:^)\S*> $]] } -- guessed from ">>> "
t:learn_prompt()
print(t:run("1+1"))
t:writeln("if 1:")
t:expect{ [[\.\.\. $]] } -- guessed from "... "
t:writeln(" 2")
t:expect{ [[\.\.\. $]] }
t:writeln("")
t:expect{ [[(?m:^)\S*> $]] }
t:writeln("exit()")
t:expect{ [[(?m:^)\S*\$ $]] }
t:learn_prompt()
print(t:run("id", { timeout = 36 }))
t:writeln("exit")
t:close()
`,
		},
		{
			"a menu, and an editor that asks where the cursor is",
			[]string{
				"<0 op$ ", ">1 menu\r\n", "<1.1 menu\r\n\x1b[?1049h\x1b[2J\x1b[3;10H1) Status\x1b[4;10H2) Reports of the day\x1b[24;1H\x1b[7m \x1b[m",
				">2 q", "<2.1 \x1b[?1049l\r\nop$ ", ">3 vi\r\n", "<3.1 vi\r\n\x1b[2;2H\x1b[6n", ">3.2 \x1b[2;2R", "<3.3 \x1b[1;1H~\x1b[2;1H~", ">4 :q\r\n", "<4.1 :q\r\nop$ ",
				">5 form\r\n", "<5.1 form\r\n\x1b[5;5HName: ", ">6 x\r\n", "<6.1 \x1b[24;1H\r\nop$ ",
			},
			`t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "op$ "
t:writeln("menu")
-- guessed: a program was painting the whole screen, "menu 1) Status 2) Reports of the day ..."; wait for words of it here
t:drain()
t:write("q")
t:expect{ [[(?m:^)\S*\$ $]] }
t:writeln("vi")
-- guessed: a program was painting the whole screen, "vi ..."; wait for words of it here
t:drain()
t:writeln(":q")
t:expect{ [[(?m:^)\S*\$ $]] }
t:writeln("form")
t:read_until("Name: ")
t:writeln("x")
t:expect{ [[(?m:^)\S*\$ $]] }
t:close()
`,
		},
		{
			"what run would not be sure of",
			[]string{
				"<0 op$ ", ">0.5 x\r\n", "<0.6 x\r\nop$ ", ">1 a\r\n", "<1.1 a\r\nop$ ", "<2 \r\nmore\r\nop$ ", // it pauses behind a prompt
				">3 b\r\n", "<3.1 other\r\nop$ ", // no echo, where there was one
				">4 c\r\n", "<4.1 c\r\nop$ \r\nop$ ", // a prompt twice
				">5 d\t\r\n", "<5.1 d\r\nop$ ", // a key that edits
				">6 e\r\n", "<6.1 e\r\n*Mar  1 00:00:01: %SYS-5-X: y\r\nout\r\nop$ \r\n*Mar  1 00:00:01: %SYS-5-X: y\r\n", ">8 f\r\n", "<8.1 f\r\nop$ ",
			},
			`t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "op$ "
t:run("x")
t:writeln("a")
t:expect{ [[op\$ $]] } -- guessed from "op$ "
t:writeln("b")
t:expect{ [[(?m:^)\S*\$ $]] }
t:writeln("c")
t:expect{ [[(?m:^)\S*\$ $]] }
t:writeln("d\t")
t:expect{ [[(?m:^)\S*\$ $]] }
print(t:run("e"))
t:run("f")
t:close()
`,
		},
	}
}

func TestGeneratedScripts(t *testing.T) {
	const connect = "local t = connect(arg[1] or \"telnet://host\")\n\n"
	for _, test := range generatedScripts() {
		t.Run(test.name, func(t *testing.T) {
			got, _ := generated(t, script(t, test.lines...))
			if got != connect+test.want {
				t.Errorf("got\n%s\nwant\n%s", got, connect+test.want)
			}
		})
	}
}

// A pager goes by the window, so the script has the one that was told first.
func TestGeneratedWindow(t *testing.T) {
	for sent, want := range map[string]string{
		"\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0":         `connect(arg[1] or "telnet://host", { window = { columns = 80, rows = 24 } })`,
		"\xff\xfa\x1f\x00\xff\xff\x01\x00\xff\xf0":     `connect(arg[1] or "telnet://host", { window = { columns = 255, rows = 256 } })`,
		"\xff\xfa\x1f\x01\xff\xff\x00\x00\xff\xf0":     `connect(arg[1] or "telnet://host")`, // as a script tells
		"\xff\xfa\x1f\x00\x50\xff\xf0\xff\xfb\x1f":     `connect(arg[1] or "telnet://host")`,
		"\xff\xfa\x18\x00\x50\x00\x18\xff\xf0\xff\xf9": `connect(arg[1] or "telnet://host")`,
	} {
		got, _, err := script(t, "<0 login: ", ">1 "+sent, ">2 \xff\xfa\x1f\x00\x84\x00\x00\xff\xf0").Script(time.Time{})
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%q: %v\n%s", sent, err, got)
		}
	}
}

// What a host says when we have closed is neither waited for nor replayed.
func TestGeneratedEnd(t *testing.T) {
	const file = `{"version": 2, "width": 80, "height": 24, "moonwire": {"format": 1}}
[0, "S", "{\"session\":1,\"address\":\"host\",\"telnet\":true}"]
[1, "o", "login: "]
[2, "i", "op\r\n"]
[3, "o", "op\r\n$ "]
[4, "x", "closed by the script"]
[4, "o", "\r\nlogout\r\n"]
`
	r, err := Read(strings.NewReader(file), "a.cast")
	if err != nil {
		t.Fatal(err)
	}
	got, _ := generated(t, r)
	if want := "t:writeln(\"op\")\nt:expect{ [[(?m:^)\\$ $]] } -- guessed from \"$ \"\nt:close()\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
	if got := string(r.Sessions[0].Received()); got != "login: op\r\n$ " {
		t.Errorf("to be replayed is %q", got)
	}
}

// A recording is masked afterwards as if the secrets had been known before.
func TestMaskAfterwards(t *testing.T) {
	s := newScribe(Options{})
	for _, name := range []string{"one", "two"} {
		s.Add(quiet(t, sessionNamed(name)))
	}
	s.tell(0, time.Second, wireIn, "Password: \xff\xfb\x01na\xefve ")
	s.tell(1, time.Second, wireIn, "caf\xc3\xa9")
	for i, key := range []string{"m", "yp", "a", "ss", "\r\n"} {
		s.tell(0, time.Duration(2+i)*time.Second, wireOut, key)
	}
	s.tell(0, 8*time.Second, wireIn, "not mypass\r\n")
	s.tell(0, 9*time.Second, closed, "closed by the peer")
	r := s.recording(t)
	var out bytes.Buffer
	if err := r.Mask(&out, "test", []mask.Secret{{Name: "password", Value: "mypass"}}); err != nil {
		t.Fatal(err)
	}
	masked, err := Read(bytes.NewReader(out.Bytes()), "masked.cast")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "mypass") || len(masked.Sessions) != 2 {
		t.Fatalf("got\n%s", out.String())
	}
	one := masked.Sessions[0]
	if got := string(one.Sent()); got != "<secret password>\r\n" {
		t.Errorf("sent %q", got)
	}
	if got := string(one.Received()); got != "Password: \xff\xfb\x01na\xefve not <secret password>\r\n" {
		t.Errorf("received %q", got)
	}
	if got := string(masked.Sessions[1].Received()); got != "café" || one.Closed != "closed by the peer" {
		t.Errorf("the other %q, %q", got, one.Closed)
	}
	if len(one.Steps) != 4 || one.Steps[1].Time != 2*time.Second {
		t.Errorf("steps %v", one.Steps)
	}
}

// A flood in a recording costs what its size is, not the square of it: no piece of
// it is copied again for each that follows.
func TestFloodsAreReadInProportion(t *testing.T) {
	var steps []Step
	var events []Event
	line := strings.Repeat("x", 78) + "\r\n"
	piece := []byte(strings.Repeat(line, 800))
	const pieces = 64
	for i := range pieces {
		at := time.Duration(i) * 100 * time.Millisecond // the peer pauses after each
		steps = append(steps, Step{Time: at, Bytes: piece})
		events = append(events, Event{Time: at, Code: "o", Data: string(piece)})
	}
	steps = append(steps, Step{Bytes: []byte("$ "), Time: 10 * time.Second}, Step{Bytes: []byte("exit\r\n"), Out: true, Time: 11 * time.Second})
	r := &Recording{Events: events, Sessions: []*Session{{Steps: steps}}}
	for _, tt := range []struct {
		name string
		f    func() error
	}{
		{"script", func() error { _, _, err := r.Script(time.Now()); return err }},
		{"text", func() error { return r.WriteText(io.Discard) }},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := tt.f(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		size := uint64(pieces * len(piece))
		if took := after.TotalAlloc - before.TotalAlloc; took > 16*size {
			t.Errorf("%s: %d bytes were allocated for %d of the recording", tt.name, took, size)
		}
	}
}
