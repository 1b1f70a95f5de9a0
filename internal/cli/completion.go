package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// runCompletion prints what makes a shell complete the command line.
func (app *App) runCompletion(_ *settings, rest []string) int {
	if len(rest) == 1 {
		switch rest[0] {
		case "bash":
			return app.print(bashCompletion())
		case "zsh":
			return app.print("#compdef moonwire\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion())
		case "fish":
			return app.print(fishCompletion())
		}
	}
	return app.misused("completion: which shell, bash, zsh or fish?")
}

// flagWords are a command's flags as they are typed.
func (c *command) flagWords() string {
	var list []string
	for _, d := range c.flags {
		list = append(list, "-"+d.name)
	}
	return strings.Join(append(list, "-help"), " ")
}

// arguments are the words that the command's arguments may be, each with what it means.
func (c *command) arguments() []usageLine {
	var list []usageLine
	for _, other := range commands() {
		first, second, double := strings.Cut(other.name, " ")
		if double && first == c.name || !double && c.name == "help" {
			list = append(list, usageLine{cmp.Or(second, first), other.forms[0].help})
		}
	}
	switch c.name {
	case "completion":
		list = []usageLine{{"bash", ""}, {"zsh", ""}, {"fish", ""}}
	case "connect", "record":
		for _, k := range kinds.Kinds() {
			list = append(list, usageLine{k.Prefix(), k.About})
		}
	case "examples":
		list = exampleScripts()
	case "doc":
		if r, err := reference.Load(); err == nil {
			for _, topic := range r.Topics() {
				first, _, _ := strings.Cut(topic.Text, "\n")
				_, what, _ := strings.Cut(first, ": ")
				list = append(list, usageLine{topic.Name, what})
			}
		}
	}
	return list
}

// takesFiles reports whether an argument may be the name of a file.
func (c *command) takesFiles() bool {
	return slices.ContainsFunc(c.forms, func(l usageLine) bool {
		return slices.ContainsFunc([]string{"FILE", "SCRIPT", "DIR", "PATH", "OUT"}, func(word string) bool { return strings.Contains(l.form, word) })
	})
}

func bashCompletion() string {
	var b strings.Builder
	b.WriteString(`_moonwire() {
  local word=${COMP_WORDS[COMP_CWORD]} list= files=1 command=${COMP_WORDS[1]}
  case "$command ${COMP_WORDS[2]}" in
`)
	var double []string
	for _, name := range commandNames() {
		if strings.Contains(name, " ") {
			double = append(double, "'"+name+"'")
		}
	}
	b.WriteString("  " + strings.Join(double, " | ") + `) command="$command ${COMP_WORDS[2]}" ;;
  esac
  case $COMP_CWORD:$command in
`)
	fmt.Fprintf(&b, "  1:-*) list='%s' ;;\n", scripts().flagWords())
	fmt.Fprintf(&b, "  1:*) list='%s' ;;\n", strings.Join(firstWords(), " "))
	for _, c := range commands() {
		var list strings.Builder
		list.WriteString(c.flagWords())
		for _, l := range c.arguments() {
			if !strings.Contains(l.form, " ") { // moonwire doc takes the words of a name one by one
				list.WriteString(" " + l.form)
			}
		}
		files := ""
		if !c.takesFiles() {
			files = " files="
		}
		fmt.Fprintf(&b, "  *:'%s') list='%s'%s ;;\n", c.name, list.String(), files)
	}
	b.WriteString(`  *:-*) list='` + scripts().flagWords() + `' ;;
  esac
  case ${COMP_WORDS[COMP_CWORD-1]} in -*) files=1 ;; esac
  COMPREPLY=($(compgen -W "$list" -- "$word") ${files:+$(compgen -f -- "$word")})
  case ${COMPREPLY[0]} in *: | *://) compopt +o filenames -o nospace 2>/dev/null ;; esac
}
complete -o filenames -F _moonwire moonwire
`)
	return b.String()
}

// firstWords are the names of commands, but for those that are two words.
func firstWords() []string {
	return slices.DeleteFunc(commandNames(), func(name string) bool { return strings.Contains(name, " ") })
}

func fishCompletion() string {
	var b strings.Builder
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'" }
	flags := func(c *command, when string) {
		for _, d := range c.flags {
			needs := ""
			switch {
			case strings.Contains(d.arg, "FILE") || strings.Contains(d.arg, "DIR") || d.arg == "KEY":
				needs = " -r -F"
			case d.arg != "":
				needs = " -x"
			}
			fmt.Fprintf(&b, "complete -c moonwire -n %s -o %s%s -d %s\n", quote(when), d.name, needs, quote(d.meaning()))
		}
	}
	flags(scripts(), "__fish_use_subcommand")
	for _, c := range commands() {
		if strings.Contains(c.name, " ") {
			flags(c, "__fish_seen_subcommand_from "+c.name)
			continue
		}
		fmt.Fprintf(&b, "complete -c moonwire -n __fish_use_subcommand -a %s -d %s\n", c.name, quote(c.forms[0].help))
		when := "__fish_seen_subcommand_from " + c.name
		flags(c, when)
		if !c.takesFiles() {
			fmt.Fprintf(&b, "complete -c moonwire -n %s -f\n", quote(when))
		}
		for _, l := range c.arguments() {
			word := l.form
			if strings.Contains(word, " ") {
				word = `"` + word + `"` // fish reads the list of words as it reads a command
			}
			fmt.Fprintf(&b, "complete -c moonwire -n %s -a %s -d %s\n", quote(when), quote(word), quote(l.help))
		}
	}
	return b.String()
}
