package demo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

func TestCommands(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{Terminal: []string{"VT220"}, Columns: 132, Rows: 50})
	c.login()
	for _, x := range []struct{ command, want string }{
		{"", ""},
		{"   ", ""},
		{"# a comment", ""},
		{"echo", "\n"},
		{"echo one   two\tthree", "one two three\n"},
		{"echo $TERM ${TERM}s $TERM.", "vt220 vt220s vt220.\n"},
		{`echo '$TERM  "x"' "$TERM  'y' \" \$ \z" a\ b\$`, "$TERM  \"x\" vt220  'y' \" $ \\z a b$\n"},
		{`echo '' "" $NOTHING x$NOTHING"$NOTHING"`, "  x\n"},
		{"echo $USER $LOGNAME $HOME $SHELL $ 5$", "brandon brandon /home/brandon /bin/sh $ 5$\n"},
		{"echo ${TERM", "${TERM\n"},
		{"echo a#b # c", "a#b\n"},
		{"echo größe", "größe\n"},
		{`echo "open`, "sh: syntax error: unterminated quoted string\n"},
		{"echo 'open", "sh: syntax error: unterminated quoted string\n"},
		{"echo $?", "2\n"},
		{"uptime | wc", "sh: syntax error: \"|\" is not supported here\n"},
		{"foo bar", "sh: foo: command not found\n"},
		{"echo $?", "127\n"},
		{"stty size", "50 132\n"},
		{"stty", "usage: stty size\n"},
		{"stty -a", "usage: stty size\n"},
		{"slow", "\n"},
		{"exec", ""},
		{"log", "usage: log N[k|M|G]\n"},
		{"log 17G", "log: 17G: not a number of bytes up to 16G\n"},
		{"log -1", "log: -1: not a number of bytes up to 16G\n"},
		{"log k", "log: k: not a number of bytes up to 16G\n"},
		{"more", "usage: more N\n"},
		{"more many", "more: many: not a number of lines up to 1000000\n"},
		{"more 2", "line 1 of 2\nline 2 of 2\n"},
		{"echo $?", "0\n"},
		{"uptime", " 10:24:43 up 5 days, 12:13,  1 user,  load average: 0.91, 0.73, 0.44\n"},
	} {
		if got := c.run(x.command); got != x.want {
			t.Errorf("%s: got %q, want %q", x.command, got, x.want)
		}
	}
	if got := c.run("echo -n x"); got != "x" {
		t.Errorf("echo -n: got %q", got)
	}
	help := c.run("help")
	for _, name := range []string{"uptime", "echo", "stty size", "log N", "more N", "slow TEXT", "exec", "exit", "help"} {
		if !strings.Contains("\n"+help, "\n"+name) {
			t.Errorf("help does not tell of %s: %q", name, help)
		}
	}
}

func TestWaysOut(t *testing.T) {
	for _, x := range []struct{ typed, want string }{
		{"exit\r\n", "exit\r\nlogout\r\n"},
		{"logout\r\n", "logout\r\nlogout\r\n"},
		{"\x04", "logout\r\n"},
		{"\xff\xec", "logout\r\n"}, // IAC EOF
		{"x\x04\x15\x04", "x\b \blogout\r\n"},
		{"exec echo $TERM\r\n", "exec echo $TERM\r\ndumb\r\n"},
		{"exec foo\r\n", "exec foo\r\nsh: foo: command not found\r\n"},
		{"exec exit\r\n", "exec exit\r\nsh: exec: exit: not found\r\n"},
	} {
		c := dial(t, new(demo.Server), telnet.Config{})
		c.login()
		c.raw(x.typed)
		if got := c.rest(); got != x.want {
			t.Errorf("%q: got %q, want %q", x.typed, got, x.want)
		}
	}
}

func TestUptimeByTheClock(t *testing.T) {
	now := time.Date(2026, time.March, 1, 9, 5, 7, 0, time.UTC)
	c := dial(t, &demo.Server{Now: func() time.Time { return now }}, telnet.Config{})
	c.login()
	for _, x := range []struct {
		later time.Duration
		want  string
	}{
		{0, " 09:05:07 up 5 days, 12:13,"},
		{11 * time.Hour, " 20:05:07 up 5 days, 23:13,"},
		{51 * time.Minute, " 20:56:07 up 6 days, 4 min,"},
		{-6 * 24 * time.Hour, " 20:56:07 up 4 min,"},
		{25 * time.Hour, " 21:56:07 up 1 day,  1:04,"},
		{-9999 * time.Hour, " 06:56:07 up 0 min,"},
	} {
		now = now.Add(x.later)
		if got := c.run("uptime"); !strings.HasPrefix(got, x.want) {
			t.Errorf("got %q, want %q...", got, x.want)
		}
	}
}
