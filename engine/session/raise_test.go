package session_test

// Commands whose output is not known, or that fail: each raises, and says why.

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/session"
)

// host is a runCase of one command, "x", at a host that echoes.
func host(name, prompt, says, want string) runCase {
	return runCase{name: name, greeting: echoes + prompt, answers: []answer{{"x\r\n", says}}, lines: []string{"x"}, want: "ERROR " + want}
}

// with is c with other options.
func (c runCase) with(option func(o *session.RunOptions)) runCase {
	c.option = option
	return c
}

// then is c with more that the host hears and says.
func (c runCase) then(answers ...answer) runCase {
	c.answers = append(c.answers, answers...)
	return c
}

// runs is c with other lines.
func (c runCase) runs(lines ...string) runCase {
	c.lines = lines
	return c
}

func answersTo(pattern, reply string) func(o *session.RunOptions) {
	return func(o *session.RunOptions) { o.Answers = []session.Mark{mark(pattern, reply)} }
}

func errorsAre(pattern string) func(o *session.RunOptions) {
	return func(o *session.RunOptions) { o.Errors = []*regexp.Regexp{regexp.MustCompile(pattern)} }
}

func noPager(o *session.RunOptions) { o.Pagers = []session.Mark{} }

var errBoom = errors.New("boom")

const disorder = "the last command did not end in order: "

var raises = []runCase{
	// The echo.
	host("no echo", "r1# ", "out\r\nr1# ", "the host has not shown the line that was sent"),
	host("no echo, no output", "r1# ", "\r\nr1# ", "the host has not shown the line that was sent"),
	host("nothing at all", "r1# ", "", "no echo came"),
	host("the echo alone", "r1# ", "x", "no echo came; the host stands at \"x\""),
	host("the echo of another line", "r1# ", "y\r\nout\r\nr1# ", "the host has not shown the line that was sent"),
	host("each character twice", "r1# ", "show clock\r\n", "").runs("show clock").says("sshhooww  cclloocckk\r\n12:00\r\nr1# ", "each character of the line that was sent twice"),
	host("the line twice", "r1# ", "", "").runs("show clock").says("show clock\r\nshow clock\r\n12:00\r\nr1# ", "showed the line that was sent twice"),
	host("a character lost", "r1# ", "", "").runs("show clock").says("show clok\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("a character too many", "r1# ", "", "").runs("show clock").says("show cclock\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("other words", "r1# ", "", "").runs("show clock").says("clock show\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("a word too many", "r1# ", "", "").runs("show clock").says("show clock now\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("a word replaced", "r1# ", "", "").runs("show clock").says("show chassis\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("the echo cut off", "r1# ", "", "").runs("show clock").says("show c\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("another one typed", "r1# ", "", "").runs("show clock").says("sh rebootow clock\r\n12:00\r\nr1# ", "the host has not shown the line that was sent"),
	host("an echo behind the output", "r1# ", "out\r\nr1# x", "no echo came; the host stands at \"r1# x\""),

	host("output that is the line's end", "r1# ", "", "").runs("echo hello world").says("hello world\r\nr1# ", "the host has not shown the line that was sent"),
	host("the line among the output", "r1# ", "", "").runs("show log").says("SHOW LOG\r\nfirst\r\nshow log\r\nlast\r\nr1# ", "the host has not shown the line that was sent"),

	// The prompt.
	host("the prompt grows in front", "r1# ", "x\r\ncore-r1# ", "the line before the prompt is \"core-\" again").then(answer{"y\r\n", "y\r\nout\r\ncore-r1# "}).runs("x", "y"),
	host("a line of the output is the prompt", "r1# ", "x\r\n[1] 99\r\nr1# \r\nbg\r\nr1# ", "the host showed its prompt in the output"),
	host("the output of the next", "r1# ", "x\r\nr1# ¦", "the host showed its prompt in the output").then(answer{"y\r\n", "y\r\nrest\r\nr1# y\r\nout\r\nr1# "}).runs("x", "y"),
	host("the prompt twice behind unfinished output", "r1# ", "x\r\nabcr1# \r\nr1# ", "the host showed its prompt twice"),
	host("it closes behind the prompt", "r1# ", "x\r\nout\r\nr1# §", "the peer closed the connection"),
	host("another host", "r1# ", "x\r\nconnected\r\ncore# ", "the prompt did not come back; the host stands at \"core# \""),
	host("another user", "u@h:~$ ", "x\r\nroot@h:/home/u# ", "the prompt did not come back; the host stands at \"root@h:/home/u# \""),
	host("another shell", "r1# ", "x\r\nsh-5.2$ ", "the prompt did not come back; the host stands at \"sh-5.2$ \""),
	host("Python", "u@h:~$ ", "x\r\nPython 3.13\r\n>>> ", "the prompt did not come back; the host stands at \">>> \""),
	host("a line that is not complete", "u@h:~$ ", "x\r\n> ", "the prompt did not come back; the host stands at \"> \""),
	host("another name", "r1# ", "x\r\nlab# ", "the prompt did not come back; the host stands at \"lab# \""),
	host("an exact prompt changes", "> ", "x\r\nout\r\n# ", "the prompt did not come back; the host stands at \"# \""),
	host("text behind the prompt", "r1# ", "x\r\nr1# more", "the prompt did not come back; the host stands at \"r1# more\""),
	host("the prompt erased", "r1# ", "x\r\nr1# \r     \rwait", "the prompt did not come back; the host stands at \"wait\""),
	host("another directory behind text", "/home # ", "x\r\nok: /a/b # ", "the prompt did not come back; the host stands at \"ok: /a/b # \""),
	host("the prompt twice", "r1# ", "x\r\nout\r\nr1# \r\nr1# ", "the host showed its prompt twice"),
	host("the prompt in the output", "r1# ", "x\r\nout\r\nr1# ¦more\r\nr1# ", "after the last command had ended the host showed its prompt again").runs("x", "wait", "y"),
	host("a prompt comes by itself", "r1# ", "x\r\nout\r\nr1# ‖r1# ", "after the last command had ended the host showed its prompt again").runs("x", "wait", "y"),
	host("two commands typed by another", "r1# ", "x\r\nout\r\nr1# ‖y\r\nout\r\nr1# ", "after the last command had ended the host showed its prompt again").runs("x", "wait", "y"),
	host("no prompt, a newline", "r1# ", "x\r\nout\r\n", "the prompt did not come back"),
	host("a notice without a prompt before it", "r1# ", "x\r\nout\r\n%LINK-3-UPDOWN: Interface up\r\n", "the prompt did not come back"),
	host("a log line of no known form behind the prompt", "r1# ", "x\r\nout\r\nr1# \r\nfan failed\r\n", "the prompt did not come back"),
	host("not set well", "r1# ", "x\r\nout\r\nr1# ", "the prompt did not come back; the host stands at \"r1# \"").with(func(o *session.RunOptions) { o.Prompt = regexp.MustCompile(`r2# \z`) }),
	host("it never pauses", "r1# ", "x\r\n"+strings.Repeat("dots r1# \r\n", 20)+strings.Repeat("-¦\b", 60), "waited 5 s: the prompt did not come back"),

	// Questions.
	host("a password", "r1# ", "x\r\nPassword: ", "it asks for a password: \"Password: \""),
	host("sudo", "u@h:~$ ", "x\r\n[sudo] password for u: ", "it asks for a password: \"[sudo] password for u: \""),
	host("a key's passphrase", "u@h:~$ ", "x\r\nEnter passphrase for key '/k': ", "it asks for a password: \"Enter passphrase"),
	host("a token", "u@h:~$ ", "x\r\nEnter PIN: ", "it asks for a password: \"Enter PIN: \""),
	host("a password behind an answer", "r1# ", "x\r\nsure? ", "it asks for a password: \"Password:\"").with(answersTo(`sure\? `, "y\n")).then(answer{"y\r\n", "y\r\nPassword:"}),
	host("a new password, again and again", "r1# ", "x\r\nNew password: ", "it asks for a password: \"Retype: the password: \"").with(answersTo(`New password: `, "s\n")).then(answer{"s\r\n", "\r\nRetype: the password: "}),
	host("confirm", "r1# ", "x\r\nProceed with reload? [confirm]", "the host stands at \"Proceed with reload? [confirm]\""),
	host("yes or no", "r1# ", "x\r\nAre you sure (yes/no)? ", "the host stands at \"Are you sure (yes/no)? \""),
	host("an overwrite", "r1# ", "x\r\nDestination filename [startup-config]? ", "the host stands at \"Destination filename [startup-config]? \""),
	host("an answer without an effect", "r1# ", "x\r\nsure? ", "the host stands at \"sure? y\"").with(answersTo(`sure\? `, "y\n")).then(answer{"y\r\n", "y"}),
	host("an answer that sends nothing", "r1# ", "x\r\nsure? ", "the host stands at \"sure? \"").with(answersTo(`sure\? `, "")),

	// Pagers.
	host("a pager that is not known", "r1# ", "x\r\none\r\n-- next --", "the host stands at \"-- next --\""),
	host("less without a name", "u@h:~$ ", "x\r\none\r\n:", "the host stands at \":\""),
	host("no pager", "r1# ", "x\r\none\r\n--More--", "the host stands at \"--More--\"").with(noPager),
	host("a pager that does not go on", "r1# ", "x\r\none\r\n--More--", "waited 5 s: the prompt did not come back; the host stands at \"--More--\""),
	host("a pager that shows the key", "r1# ", "x\r\none\r\n--More--", "the host stands at \"--More-- \"").then(answer{" ", " "}),
	host("a password behind a pager", "r1# ", "x\r\none\r\n--More--", "it asks for a password").then(answer{" ", "\r        \rPassword: "}),

	// The end.
	host("it closes at once", "r1# ", "§", "the peer closed the connection"),
	host("it closes behind the echo", "r1# ", "x\r\n§", "the peer closed the connection"),
	host("it closes in the output", "r1# ", "x\r\none\r\ntwo§", `the peer closed the connection, and said last "two"`),
	host("it closes behind a new prompt", "r1# ", "x\r\none\r\nr2x# §", "the peer closed the connection"),
	host("it closes at a question", "r1# ", "x\r\nsure? §", "the peer closed the connection").with(answersTo(`sure\? `, "y\n")),
	host("it closes at a pager", "r1# ", "x\r\none\r\n--More--§", "the peer closed the connection"),
	host("it closes behind an answer", "r1# ", "x\r\nsure? ", "the peer closed the connection").with(answersTo(`sure\? `, "y\n")).then(answer{"y\r\n", "y\r\nbye\r\n§"}),
	host("it stalls", "r1# ", "x\r\none\r\ntw", "waited 5 s: the prompt did not come back; the host stands at \"tw\""),
	host("it floods", "r1# ", "x\r\n"+strings.Repeat("all work and no play\r\n", 1<<14), "the output is larger than max_buffer (65536 bytes)"),
	{"it had closed with words", "ssh: no route to h\r\n§", nil, "", nil, []string{"x"}, `ERROR the peer closed the connection, and said last "ssh: no route to h"`},
	{"nothing has come", "", nil, "", nil, []string{"x"}, "ERROR no prompt is known, and nothing has come yet"},
	{"it had closed", echoes + "r1# §", nil, "", nil, []string{"x"}, "ERROR the peer closed the connection"},

	// What the host says.
	host("an error", "r1# ", "x\r\n% Invalid input\r\nr1# ", `the host says: "% Invalid input"`).with(errorsAre("^%")),
	host("an error without a newline", "r1# ", "x\r\nfailedr1# ", `the host says: "failed"`).with(errorsAre("failed")),
	host("an error behind a pager", "r1# ", "x\r\none\r\n--More--", `the host says: "% bad"`).with(errorsAre("^%")).then(answer{" ", "\r        \r% bad\r\nr1# "}),
	host("an error of the second", "r1# ", "x\r\nok\r\nr1# ", `run "y": the host says: "% bad"`).with(errorsAre("^%")).then(answer{"y\r\n", "y\r\n% bad\r\nr1# "}).runs("x", "y"),

	// After one that did not end in order.
	host("after a timeout", "r1# ", "x\r\n", disorder+"the prompt did not come back").runs("!x", "y"),
	host("after a password", "r1# ", "x\r\nPassword: ", disorder+"it asks for a password").runs("!x", "y"),
	host("after an echo that did not come", "r1# ", "out\r\nr1# ", disorder+"the host has not shown the line").runs("!x", "y"),
	host("after a flood", "r1# ", "x\r\n"+strings.Repeat("all work and no play\r\n", 1<<14), disorder+"the output is larger than max_buffer").runs("!x", "y"),
	host("after a function that failed", "r1# ", "x\r\nsure? ", disorder+"it was left before its end").runs("!x", "y").with(func(o *session.RunOptions) {
		o.Answers = []session.Mark{mark(`sure\? `, "")}
		o.Answers[0].Reply = func(context.Context, string, []int) (string, string, error) { return "", "", errBoom }
	}),
	host("after a prompt out of step", "r1# ", "x\r\nout\r\nr1# ‖r1# ", disorder+"a prompt came that belongs to none").runs("x", "wait", "!y", "z"),

	// Before a prompt is known.
	{"no prompt yet", "welcome\r\n", nil, "", nil, []string{"x"}, "ERROR no prompt is known, and the host does not stand at one"},
	{"a login that has not been made", "login: ", []answer{{"x\r\n", "x\r\nPassword: "}}, "", nil, []string{"x"}, "ERROR it asks for a password"},
	{"a password before all", "Password: ", nil, "", nil, []string{"x"}, "ERROR no prompt is known, and the host does not stand at one"},
}

// says is c with what the host says to its line, and what is raised.
func (c runCase) says(text, want string) runCase {
	c.answers = []answer{{c.lines[0] + "\r\n", text}}
	c.want = "ERROR " + want
	return c
}

// TestRunRaises wants an error of each, whole and byte by byte.
func TestRunRaises(t *testing.T) {
	for _, c := range raises {
		t.Run(c.name, func(t *testing.T) { c.play(t) })
	}
}
