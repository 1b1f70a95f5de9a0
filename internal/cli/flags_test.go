package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// said is what a command prints, and its status.
func said(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs strings.Builder
	app := &App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }}
	status = app.Run(args)
	return out.String(), errs.String(), status
}

// TestHelpOfEachCommand asks for help in each way, and wants each flag and the example.
func TestHelpOfEachCommand(t *testing.T) {
	for _, c := range append(commands(), scripts()) {
		ways := [][]string{{c.name, "-h"}, {c.name, "-help"}, {c.name, "--help"}, {"help", c.name}}
		if c.name == "" {
			ways = [][]string{{"-h"}, {"-help"}, {"--help"}, {"help"}}
		}
		for _, args := range ways {
			out, errs, status := said(t, args...)
			if status != exitOK || errs != "" {
				t.Errorf("moonwire %s ended with %d: %s", strings.Join(args, " "), status, errs)
			}
			if !strings.Contains(out, "example:\n  "+c.example) {
				t.Errorf("moonwire %s shows no example", strings.Join(args, " "))
			}
			for _, d := range c.flags {
				if !strings.Contains(out, "\n  "+d.form()) || !strings.Contains(out, d.meaning()) {
					t.Errorf("moonwire %s says nothing about -%s\n%s", strings.Join(args, " "), d.name, out)
				}
			}
		}
	}
}

// TestExamplesParse parses each example as the command does.
func TestExamplesParse(t *testing.T) {
	for _, c := range commands() {
		args := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(c.example, "source <("), ")"))
		name := strings.Fields(c.name)
		if len(args) < 1+len(name) || args[0] != "moonwire" || !slices.Equal(args[1:1+len(name)], name) {
			t.Errorf("%q is no example of %s", c.example, c.name)
			continue
		}
		if _, _, err := c.parse(args[1+len(name):]); err != nil {
			t.Errorf("%s: %v", c.example, err)
		}
	}
}

func TestFlagsAmongArguments(t *testing.T) {
	for line, want := range map[string]string{
		"play a.cast -speed 2":         "a.cast",
		"play -speed 2 a.cast":         "a.cast",
		"replay -lenient a b -x":       "a b -x",
		"replay a -speed 2 b -speed 3": "a b -speed 3",
		"replay a -speed 2 -- -b -x":   "a -b -x",
		"connect h -speed 2":           "there is no flag -speed",
		"play -speed x":                `invalid value "x" for flag -speed: must be a number above 0`,
	} {
		args := strings.Fields(line)
		s, rest, err := commandNamed(args[0]).parse(args[1:])
		got := strings.Join(rest, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
		if err == nil && s.speed != 2 && !s.replay.Lenient {
			t.Errorf("%s: the flag was not taken", line)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	for line, want := range map[string]string{
		"rply":             "moonwire: cannot read rply: no such file or directory\n",
		"repaly a b":       "hint: did you mean moonwire replay?\n",
		"conect h":         "hint: did you mean moonwire connect?\n",
		"play -sped 2 x":   "hint: did you mean -speed?\n",
		"-rescu x":         "hint: did you mean -rescue?\n",
		"help replya":      "hint: did you mean replay?\n",
		"doc expcet":       "hint: did you mean expect?\n",
		"replay -zzzzzz a": "hint: moonwire replay -help shows what there is\n",
	} {
		_, errs, status := said(t, strings.Fields(line)...)
		if status != exitUsage || !strings.HasSuffix(errs, want) {
			t.Errorf("%s: status %d, %q", line, status, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "-v", "--version", "-version"} {
		if out, _, status := said(t, arg); status != exitOK || out != version()+"\n" {
			t.Errorf("%s: %d, %q", arg, status, out)
		}
	}
}

// TestCompletion runs bash's with a line that is half typed; fish's has each flag.
func TestCompletion(t *testing.T) {
	out, _, _ := said(t, "completion", "fish")
	for _, c := range commands() {
		for _, d := range c.flags {
			if !strings.Contains(out, "__fish_seen_subcommand_from "+c.name+"' -o "+d.name) {
				t.Errorf("fish: there is nothing about %s -%s", c.name, d.name)
			}
		}
	}
	if zsh, _, _ := said(t, "completion", "zsh"); !strings.HasPrefix(zsh, "#compdef moonwire\n") {
		t.Errorf("zsh: %s", zsh)
	}
	if _, errs, status := said(t, "completion", "csh"); status != exitUsage || !strings.Contains(errs, "which shell, bash, zsh or fish?") {
		t.Errorf("csh: %d, %s", status, errs)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	script, _, _ := said(t, "completion", "bash")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "some.lua"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"moonwire rep":        "replay",
		"moonwire replay -ch": "-chunks",
		"moonwire -resc":      "-rescue",
		"moonwire help com":   "completion",
		"moonwire connect sp": "spawn:",

		"moonwire examples ba":     "backup",
		"moonwire doc fl":          "fleets",
		"moonwire fleet k":         "keygen",
		"moonwire some":            "some.lua",
		"moonwire examples some":   "",
		"moonwire doc -man so":     "some.lua",
		"moonwire some.lua -re":    "", // the script's own
		"moonwire -x -re":          "-rescue -record",
		"moonwire replay x.cast s": "some.lua",
	} {
		words := strings.Fields(line)
		cmd := exec.Command(bash, "-c", script+"COMP_WORDS=("+line+"); COMP_CWORD="+string(rune('0'+len(words)-1))+"; _moonwire; echo ${COMPREPLY[@]}")
		cmd.Dir, cmd.Stderr = dir, io.Discard
		cmd.Env = os.Environ()
		if got, err := cmd.Output(); err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
}

// TestCommandsPageHasFlags: the reference's page names each flag, here or where it
// refers to.
func TestCommandsPageHasFlags(t *testing.T) {
	page, _, _ := said(t, "doc", "commands")
	replaying, _, _ := said(t, "doc", "replaying")
	testing, _, _ := said(t, "doc", "testing")
	fleets, _, _ := said(t, "doc", "fleets")
	elsewhere, _, _ := said(t, "doc", "workers")
	for _, c := range commands() {
		for _, d := range c.flags {
			if !strings.Contains(page+replaying+testing+fleets+elsewhere, "-"+d.name) {
				t.Errorf("%s -%s is on no page", c.name, d.name)
			}
		}
	}
}

// TestGluedFlags runs code whose flag has no blank behind it, as lua allows.
func TestGluedFlags(t *testing.T) {
	for _, c := range []struct {
		args        []string
		out, errs   string
		wantsStatus int
	}{
		{[]string{"-eprint(1 == 1, arg[-1])"}, "true\tmoonwire\n", "", exitOK},
		{[]string{"-lcsv", "-ex=type(csv)", "-e", "print(x)"}, "table\n", "", exitOK},
		{[]string{"-eprint"}, "", "'=' expected near '<eof>'", exitUsage},
		{[]string{"-nosuch"}, "", "there is no flag -nosuch", exitUsage},
		{[]string{"connect", "-lx"}, "", "there is no flag -lx", exitUsage},
	} {
		out, errs, status := said(t, c.args...)
		if out != c.out || !strings.Contains(errs, c.errs) || status != c.wantsStatus {
			t.Errorf("%q: status %d, %q, %q", c.args, status, out, errs)
		}
	}
}
