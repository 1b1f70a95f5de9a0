package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moonwire/moonwire/engine/line/kinds"
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

// prefixes are what addresses begin with.
func prefixes() []string {
	var list []string
	for _, k := range kinds.Kinds() {
		list = append(list, k.Prefix())
	}
	return list
}

func bashCompletion() string {
	var b strings.Builder
	b.WriteString(`_moonwire() {
  local word=${COMP_WORDS[COMP_CWORD]} list= command=${COMP_WORDS[1]}
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
		switch c.name {
		case "help":
			list.WriteString(" " + strings.Join(firstWords(), " "))
		case "completion":
			list.WriteString(" bash zsh fish")
		case "connect", "record":
			list.WriteString(" " + strings.Join(prefixes(), " "))
		}
		for _, name := range commandNames() {
			if second, ok := strings.CutPrefix(name, c.name+" "); ok {
				list.WriteString(" " + second)
			}
		}
		fmt.Fprintf(&b, "  *:'%s') list='%s' ;;\n", c.name, list.String())
	}
	b.WriteString(`  *) list='` + scripts().flagWords() + `' ;;
  esac
  COMPREPLY=($(compgen -W "$list" -- "$word") $(compgen -f -- "$word"))
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
			if d.arg != "" {
				needs = " -r"
			}
			fmt.Fprintf(&b, "complete -c moonwire -n %s -o %s%s -d %s\n", quote(when), d.name, needs, quote(d.meaning()))
		}
	}
	flags(scripts(), "__fish_use_subcommand")
	for _, c := range commands() {
		if first, second, ok := strings.Cut(c.name, " "); ok {
			fmt.Fprintf(&b, "complete -c moonwire -n %s -a %s -d %s\n", quote("__fish_seen_subcommand_from "+first), second, quote(c.forms[0].help))
		} else {
			fmt.Fprintf(&b, "complete -c moonwire -n __fish_use_subcommand -a %s -d %s\n", c.name, quote(c.forms[0].help))
		}
		flags(c, "__fish_seen_subcommand_from "+c.name)
		if c.name == "connect" || c.name == "record" {
			for _, k := range kinds.Kinds() {
				fmt.Fprintf(&b, "complete -c moonwire -n %s -a %s -d %s\n", quote("__fish_seen_subcommand_from "+c.name), quote(k.Prefix()), quote(k.About))
			}
		}
	}
	return b.String()
}
