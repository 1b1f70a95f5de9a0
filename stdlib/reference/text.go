package reference

// The reference at a terminal: plain text, or text with colour.

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Style says how text is laid out.
type Style struct {
	Width int // columns, 0 for 80
	Color bool
}

// The columns that are used at least, and at most: longer lines are hard to read.
const (
	leastWidth = 30
	mostWidth  = 110
)

func (y Style) width() int { return min(max(cmp.Or(y.Width, 80), leastWidth), mostWidth) }

const (
	bright    = "\x1b[1m"
	codeColor = "\x1b[36m"
	normal    = "\x1b[m"
)

// paint gives lines that end with a newline, or a word, a colour.
func (y Style) paint(color, text string) string {
	if !y.Color || text == "" {
		return text
	}
	line, ends := strings.CutSuffix(text, "\n")
	line = color + strings.ReplaceAll(line, "\n", normal+"\n"+color) + normal
	if ends {
		line += "\n"
	}
	return line
}

var codeSpan = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("`[^`\n]+`") })

// spans paints the `code` in a line of text that has been laid out; one that goes on in
// the next line is left.
func (y Style) spans(line string) string {
	if !y.Color || strings.Count(line, "`")%2 == 1 {
		return line
	}
	return codeSpan().ReplaceAllStringFunc(line, func(code string) string { return codeColor + code + normal })
}

// Render is everything about an entry as text.
func (r *Reference) Render(e *Entry, y Style) string {
	if e.Kind == Topic {
		return y.plain(e.Text)
	}
	var b strings.Builder
	b.WriteString(y.paint(bright, r.heading(e, y)))
	if e.Text != "" {
		b.WriteString("\n" + y.plain(e.Text))
	}
	if e.Default != "" {
		b.WriteString("\n" + y.wrapped("Default: "+e.Default, "", ""))
	}
	if types := typesOf(e, y); types != "" {
		b.WriteString("\n" + types)
	}
	if len(e.Examples) > 0 {
		b.WriteString("\n" + y.paint(bright, "Example:\n"))
		for i, example := range e.Examples {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(y.indented(example.Code))
		}
	}
	if list := r.Members(e.Name); len(list) > 0 && e.Kind != Function {
		b.WriteString("\n" + y.summaries(list))
	}
	for _, c := range optionClasses {
		if e.Kind != Option && e.takes(c) {
			b.WriteString("\n" + y.paint(bright, "Options:\n") + y.summaries(r.Members(c)))
		}
	}
	return b.String()
}

// takes reports whether a table of these options is a parameter or the type.
func (e *Entry) takes(class string) bool {
	for _, p := range e.Params {
		for name := range strings.SplitSeq(p.Type, "|") {
			if name == class {
				return true
			}
		}
	}
	return false
}

// heading is the first lines: how the entry is written, and what it gives.
func (r *Reference) heading(e *Entry, y Style) string {
	switch e.Kind {
	case Function, Method:
		var results []string
		for _, p := range e.Returns {
			name := p.Name
			if name == "" {
				name = p.Type
			}
			results = append(results, name)
		}
		line := e.Signature()
		if len(results) > 0 {
			line += " -> " + strings.Join(results, ", ")
		}
		line += "\n"
		if e.Global {
			line += e.Short + "(" + e.parameters() + "), on the current session\n"
		}
		return line
	case Option, Field, Constant:
		if e.Type != "" {
			return y.wrapped(e.Name+" ("+y.breakable(e.Type)+")", "", "  ")
		}
	case Module:
		return fmt.Sprintf("require %q\n", e.Name)
	case Class:
		if r.ofOptions(e.Name) {
			return "the options of " + e.Name + "\n"
		}
	}
	return e.Name + "\n"
}

func (r *Reference) ofOptions(class string) bool { return len(r.Keys(class)) > 0 }

// typesOf lists the types of the parameters.
func typesOf(e *Entry, y Style) string {
	longest := 0
	for _, p := range e.Params {
		longest = max(longest, len(p.Name))
	}
	var b strings.Builder
	for _, p := range e.Params {
		optional := ""
		if p.Optional {
			optional = " (optional)"
		}
		first := fmt.Sprintf("  %-*s  ", longest, p.Name)
		b.WriteString(y.wrapped(p.Type+optional, first, strings.Repeat(" ", len(first))))
	}
	return b.String()
}

// summaries is one line for each entry, more where it is long.
func (y Style) summaries(list []*Entry) string {
	longest := 0
	for _, e := range list {
		if n := len(e.label()); n <= min(28, y.width()/2-4) {
			longest = max(longest, n)
		}
	}
	var b strings.Builder
	for _, e := range list {
		text := e.Summary()
		if e.Default != "" {
			text += " (" + e.Default + ")"
		}
		first := fmt.Sprintf("  %-*s  ", longest, e.label())
		rest := strings.Repeat(" ", longest+4)
		if len(first) > len(rest) {
			b.WriteString(strings.TrimRight(first, " ") + "\n")
			first = rest
		}
		b.WriteString(y.wrapped(text, first, rest))
	}
	return b.String()
}

// label is how a list names the entry.
func (e *Entry) label() string {
	switch e.Kind {
	case Option, Field:
		if e.module != "" && e.module != e.Owner {
			return e.Name
		}
		return e.Short
	case Function, Method:
		return e.Signature()
	}
	return e.Name
}

// plain lays Markdown out for a terminal: what the topics and comments use of it,
// which is headings, paragraphs, lists, tables and fenced blocks.
func (y Style) plain(markdown string) string {
	var b strings.Builder
	lines := strings.Split(markdown, "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		from := i
		switch {
		case line == "":
			b.WriteByte('\n')
			i++
		case strings.HasPrefix(line, "```"):
			for i++; i < len(lines) && !strings.HasPrefix(lines[i], "```"); i++ {
			}
			b.WriteString(y.indented(strings.Join(lines[from+1:min(i, len(lines))], "\n")))
			i++
		case strings.HasPrefix(line, "#"):
			title := strings.TrimLeft(line, "# ")
			if strings.HasPrefix(line, "# ") {
				title = strings.ToUpper(title[:1]) + title[1:]
			}
			b.WriteString(y.paint(bright, title+"\n"+strings.Repeat(underline(line), utf8.RuneCountInString(title))+"\n"))
			i++
		case strings.HasPrefix(line, "|"):
			for i < len(lines) && strings.HasPrefix(lines[i], "|") {
				i++
			}
			b.WriteString(y.table(lines[from:i]))
		default:
			first := listMark(line)
			for i++; i < len(lines) && lines[i] != "" && listMark(lines[i]) == "" && !strings.HasPrefix(lines[i], "```") && !strings.HasPrefix(lines[i], "|"); i++ {
			}
			text := strings.TrimPrefix(strings.Join(lines[from:i], " "), first)
			b.WriteString(y.wrapped(text, first, strings.Repeat(" ", len(first))))
		}
	}
	return b.String()
}

func underline(heading string) string {
	if strings.HasPrefix(heading, "# ") {
		return "="
	}
	return "-"
}

// listMark is what an item of a list begins with, "- " or "1. ", or "".
func listMark(line string) string {
	for _, marks := range []string{"-*", "0123456789"} {
		n := len(line) - len(strings.TrimLeft(line, marks))
		switch rest := line[n:]; {
		case n == 1 && marks == "-*" && strings.HasPrefix(rest, " "):
			return line[:2]
		case n > 0 && marks != "-*" && strings.HasPrefix(rest, ". "):
			return line[:n+2]
		}
	}
	return ""
}

// table lays a table out in columns; a cell that is too long goes on below.
func (y Style) table(lines []string) string {
	var rows [][]string
	var widths []int
	for i, line := range lines {
		if i == 1 { // |---|---|
			continue
		}
		cells := splitCells(line)
		rows = append(rows, cells)
		for c, cell := range cells {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], utf8.RuneCountInString(cell))
		}
	}
	y.fit(widths)
	var b strings.Builder
	for i, row := range rows {
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		cells := make([][]string, len(row))
		height := 0
		for c, cell := range row {
			cells[c] = fill(cell, widths[c])
			height = max(height, len(cells[c]))
		}
		for h := range height {
			var line strings.Builder
			for c := range cells {
				cell := ""
				if h < len(cells[c]) {
					cell = cells[c][h]
				}
				line.WriteString("  " + cell + strings.Repeat(" ", max(0, widths[c]-utf8.RuneCountInString(cell))))
			}
			b.WriteString(y.spans(strings.TrimRight(line.String(), " ")) + "\n")
		}
		if i == 0 {
			for _, w := range widths {
				b.WriteString("  " + strings.Repeat("-", w))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// fit narrows the widest columns until all go on a line.
func (y Style) fit(widths []int) {
	for {
		sum, widest := 0, 0
		for c, w := range widths {
			sum += w + 2
			if w > widths[widest] {
				widest = c
			}
		}
		if sum <= y.width() || widths[widest] < 12 {
			return
		}
		widths[widest]--
	}
}

// splitCells cuts a line of a table; \| is a bar in a cell.
func splitCells(line string) []string {
	line = strings.Trim(strings.ReplaceAll(line, `\|`, "\x00"), "| ")
	var cells []string
	for cell := range strings.SplitSeq(line, "|") {
		cells = append(cells, strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|"))
	}
	return cells
}

// fill breaks text into lines of n characters at most, where words allow. Blanks in
// `code` hold words together as far as a line has room.
func fill(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range words(text, n) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// words splits text at blanks that are not in `code`; code too long for n is split too.
func words(text string, n int) []string {
	var list []string
	code := ""
	for word := range strings.SplitSeq(text, " ") {
		if code != "" {
			word = code + " " + word
			code = ""
		} else if word == "" {
			continue
		}
		if strings.Count(word, "`")%2 == 1 {
			if utf8.RuneCountInString(word) < n {
				code = word
				continue
			}
			list = append(list, strings.Fields(word)...)
			continue
		}
		if utf8.RuneCountInString(word) > n {
			list = append(list, strings.Fields(word)...)
		} else {
			list = append(list, word)
		}
	}
	if code != "" {
		list = append(list, strings.Fields(code)...)
	}
	return list
}

// wrapped is a paragraph, with what its first line and its others begin with.
func (y Style) wrapped(text, first, rest string) string {
	lines := fill(text, max(y.width()-len(rest), 10))
	for i, line := range lines {
		lines[i] = y.spans(line)
	}
	return first + strings.Join(lines, "\n"+rest) + "\n"
}

// indented is code, set off by four blanks.
func (y Style) indented(code string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(code, "\n") {
		if line != "" {
			line = "    " + y.paint(codeColor, line)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// breakable puts a blank behind the bars of a type that is long, so that it can be
// wrapped there.
func (y Style) breakable(t string) string {
	if len(t) <= y.width()/2 {
		return t
	}
	return strings.ReplaceAll(t, "|", "| ")
}
