package reference

import "strings"

// Man is the manual as pages for man, by their files' names: one for each topic in
// section 7, and moonwire-lua.3 for all that scripts can call.
func (r *Reference) Man() map[string]string {
	pages := make(map[string]string)
	for _, e := range r.Topics() {
		name := "moonwire-" + strings.ReplaceAll(e.Name, " ", "-")
		pages[name+".7"] = ManPage(name, "7", e.Summary(), Chapter{"DESCRIPTION", e.Text})
	}
	m := newMan("moonwire-lua", "3", "what moonwire adds to Lua")
	for _, s := range r.sections() {
		m.section(s.title)
		lay(m, s.about)
		for _, e := range s.entries {
			r.layEntry(m, e)
		}
	}
	pages["moonwire-lua.3"] = m.b.String()
	return pages
}

// ManPage is a page for man of chapters in Markdown.
func ManPage(name, number, about string, chapters ...Chapter) string {
	m := newMan(name, number, about)
	for _, c := range chapters {
		m.section(c.Title)
		lay(m, c.Text)
	}
	return m.b.String()
}

// manPage is the page that is being made, in roff with the macros of man.
type manPage struct {
	b     strings.Builder
	fresh bool // a heading was last: no macro for a paragraph may follow
}

// begin begins a paragraph.
func (m *manPage) begin() {
	if !m.fresh {
		m.b.WriteString(".PP\n")
	}
	m.fresh = false
}

func newMan(name, number, about string) *manPage {
	m := &manPage{}
	m.b.WriteString(".TH " + strings.ToUpper(name) + " " + number + " \"\" moonwire\n.SH NAME\n" + name + " \\- " + roff(about) + "\n")
	return m
}

func (m *manPage) section(title string) {
	m.b.WriteString(".SH " + roff(strings.ToUpper(title)) + "\n")
	m.fresh = true
}

// roff is text so that nothing in it is a command.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "^", `\(ha`, "~", `\(ti`, "'", `\(aq`, "`", `\(ga`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func bold(text string) string {
	var b strings.Builder
	for i, part := range spans(text) {
		if i%2 == 1 {
			b.WriteString(`\fB` + roff(part) + `\fP`)
		} else {
			b.WriteString(roff(part))
		}
	}
	line := b.String()
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}

func (m *manPage) heading(level int, text string) {
	if level > 1 { // else it is the page's name
		m.b.WriteString(".SS \"" + strings.ReplaceAll(bold(text), `"`, `\(dq`) + "\"\n")
		m.fresh = true
	}
}

func (m *manPage) paragraph(text string) {
	m.begin()
	m.b.WriteString(bold(text) + "\n")
}

func (m *manPage) item(text string) {
	m.fresh = false
	m.b.WriteString(".IP \\(bu 2\n" + bold(text) + "\n")
}

func (m *manPage) code(text string) {
	m.begin()
	m.b.WriteString(".RS 4\n.nf\n")
	for line := range strings.SplitSeq(text, "\n") {
		m.b.WriteString(roff(strings.ReplaceAll(line, "\t", "        ")) + "\n")
	}
	m.b.WriteString(".fi\n.RE\n")
}

func (m *manPage) table(rows [][]string) {
	for i, row := range rows {
		if len(row) == 0 || i == 0 || strings.Join(row, "") == "" { // the head says nothing here
			continue
		}
		m.fresh = false
		m.b.WriteString(".TP\n" + bold(row[0]) + "\n" + bold(strings.Join(row[1:], "; ")) + "\n")
	}
}
