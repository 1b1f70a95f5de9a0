package reference

// The reference as one page of HTML and as pages for man.

import (
	"html"
	"strings"
)

// markup writes the parts of a manual in HTML or for man.
type markup interface {
	heading(level int, text string)
	paragraph(text string)
	item(text string)
	code(text string)
	table(rows [][]string)
}

// lay gives the parts of a Markdown text to m: what [plain] lays out for a terminal.
func lay(m markup, markdown string) {
	lines := strings.Split(markdown, "\n")
	for i := 0; i < len(lines); {
		line, from := lines[i], i
		switch {
		case line == "":
			i++
		case strings.HasPrefix(line, "```"):
			for i++; i < len(lines) && !strings.HasPrefix(lines[i], "```"); i++ {
			}
			m.code(strings.Join(lines[from+1:min(i, len(lines))], "\n"))
			i++
		case strings.HasPrefix(line, "#"):
			text := strings.TrimLeft(line, "#")
			m.heading(len(line)-len(text), strings.TrimSpace(text))
			i++
		case strings.HasPrefix(line, "|"):
			var rows [][]string
			for ; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
				if i != from+1 { // |---|---|
					rows = append(rows, splitCells(lines[i]))
				}
			}
			m.table(rows)
		default:
			mark := listMark(line)
			for i++; i < len(lines) && lines[i] != "" && listMark(lines[i]) == "" && !strings.HasPrefix(lines[i], "```") && !strings.HasPrefix(lines[i], "|"); i++ {
			}
			text := strings.TrimPrefix(strings.Join(lines[from:i], " "), mark)
			if mark != "" {
				m.item(text)
			} else {
				m.paragraph(text)
			}
		}
	}
}

// spans cuts text at its backquotes: what has an odd index is code.
func spans(text string) []string {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // one is not closed
		parts[len(parts)-2] += "`" + parts[len(parts)-1]
		parts = parts[:len(parts)-1]
	}
	return parts
}

// layEntry gives an entry that is no topic to m.
func (r *Reference) layEntry(m markup, e *Entry) {
	first, rest, _ := strings.Cut(strings.TrimSuffix(r.heading(e, Style{}), "\n"), "\n")
	m.heading(3, first)
	if rest != "" {
		m.paragraph(rest)
	}
	lay(m, e.Text)
	if e.Default != "" {
		m.paragraph("Default: " + e.Default)
	}
	var rows [][]string
	for _, p := range e.Params {
		kind := p.Type
		if p.Optional {
			kind += " (optional)"
		}
		rows = append(rows, []string{"`" + p.Name + "`", kind})
	}
	if len(rows) > 0 {
		m.table(append([][]string{{"parameter", "type"}}, rows...))
	}
	for _, example := range e.Examples {
		m.code(example.Code)
	}
}

// A Chapter is a part of the manual that is not in the reference, as Markdown.
type Chapter struct{ Title, Text string }

// HTML is the whole manual as one page that refers to nothing outside of itself.
func (r *Reference) HTML(chapters []Chapter) string {
	h := &htmlPage{}
	h.body.WriteString("<main>\n<h1 id=\"top\">moonwire</h1>\n")
	for _, c := range chapters {
		h.open("h2", c.Title)
		h.heading(1, c.Title)
		lay(h, c.Text)
		h.close()
	}
	for _, e := range r.Topics() {
		h.open("h2", e.Name)
		lay(h, e.Text)
		h.close()
	}
	for _, s := range r.sections() {
		h.group(s.title)
		for _, e := range s.entries {
			h.open("h3", e.Name)
			r.layEntry(h, e)
			h.close()
		}
	}
	h.body.WriteString("</main>\n")
	h.endList()
	return htmlHead + "<nav><input id=\"q\" type=\"search\" placeholder=\"Search\" aria-label=\"Search\"><ul>\n" +
		h.nav.String() + "</ul></nav>\n" + h.body.String() + htmlTail
}

// htmlPage is the page that is being made.
type htmlPage struct {
	nav, body strings.Builder
	inList    bool
}

func anchor(name string) string {
	return strings.NewReplacer(" ", "-", ":", ".", "\"", "").Replace(name)
}

// open begins a part that the navigation names and the search shows or hides.
func (h *htmlPage) open(level, name string) {
	id := html.EscapeString(anchor(name))
	h.body.WriteString("<section id=\"" + id + "\">\n")
	class := ""
	if level == "h3" {
		class = " class=\"sub\""
	}
	h.nav.WriteString("<li" + class + "><a href=\"#" + id + "\">" + html.EscapeString(name) + "</a></li>\n")
}

func (h *htmlPage) close() {
	h.endList()
	h.body.WriteString("</section>\n")
}

func (h *htmlPage) group(title string) {
	id := html.EscapeString("group-" + anchor(title))
	h.body.WriteString("<h2 id=\"" + id + "\">" + html.EscapeString(title) + "</h2>\n")
	h.nav.WriteString("<li class=\"group\"><a href=\"#" + id + "\">" + html.EscapeString(title) + "</a></li>\n")
}

func (h *htmlPage) endList() {
	if h.inList {
		h.body.WriteString("</ul>\n")
		h.inList = false
	}
}

func inline(text string) string {
	var b strings.Builder
	for i, part := range spans(text) {
		if i%2 == 1 {
			b.WriteString("<code>" + html.EscapeString(part) + "</code>")
		} else {
			b.WriteString(html.EscapeString(part))
		}
	}
	return b.String()
}

func (h *htmlPage) heading(level int, text string) {
	h.endList()
	tag := "h3"
	if level == 1 {
		tag = "h2"
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	h.body.WriteString("<" + tag + ">" + inline(text) + "</" + tag + ">\n")
}

func (h *htmlPage) paragraph(text string) {
	h.endList()
	h.body.WriteString("<p>" + inline(text) + "</p>\n")
}

func (h *htmlPage) item(text string) {
	if !h.inList {
		h.body.WriteString("<ul>\n")
		h.inList = true
	}
	h.body.WriteString("<li>" + inline(text) + "</li>\n")
}

func (h *htmlPage) code(text string) {
	h.endList()
	h.body.WriteString("<pre><code>" + html.EscapeString(text) + "</code></pre>\n")
}

func (h *htmlPage) table(rows [][]string) {
	h.endList()
	h.body.WriteString("<div class=\"table\"><table>\n")
	for i, row := range rows {
		if strings.Join(row, "") == "" {
			continue
		}
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		h.body.WriteString("<tr>")
		for _, cell := range row {
			h.body.WriteString("<" + tag + ">" + inline(cell) + "</" + tag + ">")
		}
		h.body.WriteString("</tr>\n")
	}
	h.body.WriteString("</table></div>\n")
}

const htmlHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>moonwire</title>
<style>
:root { color-scheme: light dark; --fg: #1c2024; --bg: #fff; --soft: #f3f4f6; --line: #d5d9de; --link: #0b57b7; }
@media (prefers-color-scheme: dark) { :root { --fg: #e3e6ea; --bg: #16191d; --soft: #22272d; --line: #39414a; --link: #7cb4ff; } }
* { box-sizing: border-box; }
body { margin: 0; display: flex; color: var(--fg); background: var(--bg); font: 16px/1.5 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; width: 17rem; flex: none; overflow-y: auto; padding: 1rem; border-right: 1px solid var(--line); background: var(--soft); }
nav ul { list-style: none; padding: 0; margin: .5rem 0; } nav .sub { padding-left: 1rem; font-size: .9rem; } nav .group { margin-top: .6rem; font-weight: 600; }
nav input { width: 100%; padding: .4rem; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: .3rem; }
main { flex: 1; min-width: 0; max-width: 54rem; padding: 1rem 2rem 4rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3 { margin-top: 2rem; overflow-wrap: anywhere; }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: 0 .2em; border-radius: .2rem; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; border-radius: .3rem; } pre code { padding: 0; overflow-wrap: normal; }
.table { overflow-x: auto; } table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
[hidden] { display: none; }
@media (max-width: 48rem) { body { display: block; } nav { position: static; width: auto; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); } main { padding: 1rem; } }
</style></head><body>
`

const htmlTail = `<script>
const q = document.getElementById("q"), sections = [...document.querySelectorAll("section")];
const texts = sections.map(s => (s.id + " " + s.textContent).toLowerCase());
q.addEventListener("input", () => {
  const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
  sections.forEach((s, i) => {
    s.hidden = !words.every(w => texts[i].includes(w));
    const a = [...document.querySelectorAll("nav a")].find(a => a.hash === "#" + s.id);
    if (a) a.parentElement.hidden = s.hidden;
  });
  document.querySelectorAll("main > h2, nav .group").forEach(h => { h.hidden = words.length > 0; });
});
</script></body></html>
`
