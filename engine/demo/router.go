// The router: a command line of the kind that routers have, to try commands on whose
// prompt, pager, questions and errors are not a shell's.

package demo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// router is the state of a router's command line.
type router struct {
	*session
	name    string
	enabled bool
	config  string // "", "config" or "config-if"
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
	return []routerLine{
		{"", "enable", func(r *router, _ string) { r.enable() }},
		{"", "show version", func(r *router, _ string) { r.print("Demo IOS, version 15.2(4)M7\n" + r.name + " uptime is 5 days\n") }},
		{"", "show clock", func(r *router, _ string) {
			now, _ := r.server.now()
			r.print(now.Format("15:04:05.000 MST Mon Jan 2 2006") + "\n")
		}},
		{"enabled", "show running-config", func(r *router, _ string) { r.running() }},
		{"", "terminal length 0", func(r *router, _ string) { r.paged = false }},
		{"enabled", "configure terminal", func(r *router, _ string) {
			r.print("Enter configuration commands, one per line.  End with CNTL/Z.\n")
			r.config = "config"
		}},
		{"enabled", "clear log", func(r *router, _ string) { r.notice("%SYS-5-CLEAR: log cleared by vty0") }},
		{"enabled", "reload", func(r *router, _ string) { r.reload() }},
		{"config", "hostname", func(r *router, rest string) {
			if rest != "" {
				r.name = rest
			}
		}},
		{"config", "interface", func(r *router, _ string) { r.config = "config-if" }},
		{"config", "clock prompt", func(r *router, _ string) { r.clock = true }},
		{"config", "end", func(r *router, _ string) { r.config = ""; r.notice("%SYS-5-CONFIG_I: Configured from vty0") }},
	}
}

// router runs the command line until its user leaves it.
func (c *session) router([]string) int {
	r := &router{session: c, name: "r1", paged: true}
	for !c.finished && !c.failed {
		r.prompt(r.promptText())
		line, err := c.line(true)
		switch {
		case errors.Is(err, errInterrupt):
			continue
		case err != nil:
			return 0
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if line == "exit" || line == "quit" {
			if r.config == "" {
				return 0
			}
			r.config = map[string]string{"config-if": "config"}[r.config]
			continue
		}
		r.execute(line)
	}
	return 0
}

func (r *router) promptText() string {
	text := r.name
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
		r.print(strings.Repeat(" ", len([]rune(r.promptText()))) + "^\n% Invalid input detected at '^' marker.\n\n")
		return
	}
	lines[i].run(r, strings.Join(typed[min(len(typed), len(strings.Fields(lines[i].words))):], " "))
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
	if password, err := r.line(false); err != nil || password != Password {
		r.print("% Access denied\n\n")
		return
	}
	r.enabled = true
}

// running shows a configuration, a window at a time.
func (r *router) running() {
	lines := []string{"Building configuration...", "", "version 15.2", "hostname " + r.name}
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("interface Gi0/%d", i), fmt.Sprintf(" ip address 192.0.2.%d 255.255.255.254", 2*i), "!")
	}
	lines = append(lines, "end")
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
	r.pause(300 * time.Millisecond)
	r.enabled = false
}
