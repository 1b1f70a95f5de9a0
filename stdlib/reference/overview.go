package reference

// The overview at the terminal.

import "strings"

// A section is a group of entries under a title.
type section struct {
	title, about string
	entries      []*Entry
}

// sections groups everything but the topics.
func (r *Reference) sections() []section {
	globals := func(kinds ...Kind) []*Entry {
		return r.of(func(e *Entry) bool {
			ours := e.Owner == "" && !e.Test
			for _, k := range kinds {
				if ours && e.Kind == k {
					return true
				}
			}
			return false
		})
	}
	members := func(owner string, kind Kind) []*Entry {
		return r.of(func(e *Entry) bool { return e.Owner == owner && e.Kind == kind })
	}
	all := []section{
		{"Functions", "", globals(Function)},
		{"Methods of a session", "Those marked + are also plain functions that act on the current session.", members("session", Method)},
		{"Fields of a session", "", members("session", Field)},
		{"Patterns and other constants", "", globals(Constant)},
		{"Fields of a match", "Beside `match[0]`, `match[1]` and on, and named groups.", members("match", Field)},
		{"Fields of an error", "", members("error", Field)},
		{"Options of connect", "", members("connect", Option)},
		{"Options of expect", "", members("expect", Option)},
		{"Options of run", "", members("run", Option)},
		{"Options of interact", "", members("interact", Option)},
	}
	for _, m := range globals(Module) {
		about, _, _ := strings.Cut(m.Text, "\n\n")
		var constants []string
		entries := r.of(func(e *Entry) bool {
			if e.Owner == m.Name && e.Kind == Field && e.Short == strings.ToUpper(e.Short) {
				constants = append(constants, "`"+e.Short+"`")
				return false
			}
			return e.module == m.Name && e.Kind != Class && e.Kind != Module
		})
		if len(constants) > 0 {
			about += "\n\nConstants: " + strings.Join(constants, ", ") + "."
		}
		all = append(all, section{"Module " + m.Name, about, entries})
	}
	return append(all, section{"In tests", "These are there in the files that `moonwire test` runs.", r.of(func(e *Entry) bool {
		return e.Test && e.Kind == Function
	})})
}

// Overview is what there is, as text.
func (r *Reference) Overview(y Style) string {
	var b strings.Builder
	b.WriteString(y.plain("`help \"expect\"` in Lua or `moonwire doc expect` in the shell say everything about one " +
		"name: a function, an option (`connect.timeout`), a field (`match.before`) or a topic. In their examples " +
		"`s` is a session that is logged in."))
	b.WriteString("\n" + y.paint(bright, "Topics\n") + y.summaries(r.Topics()))
	for _, s := range r.sections() {
		switch s.title {
		case "Functions", "Methods of a session", "Patterns and other constants":
			b.WriteString("\n" + y.paint(bright, s.title+"\n") + y.summaries(s.entries))
		default:
			names := make([]string, len(s.entries))
			for i, e := range s.entries {
				names[i] = strings.TrimPrefix(e.Name, e.module+".")
				if e.module == "" {
					names[i] = e.Short
				}
			}
			b.WriteString("\n" + y.paint(bright, s.title+"\n") + y.wrapped(strings.Join(names, ", "), "  ", "  "))
		}
	}
	return b.String()
}
