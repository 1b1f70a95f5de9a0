// The shell: words, and the commands that it has.

package demo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// command is one of the shell's. Its result is the exit status.
type command struct {
	name, usage, about string
	run                func(c *session, args []string) int
}

// commands returns all commands, in the order in which help shows them.
func commands() []command {
	return []command{
		{"uptime", "uptime", "how long the host has been up", (*session).uptime},
		{"echo", "echo [-n] WORD...", "print words; $TERM, $USER, $HOME, $? are known", (*session).echoWords},
		{"stty", "stty size", "rows and columns of your window", (*session).stty},
		{"log", "log N[k|M|G]", "N bytes of log lines", (*session).logLines},
		{"more", "more N", "N lines, a window at a time", (*session).more},
		{"slow", "slow TEXT", "print a character every 50 ms", (*session).slow},
		{"tail", "tail", "log lines as they are written, until ^C", (*session).tail},
		{"router", "router", "a router's command line: enable, configure terminal, show ..., reload", (*session).router},
		{"exec", "exec COMMAND", "run a command and hang up", nil},
		{"exit", "exit", "hang up", nil},
		{"help", "help", "this list", nil},
	}
}

// shell reads commands and runs them until the session ends.
func (c *session) shell() {
	if c.term == "" {
		c.term = "dumb"
	}
	for !c.finished && !c.failed {
		c.prompt(User + "@" + cmp.Or(c.server.Name, "demo") + ":~$ ")
		line, err := c.line(true)
		switch {
		case errors.Is(err, errInterrupt):
			c.status = 130
			continue
		case err != nil:
			if errors.Is(err, errEOF) {
				c.print("logout\n")
			}
			return
		}
		words, err := c.words(line)
		if err != nil {
			c.print("sh: " + err.Error() + "\n")
			c.status = 2
			continue
		}
		if len(words) > 0 {
			c.status = c.execute(words)
		}
	}
}

func (c *session) execute(words []string) int {
	switch words[0] {
	case "exec":
		if len(words) == 1 {
			return 0
		}
		c.finished = true
		if words[1] == "exit" || words[1] == "exec" { // built in: no program of that name
			c.print("sh: exec: " + words[1] + ": not found\n")
			return 127
		}
		return c.execute(words[1:])
	case "exit", "logout":
		c.finished = true
		c.print("logout\n")
		return 0
	case "help":
		var list strings.Builder
		for _, command := range commands() {
			fmt.Fprintf(&list, "%-18s %s\n", command.usage, command.about)
		}
		c.print(list.String())
		return 0
	}
	all := commands()
	i := slices.IndexFunc(all, func(command command) bool { return command.name == words[0] })
	if i < 0 {
		c.print("sh: " + words[0] + ": command not found\n")
		return 127
	}
	return all[i].run(c, words[1:])
}

func (c *session) uptime([]string) int {
	now, up := c.server.now()
	days := ""
	switch n := int(up.Hours()) / 24; n {
	case 0:
	case 1:
		days = "1 day, "
	default:
		days = fmt.Sprintf("%d days, ", n)
	}
	clock := fmt.Sprintf("%2d:%02d", int(up.Hours())%24, int(up.Minutes())%60)
	if int(up.Hours())%24 == 0 {
		clock = fmt.Sprintf("%d min", int(up.Minutes())%60)
	}
	c.print(fmt.Sprintf(" %s up %s%s,  1 user,  load average: 0.91, 0.73, 0.44\n", now.Format(time.TimeOnly), days, clock))
	return 0
}

func (c *session) echoWords(args []string) int {
	end := "\n"
	if len(args) > 0 && args[0] == "-n" {
		args, end = args[1:], ""
	}
	c.print(strings.Join(args, " ") + end)
	return 0
}

func (c *session) stty(args []string) int {
	if len(args) != 1 || args[0] != "size" {
		return c.usage("stty size")
	}
	c.print(fmt.Sprintf("%d %d\n", c.rows, c.columns))
	return 0
}

// usage says how a command is to be called.
func (c *session) usage(how string) int {
	c.print("usage: " + how + "\n")
	return 2
}

func (c *session) slow(args []string) int {
	for _, r := range strings.Join(args, " ") {
		c.print(string(r))
		if !c.pause(50 * time.Millisecond) {
			return 130
		}
	}
	c.print("\n")
	return 0
}
