// The router: a command line of the kind that routers have, to try commands on whose
// prompt, pager, questions and errors are not a shell's.

package demo

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// router is the state of a router's command line.
type router struct {
	*session
	*device
	enabled bool
	config  string // "", "config" or "config-if"
	port    int    // of config-if
	paged   bool
	clock   bool // the prompt begins with the time
}

// routerLine is one command of the router: the mode in which it is known, its words,
// and what it does. Words may be shortened.
type routerLine struct {
	mode  string // "", "enabled", "config"
	words string
	run   func(r *router, rest string)
}

func routerLines() []routerLine {
	return slices.Concat(showLines(), configLines(), []routerLine{
		{"", "enable", func(r *router, _ string) { r.enable() }},
		{"", "terminal length 0", func(r *router, _ string) { r.paged = false }},
		{"", "ping", func(r *router, rest string) { r.ping(rest) }},
		{"enabled", "clear log", func(r *router, _ string) { r.notice("%SYS-5-CLEAR: log cleared by vty0") }},
		{"enabled", "write memory", func(r *router, _ string) { r.print("Building configuration...\n[OK]\n") }},
		{"enabled", "reload", func(r *router, _ string) { r.reload() }},
	})
}

// router runs the command line of a router that nobody else knows.
func (c *session) router([]string) int {
	c.commandLine(newDevice("r1", c.server.password()), "")
	return 0
}

// commandLine runs a router's command line until its user leaves it, or types the line
// that is given, if one is.
func (c *session) commandLine(d *device, leave string) {
	r := &router{session: c, device: d, paged: true}
	for !c.finished && !c.failed && !c.restarted() {
		r.prompt(r.promptText())
		line, err := c.line(true)
		switch {
		case errors.Is(err, errInterrupt):
			continue
		case err != nil:
			return
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if line == leave {
			return
		}
		if line == "exit" || line == "quit" {
			if r.config == "" {
				return
			}
			r.config = map[string]string{"config-if": "config"}[r.config]
			continue
		}
		r.execute(line)
	}
}

func (r *router) promptText() string {
	text := r.hostname()
	if r.clock {
		now, _ := r.server.now()
		text = now.Format("15:04:05 ") + text
	}
	if r.config != "" {
		return text + "(" + r.config + ")# "
	}
	if r.enabled {
		return text + "# "
	}
	return text + "> "
}

func (r *router) execute(line string) {
	mode := "" // what is known here
	switch {
	case r.config != "":
		mode = "config"
	case r.enabled:
		mode = "enabled"
	}
	typed := strings.Fields(line)
	lines := routerLines()
	i := slices.IndexFunc(lines, func(l routerLine) bool {
		return (l.mode == mode || l.mode == "" && mode == "enabled") && isShort(typed, strings.Fields(l.words))
	})
	if i < 0 {
		r.invalid()
		return
	}
	lines[i].run(r, strings.Join(typed[min(len(typed), len(strings.Fields(lines[i].words))):], " "))
}

func (r *router) invalid() {
	r.print(strings.Repeat(" ", len([]rune(r.promptText()))) + "^\n% Invalid input detected at '^' marker.\n\n")
}

// isShort reports whether what was typed begins with words, each shortened or not.
func isShort(typed, words []string) bool {
	if len(typed) < len(words) {
		return false
	}
	for i, w := range words {
		if !strings.HasPrefix(w, typed[i]) {
			return false
		}
	}
	return true
}

func (r *router) enable() {
	r.prompt("Password: ")
	if password, err := r.line(false); err != nil || !r.knows(password) {
		r.print("% Access denied\n\n")
		return
	}
	r.enabled = true
}

// page shows lines, a window at a time.
func (r *router) page(lines []string) {
	shown := int64(0)
	const usual = 24 // rows of a window that the client did not tell of
	until := int64(max(r.rows, usual)) - 1
	for _, line := range lines {
		if r.paged && shown == until {
			further, end := r.morePrompt()
			if end {
				return
			}
			if r.rows == 0 {
				further = usual - 1
			}
			until = shown + further
		}
		r.print(line + "\n")
		shown++
	}
}

// notice breaks in with a log line, in a moment.
func (r *router) notice(text string) {
	now, _ := r.server.now()
	r.print("*" + now.Format("Jan 2 15:04:05.000") + ": " + text + "\n")
}

func (r *router) reload() {
	r.prompt("Proceed with reload? [confirm]")
	answer, err := r.line(true)
	if err != nil || answer != "" && !strings.HasPrefix(answer, "y") {
		r.print("\n% Reload cancelled\n")
		return
	}
	r.print("\nReload requested\n")
	r.restart()
	if r.server.device(r.user) == r.device { // nobody else keeps the line
		r.finished = true
		return
	}
	if r.restarts == nil { // a console shows the start
		r.pause(300 * time.Millisecond)
		r.enabled = false
	}
}

// copy is "copy tftp: flash:", which asks for what it needs.
func (r *router) copy() {
	answers := make([]string, 2)
	for i, question := range []string{"Address or name of remote host []? ", "Source filename []? "} {
		r.prompt(question)
		answer, err := r.line(true)
		if err != nil || answer == "" {
			r.print("%Error: nothing was given\n")
			return
		}
		answers[i] = strings.TrimSpace(answer)
	}
	r.prompt("Destination filename [" + answers[1] + "]? ")
	to, err := r.line(true)
	if err != nil {
		return
	}
	to = cmp.Or(strings.TrimSpace(to), answers[1])
	r.print("Accessing tftp://" + answers[0] + "/" + answers[1] + "...\n!!!!!!!!\n[OK - 48129024 bytes]\n")
	r.copyImage(to)
}
