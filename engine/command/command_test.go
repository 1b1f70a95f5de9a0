package command_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/command"
)

// TestLearnPrompt: what is learned of a prompt matches it, and the same host in other
// modes, directories and at other times, at the end of a line, and nothing else.
func TestLearnPrompt(t *testing.T) {
	for _, c := range []struct {
		line   string
		same   []string
		others []string
	}{
		{"r1>", []string{"r1#", "r1> ", "r1(config)#", "r1(config-if)# ", "r2>"}, []string{"r>", "x1>", "r1(config"}},
		{"core-sw.lab#", []string{"core-sw.lab>"}, []string{"core-swXlab#", "core-sw#"}},
		{"u@h:~$ ", []string{"u@h:/etc/x$ ", "u@h:~# "}, []string{"v@h:~$ ", "u@h"}},
		{"[root@h ~]# ", []string{"[root@h etc]# "}, []string{"[root@i ~]# "}},
		{"<router>", []string{"[router]", "[~router-GigabitEthernet0/0/1]", "<router>"}, []string{"<other>"}},
		{"[router-vlan10]", []string{"[router-vlan20]"}, []string{"[other-vlan10]"}},
		{"(host) >", []string{"(host) #"}, []string{"(other) >"}},
		{"bash-5.2# ", []string{"bash-5.3$ "}, []string{"bash-x# "}},
		{"3com> ", []string{"3com# "}, []string{"4com> "}},
		{"15:02:33 r1# ", []string{"08:00:01 r1# "}, []string{"r1# "}},
		{"10:20 [u@h ~]$ ", []string{"11:59 [u@h /etc]# "}, []string{"x 11:59 [u@h /etc]# "}},
		{"[10.1@h ~]$ ", []string{"[10.1@h /etc]$ "}, nil},
		{"<5.1-sw>", []string{"[5.1-sw]"}, nil},
		{"/home # ", []string{"/ # ", "~ # ", "~/x # ", "/usr/local # "}, []string{"x /home # ", "/etc/ # "}},
		{"> ", []string{">  "[:2]}, []string{"# ", "$ "}},
		{"login: ", []string{"login:"}, []string{"logout: "}},
	} {
		source, ok := command.LearnPrompt(c.line)
		if !ok {
			t.Errorf("%q is no prompt", c.line)
			continue
		}
		re, err := regexp.Compile(`(?:` + source + `)\z`)
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		for _, line := range append(c.same, c.line) {
			if !re.MatchString(line) {
				t.Errorf("%q, learned of %q, does not match %q", source, c.line, line)
			}
		}
		for _, line := range c.others {
			if re.MatchString(line) {
				t.Errorf("%q, learned of %q, matches %q", source, c.line, line)
			}
		}
	}
	for _, line := range []string{"", "  ", "Password: ", "Enter PIN: ", "r1\a# ", strings.Repeat("x", 201)} {
		if source, ok := command.LearnPrompt(line); ok {
			t.Errorf("%q is a prompt: %q", line, source)
		}
	}
	if re := regexp.MustCompile(`(?:` + learned(t, "3com> ") + `)\z`); re.FindString("1423com> ") != "3com> " {
		t.Errorf("the prompt behind a number is %q", re.FindString("1423com> "))
	}
}

func learned(t *testing.T, line string) string {
	t.Helper()
	source, ok := command.LearnPrompt(line)
	if !ok {
		t.Fatalf("%q is no prompt", line)
	}
	return source
}

// TestFindEcho looks for the echo of a line in what hosts show.
func TestFindEcho(t *testing.T) {
	prompt := regexp.MustCompile(`^r\d[>#] ?`)
	for _, c := range []struct {
		name, text, line string
		before, output   string // what is before the echo, and behind it
		exact            bool
		err              error
	}{
		{"plain", "show x\nout\n", "show x", "", "out\n", true, nil},
		{"behind the prompt", "r1> show x\nout\n", "show x", "", "out\n", true, nil},
		{"not ended", "show x", "show x", "", "", false, command.ErrNoEcho},
		{"nothing", "", "x", "", "", false, command.ErrNoEcho},
		{"blanks behind", "show x  \nout\n", "show x ", "", "out\n", true, nil},
		{"empty lines before", "\n\nshow x\nout\n", "show x", "\n\n", "out\n", true, nil},
		{"a log line before", "up\nr1> show x\nout\n", "show x", "up\n", "out\n", true, nil},
		{"wrapped", "show a long\ncommand\nout\n", "show a longcommand", "", "out\n", true, nil},
		{"wrapped, a blank lost", "show a\ncommand\nout\n", "show a command", "", "out\n", true, nil},
		{"completed", "r1> show version\nout\n", "sh ver", "", "out\n", false, nil},
		{"a word more", "r1> show version all\nout\n", "sh ver", "", "", false, command.ErrNoEcho},
		{"another word", "r1> stop vertex\nout\n", "sh ver", "", "", false, command.ErrNoEcho},
		{"like it, and then it", "warning\nr1> w\nout\n", "w", "warning\n", "out\n", true, nil},
		{"completed, and shown by the output", "show\nsh\nout\n", "sh", "", "sh\nout\n", false, nil},
		{"scrolled", "r1> <face ethernet 0/1\nout\n", "show interface ethernet 0/1", "", "out\n", false, nil},
		{"its end without a mark", "r1> face ethernet 0/1\nout\n", "show interface ethernet 0/1", "", "", false, command.ErrNoEcho},
		{"among the output", "SHOW X\nshow x\nout\n", "show x", "", "", false, command.ErrNoEcho},
		{"behind a notice", "*notice*\nshow x\nout\n", "show x", "*notice*\n", "out\n", true, nil},
		{"doubled", "sshhooww\nout\n", "show", "", "out\n", false, command.ErrDoubled},
		{"twice", "show x\nshow x\nout\n", "show x", "", "show x\nout\n", true, command.ErrRepeated},
		{"twice, pointed at", "shw x\nshw x\n ^\nwrong\n", "shw x", "", "shw x\n ^\nwrong\n", true, nil},
	} {
		echo, err := command.FindEcho(c.text, c.line, prompt, func(line string) bool { return line == "*notice*" })
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
			continue
		}
		if errors.Is(err, command.ErrNoEcho) {
			continue
		}
		if before, output := c.text[:echo.Before], c.text[echo.Output:]; before != c.before || output != c.output || echo.Exact != c.exact && c.err == nil {
			t.Errorf("%s: %q before, %q behind, exact %v", c.name, before, output, echo.Exact)
		}
	}
}

// TestPagers: each mark gets its key, and lines that only look like one get none.
func TestPagers(t *testing.T) {
	for line, want := range map[string]string{
		"--More--":                     " ",
		" --More-- ":                   " ",
		"-- More --":                   " ",
		"--More--(50%)":                " ",
		"--More-- (12%)":               " ",
		"---- More ----":               " ",
		"<--- More --->":               " ",
		"--More-- or (q)uit":           " ",
		"lines 1-23":                   " ",
		"lines 1-23/100 23%":           " ",
		"notes.txt lines 1-23/100 23%": " ",
		"lines 78-100/100 (END)":       "q",
		"(END)":                        "q",
		" Manual page ls(1) line 1 (press h for help or q to quit)": " ",
		"Press any key to continue (Q to quit)":                     " ",
		"more: <space>,  quit: q,  one line: <return>":              " ",

		"see lines 1-23":          "",
		"there is more to come":   "",
		"r1# ":                    "",
		"--More-- was erased\nr1": "",
	} {
		key := ""
		for _, p := range command.Pagers() {
			if regexp.MustCompile(p.Pattern).MatchString(line) {
				key = p.Key
				break
			}
		}
		if key != want {
			t.Errorf("%q gets %q, not %q", line, key, want)
		}
	}
}

// TestNotices: log lines of syslog's usual forms, and lines that are none.
func TestNotices(t *testing.T) {
	for line, want := range map[string]bool{
		"*Mar  1 00:01:02.345: %SYS-5-CONFIG_I: Configured": true,
		"%LINK-3-UPDOWN: Interface up":                      true,
		"Nov 28 10:00:00 host sshd[1]: session opened":      true,
		"2026-11-28T10:00:00Z host kernel: x":               true,
		"[   12.345678] usb 1-1: new device":                true,
		"Broadcast message from root@host":                  true,
		"% Invalid input":                                   false,
		"March 1 was cold":                                  false,
		"r1# ":                                              false,
	} {
		is := false
		for _, source := range command.Notices() {
			is = is || regexp.MustCompile(source).MatchString(line)
		}
		if is != want {
			t.Errorf("%q is a notice: %v", line, is)
		}
	}
}

// TestAsksSecret: which lines ask for a password.
func TestAsksSecret(t *testing.T) {
	for line, want := range map[string]bool{
		"Password: ": true, "password for u:": true, "PASSWORD:": true, "Enter passphrase for key 'x': ": true,
		"Enter PIN: ": true, "Passcode? ": true,
		"SPINE1> ": false, "PIN1-sw> ": false, "Setting password": false, "": false, "r1# ": false,
	} {
		if command.AsksSecret(line) != want {
			t.Errorf("%q asks for a secret: %v", line, !want)
		}
	}
}

// TestAsks: which lines Enter would answer.
func TestAsks(t *testing.T) {
	for line, want := range map[string]bool{
		"Enter PIN: ": true, "Password: ": true, "Proceed with reload? [confirm]": true, "Overwrite (y/n)": true,
		"Continue [yes/no]: ": true, "Destination filename [startup-config]? ": true,
		"r1# ": false, "r1(config)# ": false, "[u@h ~]$ ": false, "": false,
	} {
		if command.Asks(line) != want {
			t.Errorf("%q asks: %v", line, !want)
		}
	}
}

// TestOnce: a prompt that was shown twice in a line.
func TestOnce(t *testing.T) {
	for line, want := range map[string]string{
		"r1> r1> ": "r1> ", "$ $ $ ": "$ ", "r1> ": "r1> ", "": "", "aa": "aa", "r1> r2> ": "r1> r2> ",
	} {
		if got := command.Once(line); got != want {
			t.Errorf("%q once is %q, not %q", line, got, want)
		}
	}
}
