package cli

import (
	"fmt"
	"strings"
)

// usage is what -help prints.
func usage() string {
	var b strings.Builder
	lines(&b, "usage", usageCommands())
	lines(&b, "\nflags", usageFlags())
	b.WriteString("\nexample:\n  " + scripts().example + "\n\nmoonwire help COMMAND shows a command's own flags; moonwire doc is the reference.\n")
	return b.String()
}

// help is what a command's -help prints.
func (c *command) help() string {
	var b strings.Builder
	lines(&b, "usage", c.usage())
	if len(c.flags) > 0 {
		lines(&b, "\nflags", flagLines(c.flags))
	}
	b.WriteString("\nexample:\n  " + c.example + "\n")
	return b.String()
}

// lines writes a list under a title.
func lines(b *strings.Builder, title string, list []usageLine) {
	b.WriteString(title + ":\n")
	for _, line := range list {
		if len(line.form) > 38 { // too long for its column
			b.WriteString("  " + line.form + "\n")
			line.form = ""
		}
		fmt.Fprintf(b, "  %-38s %s\n", line.form, line.help)
	}
}

// usage lists the ways to call the command.
func (c *command) usage() []usageLine {
	var list []usageLine
	for _, f := range c.forms {
		form := "moonwire " + c.name
		if len(c.flags) > 0 {
			form += " [flags]"
		}
		list = append(list, usageLine{strings.Join(strings.Fields(form+" "+f.form), " "), f.help})
	}
	return list
}

func usageCommands() []usageLine {
	list := scripts().usage()
	for _, c := range commands() {
		list = append(list, c.usage()...)
	}
	return list
}

func usageFlags() []usageLine { return flagLines(scripts().flags) }

func flagLines(flags []flagDef) []usageLine {
	var list []usageLine
	for _, d := range flags {
		list = append(list, usageLine{d.form(), d.meaning()})
	}
	return append(list, usageLine{"-help", "print this"})
}

// form is how the flag is written: "-t SECONDS".
func (d *flagDef) form() string {
	form := "-" + d.name
	if d.alias != "" {
		form += ", -" + d.alias
	}
	if d.arg != "" {
		form += " " + d.arg
	}
	return form
}

func (d *flagDef) meaning() string {
	if d.initial != "" {
		return d.help + " (" + d.initial + ")"
	}
	return d.help
}
