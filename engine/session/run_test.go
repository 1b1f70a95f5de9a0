package session_test

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// A scripted host: it hears lines, each with its newline, and says something to each. In
// what it says a ¦ is a pause of 150 ms, a ‖ one of 1.5 s, and a § closes.
type answer struct{ hear, say string }

func hosts(p net.Conn, greeting string, answers []answer, cut func(string) []string) {
	say := func(text string) bool {
		for _, piece := range strings.SplitAfter(strings.NewReplacer("¦", "\x00¦", "‖", "\x00‖", "§", "\x00§").Replace(text), "\x00") {
			body := strings.TrimSuffix(piece, "\x00")
			switch {
			case strings.HasPrefix(body, "¦"):
				time.Sleep(150 * time.Millisecond)
				body = strings.TrimPrefix(body, "¦")
			case strings.HasPrefix(body, "‖"):
				time.Sleep(1500 * time.Millisecond)
				body = strings.TrimPrefix(body, "‖")
			case strings.HasPrefix(body, "§"):
				_ = p.Close()
				return false
			}
			for _, b := range cut(body) {
				if _, err := io.WriteString(p, b); err != nil {
					return false
				}
			}
		}
		return true
	}
	if !say(greeting) {
		return
	}
	heard := ""
	buf := make([]byte, 256)
	for _, a := range answers {
		for !strings.HasPrefix(heard, a.hear) {
			n, err := p.Read(buf)
			if err != nil {
				return
			}
			heard = strings.ReplaceAll(heard+string(buf[:n]), "\xff\xfd\x01", "") // our answer to WILL ECHO
		}
		heard = heard[len(a.hear):]
		if !say(a.say) {
			return
		}
	}
	for { // takes what else comes
		if _, err := p.Read(buf); err != nil {
			return
		}
	}
}

const echoes = "\xff\xfb\x01" // WILL ECHO

// A runCase is what is run on a host, and what comes of it.
type runCase struct {
	name     string
	greeting string
	answers  []answer
	prompt   string // set, not learned
	option   func(o *session.RunOptions)
	lines    []string
	want     string // outputs, "|" between them; or "ERROR" and a part of the error's text
}

var runs = []runCase{
	{
		"an echo, output, the prompt", echoes + "hi\r\nr1# ",
		[]answer{{"show clock\r\n", "show clock\r\n12:00\r\nr1# "}},
		"", nil,
		[]string{"show clock"},
		"12:00",
	},
	{
		"no output", echoes + "r1> ",
		[]answer{{"enable\r\n", "enable\r\nr1# "}, {"conf t\r\n", "conf t\r\nr1(config)# "}},
		"", nil,
		[]string{"enable", "conf t"},
		"|",
	},
	{
		"output without a newline", echoes + "r1# ", []answer{{"x\r\n", "x\r\nabcr1# "}}, "", nil, []string{"x"}, "abc",
	},
	{
		"output that has the prompt in it", echoes + "r1# ",
		[]answer{{"x\r\n", "x\r\nsay r1# to\r\nr1# not\r\nr1# "}},
		"", nil,
		[]string{"x"},
		"say r1# to\nr1# not",
	},
	{
		"a pause in the output", echoes + "r1# ", []answer{{"x\r\n", "x\r\nabc¦def\r\n‖more\r\nr1# "}}, "", nil, []string{"x"}, "abcdef\nmore",
	},
	{
		"a late echo", echoes + "r1# ", []answer{{"x y\r\n", "‖x y\r\nout\r\nr1# "}}, "", nil, []string{"x y"}, "out",
	},
	{
		"a prompt before the echo is no end", echoes + "r1# ", []answer{{"x y\r\n", "\r\nr1# ¦x y\r\nout\r\nr1# "}}, "", nil, []string{"x y"}, "out",
	},
	{
		"a line that is wrapped", echoes + "r1# ",
		[]answer{{"show run | i abcdefgh\r\n", "show run | i a\r\nbcdefgh\r\nout\r\nr1# "}},
		"", nil,
		[]string{"show run | i abcdefgh"},
		"out",
	},
	{
		"words that are completed", echoes + "r1# ", []answer{{"sh ver\r\n", "show version\r\nout\r\nr1# "}}, "", nil, []string{"sh ver"}, "out",
	},
	{
		"a line that is scrolled", echoes + "r1# ", []answer{
			{"show interfaces description\r\n", "show inte\rr1#$faces description\r\nout\r\nr1# "},
		}, "", nil, []string{"show interfaces description"}, "out",
	},
	{
		"a line that is drawn again", echoes + "r1# ", []answer{{"show x\r\n", "sho\x1b[K\rr1# show x\r\nout\r\nr1# "}}, "", nil, []string{"show x"}, "out",
	},
	{
		"a host without echo", "r1# ", []answer{{"x\r\n", "out\r\nr1# "}, {"y\r\n", "two\r\nr1# "}}, "", nil, []string{"x", "y"}, "out|two",
	},
	{
		"a pager that is erased", echoes + "r1# ", []answer{
			{"x\r\n", "x\r\none\r\n--More--"}, {" ", "\r        \rtwo\r\n --More-- "}, {" ", "\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bthree\r\nr1# "},
		}, "", nil, []string{"x"}, "one\ntwo\nthree",
	},
	{
		"a pager that stays", echoes + "r1# ", []answer{
			{"x\r\n", "x\r\none\r\n--More--"}, {" ", "\r\ntwo\r\nab--More--"}, {" ", "cd\r\nr1# "},
		}, "", nil, []string{"x"}, "one\ntwo\nabcd",
	},
	{
		"less", echoes + "r1# ", []answer{
			{"x\r\n", "x\r\none\r\n\x1b[7mlines 1-1\x1b[m"}, {" ", "\r\x1b[Ktwo\r\n\x1b[7m(END)\x1b[m"}, {"q", "\r\x1b[Kr1# "},
		}, "", nil, []string{"x"}, "one\ntwo",
	},
	{
		"a pager of its own", echoes + "r1# ", []answer{{"x\r\n", "x\r\none\r\n:::"}, {"n", "\r   \rtwo\r\nr1# "}}, "", func(o *session.RunOptions) {
			o.Pagers = []session.Mark{mark(":::", "n")}
		}, []string{"x"}, "one\ntwo",
	},
	{
		"a question", echoes + "r1# ", []answer{{"reload\r\n", "reload\r\nProceed? [confirm]"}, {"\r\n", "\r\ndone\r\nr1# "}}, "", func(o *session.RunOptions) {
			o.Answers = []session.Mark{mark(`\[confirm\]`, "\n")}
		}, []string{"reload"}, "Proceed? [confirm]\ndone",
	},
	{
		"log lines behind the prompt", echoes + "r1# ",
		[]answer{{"x\r\n", "x\r\nout\r\nr1# \r\n*Mar  1 00:00:01.000: %LINK-3-UPDOWN: Gi0 up\r\n"}},
		"", nil,
		[]string{"x"},
		"out",
	},
	{
		"log lines before the command", echoes + "r1# ¦\r\n%LINK-3-UPDOWN: Gi0 up\r\nr1# ", []answer{{"x\r\n", "x\r\nout\r\nr1# "}}, "", nil, []string{"x"}, "out",
	},
	{
		"a prompt with the directory and the time", echoes + "12:00 op@vm:~$ ",
		[]answer{{"cd /tmp\r\n", "cd /tmp\r\n12:01 op@vm:/tmp$ "}, {"ls\r\n", "ls\r\na b\r\n12:02 op@vm:/tmp$ "}},
		"", nil,
		[]string{"cd /tmp", "ls"},
		"|a b",
	},
	{
		"a host that marks its prompts", echoes + "r1# \xff\xf9", []answer{{"x\r\n", "x\r\nout\r\nr1# \xff\xf9"}}, "", nil, []string{"x"}, "out",
	},
	{
		"the answer and the end", echoes + "r1# ", []answer{{"x\r\n", "x\r\nout\r\nr1# §"}}, "", nil, []string{"x"}, "ERROR the peer closed the connection",
	},
	{
		"an offending line is shown again", echoes + "r1# ",
		[]answer{{"show vtp\r\n", "show vtp\r\nshow vtp\r\n      ^\r\n% Invalid\r\nr1# "}},
		"", nil,
		[]string{"show vtp"},
		"show vtp\n      ^\n% Invalid",
	},

	{"a doubled echo", echoes + "r1# ", []answer{{"show x\r\n", "show x\r\nshow x\r\nout\r\nr1# "}}, "", nil, []string{"show x"}, "ERROR showed the line that was sent twice"},
	{
		"output that is the command", echoes + "r1# ", []answer{{"x\r\n", "x\r\nr1# "}, {"'one'\r\n", "'one'\r\n'one'\r\nr1# "}}, "", nil, []string{"x", "'one'"}, "|'one'",
	},
	{"each character doubled", echoes + "r1# ", []answer{{"show x\r\n", "sshhooww  xx\r\nout\r\nr1# "}}, "", nil, []string{"show x"}, "ERROR showed each character of the line that was sent twice"},
	{"no echo", echoes + "r1# ", []answer{{"show x\r\n", "\r\nout\r\nr1# "}}, "", nil, []string{"show x"}, "ERROR has not shown the line that was sent"},
	{"an echo that is another line", echoes + "r1# ", []answer{{"show x\r\n", "shut y\r\nout\r\nr1# "}}, "", nil, []string{"show x"}, "ERROR has not shown the line that was sent"},
	{
		"an echo of its own", echoes + "r1# ",
		[]answer{{"show x\r\n", "shut y\r\nout\r\nr1# "}},
		"", func(o *session.RunOptions) { no := false; o.Echo = &no },
		[]string{"show x"},
		"shut y\nout",
	},
	{"no prompt", echoes + "r1# ", []answer{{"x\r\n", "x\r\nout\r\n"}}, "", nil, []string{"x"}, "ERROR timeout: run \"x\" waited 5 s: the prompt did not come back"},
	{"another shell", echoes + "op@vm:~$ ", []answer{{"su\r\n", "su\r\nroot@vm:~# "}}, "", nil, []string{"su"}, `ERROR the host stands at "root@vm:~# "`},
	{"an unknown pager", echoes + "r1# ", []answer{{"x\r\n", "x\r\none\r\n:::"}}, "", nil, []string{"x"}, `ERROR the host stands at ":::"`},
	{"a password is asked for", echoes + "r1> ", []answer{{"enable\r\n", "enable\r\nPassword: "}}, "", nil, []string{"enable"}, `ERROR it asks for a password: "Password: "`},
	{"the host closes", echoes + "r1# ", []answer{{"x\r\n", "x\r\nou§"}}, "", nil, []string{"x"}, "ERROR the peer closed the connection"},
	{
		"out of step", echoes + "r1# ", []answer{{"x\r\n", "x\r\nout\r\nr1# ¦more\r\nr1# "}}, "", nil, []string{"x", "wait", "y"}, "ERROR outputs and commands are out of step",
	},
	{"after a command that timed out", echoes + "r1# ", []answer{{"x\r\n", "x\r\nout\r\n"}}, "", nil, []string{"!x", "y"}, "ERROR the last command did not end in order"},
	{"no prompt is known", echoes + "login: ¦\r\n", nil, "", nil, []string{"x"}, "ERROR no prompt is known"},
	{
		"a command that the host refuses", echoes + "r1# ", []answer{{"x\r\n", "x\r\n% Invalid input\r\nr1# "}, {"y\r\n", "y\r\nr1# "}}, "", func(o *session.RunOptions) {
			o.Errors = []*regexp.Regexp{regexp.MustCompile("^%")}
		}, []string{"x"}, `ERROR the host says: "% Invalid input"`,
	},
	{"a wrong prompt", echoes + "r1# ", []answer{{"x\r\n", "x\r\nout\r\nr1# "}}, "r2# ", nil, []string{"x"}, `ERROR the host stands at "r1# "`},
	{
		"a pager that does not go on", echoes + "r1# ",
		[]answer{{"x\r\n", "x\r\none\r\n--More--"}},
		"", nil,
		[]string{"x"},
		"ERROR waited 5 s: the prompt did not come back; the host stands at \"--More--\"",
	},
	{
		"a pager that closes", echoes + "r1# ",
		[]answer{{"x\r\n", "x\r\none\r\n--More--"}, {" ", "§"}},
		"", nil,
		[]string{"x"},
		"ERROR the peer closed the connection",
	},
	{
		"an answer that sends nothing", echoes + "r1# ", []answer{{"x\r\n", "x\r\nsure? "}}, "", func(o *session.RunOptions) {
			o.Answers = []session.Mark{mark(`sure\? `, "")}
		}, []string{"x"}, "ERROR the host stands at \"sure? \"",
	},
	{
		"a mark that sends nothing at the prompt", echoes + "r1# ", []answer{{"x\r\n", "x\r\none\r\nr1# "}}, "", func(o *session.RunOptions) {
			o.Answers = []session.Mark{mark(`r1# `, "")}
		}, []string{"x"}, "one",
	},
	{
		"a prompt that begins with a number", echoes + "3com> ", []answer{{"x\r\n", "x\r\n1423com> "}}, "", nil, []string{"x"}, "142",
	},
	{
		"a prompt that is a directory", echoes + "/home # ",
		[]answer{{"cd /\r\n", "cd /\r\n/ # "}, {"x\r\n", "x\r\nok: /a\r\n/ # "}},
		"", nil,
		[]string{"cd /", "x"},
		"|ok: /a",
	},
	{
		"output without a newline before a directory", echoes + "/home # ",
		[]answer{{"x\r\n", "x\r\nok: /a/b/home # "}},
		"", nil,
		[]string{"x"},
		"ok: /a/b",
	},
	{
		"a line that breaks in before the echo", echoes + "r1> ",
		[]answer{{"w\r\n", "\r\nwarning: fan failed\r\nr1> w\r\nout\r\nr1> "}},
		"", nil,
		[]string{"w"},
		"out",
	},
	{
		"a line that begins like the command before the echo", echoes + "r1> ",
		[]answer{{"w\r\n", "\r\nwarning\r\nr1> w\r\nout\r\nr1> "}},
		"", nil,
		[]string{"w"},
		"out",
	},
	{
		"a line that breaks in before an echo that was not agreed on", "r1> ",
		[]answer{{"show x\r\n", "\r\nwarning: fan failed\r\nr1> show x\r\nout\r\nr1> "}},
		"", nil,
		[]string{"show x"},
		"out",
	},
	{
		"Enter counts twice", "bash-5.2# ",
		[]answer{{"x\r\n", "x\r\nhi\r\nbash-5.2# \r\nbash-5.2# "}},
		"", nil,
		[]string{"x"},
		"ERROR the host showed its prompt twice",
	},
	{
		"a prompt behind a newline", echoes + "> ",
		[]answer{{"x\r\n", "x\r\na > b> \r\nout\r\n\r\n> "}},
		`\n> `, nil,
		[]string{"x"},
		"a > b> \nout\n",
	},
	{
		"a prompt of two lines", echoes + "+-- u@h\r\n+> ",
		[]answer{{"x\r\n", "x\r\nout\r\n+-- u@h\r\n+> "}, {"y\r\n", "y\r\n+-- u@h\r\n+> "}},
		`\+-- \S*\n\+> `, nil,
		[]string{"x", "y"},
		"out|",
	},
	{
		"output that is a path before a directory", echoes + "/ # ", []answer{{"x\r\n", "x\r\n/etc/ # "}}, "", nil, []string{"x"}, "/etc",
	},
	{
		"output that begins like the prompt", "op@vm:~$ ",
		[]answer{{"x\r\n", "x\r\ncopied to op@vm:/srv op@vm:~$ "}},
		"", nil,
		[]string{"x"},
		"copied to op@vm:/srv ",
	},
	{
		"the same unfinished output twice", echoes + "r1# ", []answer{{"x\r\n", "x\r\n1r1# "}, {"x\r\n", "x\r\n1r1# "}}, "", nil, []string{"x", "x"}, "1|1",
	},
	{
		"a scrolled line", echoes + "r1# ",
		[]answer{{"show interface ethernet 0/1\r\n", "$face ethernet 0/1\r\nout\r\nr1# "}},
		"", nil,
		[]string{"show interface ethernet 0/1"},
		"out",
	},
	{
		"a notice before a bare echo", echoes + "r1# ",
		[]answer{{"show x\r\n", "%LINK-3-UPDOWN: Interface up\r\nshow x\r\nout\r\nr1# "}},
		"", nil,
		[]string{"show x"},
		"out",
	},
	{
		"PIN in a name", echoes + "SPINE1> ", []answer{{"x\r\n", "x\r\none\r\nSPINE1> "}}, "", nil, []string{"x"}, "one",
	},
	{
		"a pause behind a word for secrets", echoes + "r1# ",
		[]answer{{"x\r\n", "x\r\nSetting Password policy:¦ done\r\nr1# "}},
		"", nil,
		[]string{"x"},
		"Setting Password policy: done",
	},
	{
		"a pause behind what only looks like a pager", echoes + "r1# ",
		[]answer{{"x\r\n", "x\r\ntext lines 1-23¦ are bad\r\nr1# "}},
		"", nil,
		[]string{"x"},
		"text lines 1-23 are bad",
	},
}

// mark is a Mark that replies with a text.
func mark(pattern, reply string) session.Mark {
	re, err := session.Ending(pattern)
	if err != nil {
		panic(err)
	}
	return session.Mark{Pattern: re, Reply: func(context.Context, string, []int) (string, string, error) { return reply, "", nil }}
}

// TestEnding: the pattern ends at the cursor, whatever its own end is.
func TestEnding(t *testing.T) {
	for source, text := range map[string]string{
		`a|b`: "xb", `\Qa.b`: "xa.b", `\\Qa`: `x\Qa`, `(?i)r1#`: "R1#", `[^\n#]*#`: "r1#", "(?s).": "\n",
	} {
		re, err := session.Ending(source)
		if err != nil || !re.MatchString(text) || re.MatchString(text+"!") && source != "(?s)." {
			t.Errorf("%s: %v, %v", source, re, err)
		}
	}
	if _, err := session.Ending("a)|(b"); err == nil {
		t.Error("a)|(b is taken for a pattern")
	}
}

// TestRun runs commands on hosts of all kinds, whole and byte by byte.
func TestRun(t *testing.T) {
	for _, c := range runs {
		t.Run(c.name, func(t *testing.T) { c.play(t) })
	}
}

// play runs the case, whole and byte by byte.
func (c *runCase) play(t *testing.T) {
	for how, cut := range map[string]func(string) []string{"whole": uncut, "byte by byte": func(s string) []string { return strings.Split(s, "") }} {
		synctest.Test(t, func(t *testing.T) {
			got, failure := c.run(t, cut)
			want, isError := strings.CutPrefix(c.want, "ERROR ")
			switch {
			case isError && (failure == nil || !strings.Contains(failure.Error(), want)):
				t.Errorf("%s: got %q, %v; want the error %q", how, got, failure, want)
			case !isError && (failure != nil || strings.Join(got, "|") != want):
				t.Errorf("%s: got %q, %v; want %q", how, got, failure, want)
			}
			if e, ok := errors.AsType[*session.CommandError](failure); isError && (!ok || e.Session == "" && e.Command == "" && e.Output == "") {
				t.Errorf("%s: the error is %#v", how, failure)
			}
		})
	}
}

// run runs the case's lines until one fails. A line that begins with ! may fail.
func (c *runCase) run(t *testing.T, cut func(string) []string) (outputs []string, failure error) {
	ours, theirs := net.Pipe()
	s, err := connect(ours, session.Config{MaxBuffer: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	go hosts(theirs, c.greeting, c.answers, cut)
	if c.prompt != "" {
		if err := s.SetPrompt(c.prompt); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = s.Peek(t.Context()) // listens from here on
	time.Sleep(2 * time.Second)
	limit := 5 * time.Second
	for _, line := range c.lines {
		if line == "wait" {
			time.Sleep(3 * time.Second)
			continue
		}
		o := session.RunOptions{Timeout: limit}
		if c.option != nil {
			c.option(&o)
		}
		output, err := s.Run(t.Context(), strings.TrimPrefix(line, "!"), o)
		if err != nil && !strings.HasPrefix(line, "!") {
			failure = err
			break
		}
		if err == nil {
			outputs = append(outputs, output)
		}
	}
	_ = s.Close()
	_ = theirs.Close()
	time.Sleep(time.Minute) // the host finishes
	return outputs, failure
}
