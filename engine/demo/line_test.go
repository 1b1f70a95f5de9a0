package demo_test

import (
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

// What is typed, what is echoed, and the line that becomes of it.
func TestLineEditing(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	for _, x := range []struct{ name, typed, echo, output string }{
		{"backspace", "echo ax\bb\r\n", "echo ax\b \bb", "ab"},
		{"delete", "echo ax\x7fb\r\x00", "echo ax\b \bb", "ab"},
		{"EC", "echo ax\xff\xf7b\r\n", "echo ax\b \bb", "ab"},
		{"backspace at the beginning", "\b\x7fecho a\r\n", "echo a", "a"},
		{"a whole character", "echo é\bx\r\n", "echo é\b \bx", "x"},
		{"^U", "exit\x15echo b\r", "exit" + strings.Repeat("\b \b", 4) + "echo b", "b"},
		{"EL", "ex\xff\xf8echo b\n", "ex\b \b\b \becho b", "b"},
		{"^W", "echo one two  \x17\r\n", "echo one two  " + strings.Repeat("\b \b", 5), "one"},
		{"^D within a line", "echo \x04a\r\n", "echo a", "a"},
		{"arrows", "echo \x1b[A\x1bOBa\x1b[1;5Cb\r\n", "echo ab", "ab"},
		{"other controls", "echo \x01a\x00\r\n", "echo \aa\a", "a"},
		{"an escape", "echo \xff\xffa\r\n", "echo \xffa", "\xffa"},
	} {
		c.raw(x.typed)
		if got, want := c.until(prompt), x.echo+"\r\n"+x.output+"\r\n"+prompt; got != want {
			t.Errorf("%s: got %q, want %q", x.name, got, want)
		}
	}
}

func TestInterruptAtThePrompt(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	for name, key := range map[string]string{"^C": "\x03", "IP": "\xff\xf4", "BRK": "\xff\xf3", "ABORT": "\xff\xee"} {
		c.raw("exit" + key)
		if got := c.until(prompt); got != "exit^C\r\n"+prompt {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := c.run("echo $?"); got != "130\n" {
		t.Errorf("the status is %q", got)
	}
}

func TestLinesAreBounded(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	c.raw("echo " + strings.Repeat("x", 5000) + "\r\n")
	got := c.until(prompt)
	if n := strings.Count(got, "x"); n != 2*(4096-len("echo ")) {
		t.Errorf("%d letters came", n)
	}
	if !strings.Contains(got, "x\a") {
		t.Errorf("no bell")
	}
}
