// Package report writes the report of a fleet's run: one page of HTML that needs nothing
// else, with figures, a picture of the run over time, and the hosts grouped by what has
// become of them, each with its dialogue to read and its recording to play.
//
// # What a host says runs nowhere
//
// The page's only script and style are the files in this package; its policy
// (Content-Security-Policy) names their sums and allows nothing else. What hosts, scripts
// and inventories say stands in text that is escaped and in blocks of JSON, which browsers
// do not run; the script makes text of it, never markup.
//
// # Bounds
//
// The page holds the dialogues of as many hosts as fit in a bound, those that failed
// first, and says what it has left out and where that lies.
package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed" // the page's style and script
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A Report is what a report is made of.
type Report struct {
	Run     *fleet.Run
	Header  *fleet.Header
	Folder  fleet.Folder
	Summary *fleet.Summary
	Hide    func(text string) string // hides secrets in what the operator has typed
	// Dialogues is how much the dialogues may take in the page, in bytes; 0 is MostDialogues.
	Dialogues int
}

// MostDialogues is how much the dialogues of all hosts may take in a page, in bytes.
const MostDialogues = 16 << 20

// Write writes the report.
func (r *Report) Write(to io.Writer) error {
	p := &page{Report: r, groups: make(map[groupKey]int)}
	if err := r.Run.Results(p.add); err != nil {
		return err
	}
	p.addLeft()
	p.sortGroups()
	p.to(to)
	p.head()
	p.figures()
	p.picture()
	p.body()
	if err := p.data(); err != nil {
		return err // no test: the data are strings and numbers
	}
	p.dialogues()
	p.printf("<script>%s</script></body></html>\n", script) // behind all that it reads
	return p.w.Flush()
}

// A page is a report while it is written.
type page struct {
	*Report
	w      *bufio.Writer
	hosts  []*host
	groups map[groupKey]int
	list   []*group
	space  int // that values and messages have taken
}

// A host is what the page says of one.
type host struct {
	of             *fleet.Host
	group          int
	ok, done       bool
	started, ended time.Time
	seconds        float64
	tries          int
	value          string
	message        string
	step           string
	where          string
}

type groupKey struct{ outcome, kind, reason string }

// A group is the hosts with the same outcome for the same reason, as the page has it.
type group struct {
	Outcome string `json:"outcome"` // "ok", "failed", "left"
	Kind    string `json:"kind,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Hosts   int    `json:"hosts"`
}

func (p *page) group(outcome, kind, reason string) int {
	key := groupKey{outcome, kind, reason}
	i, ok := p.groups[key]
	if !ok {
		i = len(p.list)
		p.groups[key] = i
		p.list = append(p.list, &group{Outcome: outcome, Kind: kind, Reason: reason})
	}
	p.list[i].Hosts++
	return i
}

// The bounds of what the page says of a host beside its dialogue, in bytes.
const (
	mostText  = 4 << 10  // of a value or a message
	mostTexts = 16 << 20 // of all of them
)

// short cuts a text that is too long for the page.
func (p *page) short(text, where string) string {
	most := mostText
	if p.space > mostTexts {
		most = 0
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "… (the rest is in " + where + ")"
	}
	p.space += len(text)
	return text
}

// add takes a result in.
func (p *page) add(of *fleet.Host, r *fleet.Result) error {
	h := &host{of: of, ok: r.OK, done: true, started: r.Started, ended: r.Ended, seconds: r.Seconds, tries: r.Tries}
	if r.OK {
		h.group = p.group("ok", "", "")
		h.value = p.short(string(r.Value), fleet.ResultsName)
	} else {
		h.group = p.group("failed", r.Error.Kind, fleet.GroupReason(of, r.Error.Reason))
		h.message, h.step, h.where = p.short(r.Error.Message, fleet.ResultsName), r.Error.Step, r.Error.Where
	}
	p.hosts = append(p.hosts, h)
	return nil
}

// addLeft adds the hosts that have no result, at their places.
func (p *page) addLeft() {
	done := p.hosts
	p.hosts = make([]*host, 0, len(p.Run.Hosts))
	for _, of := range p.Run.Hosts {
		if len(done) > 0 && done[0].of == of {
			p.hosts = append(p.hosts, done[0])
			done = done[1:]
			continue
		}
		p.hosts = append(p.hosts, &host{of: of, group: p.group("left", "", "")})
	}
}

// sortGroups puts what failed first, the largest group before the others.
func (p *page) sortGroups() {
	rank := map[string]int{"failed": 0, "left": 1, "ok": 2}
	was := slices.Clone(p.list)
	slices.SortStableFunc(p.list, func(a, b *group) int {
		return cmp.Or(cmp.Compare(rank[a.Outcome], rank[b.Outcome]), cmp.Compare(b.Hosts, a.Hosts))
	})
	place := make(map[*group]int, len(p.list))
	for i, g := range p.list {
		place[g] = i
	}
	for _, h := range p.hosts {
		h.group = place[was[h.group]]
	}
}

//go:embed page.css
var style string

//go:embed page.js
var script string

// to makes the writer.
func (p *page) to(w io.Writer) { p.w = bufio.NewWriterSize(w, 1<<16) }

// sum is a text's sum as a policy names it.
func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(s[:])
}

// printf writes a part of the page. Its arguments are numbers and text that is escaped.
func (p *page) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.w, format, args...) // the writer keeps its error for Flush
}

// esc makes text safe in markup, within and without quotes.
func esc(text string) string { return html.EscapeString(strings.ToValidUTF8(text, "\ufffd")) }

func (p *page) head() {
	p.printf("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
	p.printf(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'">`+"\n", sum(style), sum(script))
	p.printf("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	p.printf("<title>%s: %d of %d hosts ok</title>\n<style>%s</style></head><body>\n", esc(p.Hide(p.Header.Script)), p.Summary.OK, p.Summary.Hosts, style)
}

// figures writes what the run was and how it went.
func (p *page) figures() {
	s, h := p.Summary, p.Header
	p.printf("<header><h1>%s</h1>\n<p>", esc(p.Hide(strings.Join(append([]string{h.Script}, h.Args...), " "))))
	facts := []string{"on " + p.Hide(h.Inventory)}
	if h.Limit != "" {
		facts = append(facts, "limit "+p.Hide(h.Limit))
	}
	facts = append(facts, p.Run.Rules.String(), "begun "+h.Begun.Format("2006-01-02 15:04:05 MST"), h.Program)
	for i, f := range facts {
		if i > 0 {
			p.printf(" · ")
		}
		p.printf("%s", esc(f))
	}
	p.printf("</p>\n")
	if s.Stopped != "" {
		p.printf("<p class=\"stopped\">The run has ended early: %s. <code>moonwire fleet -resume %s</code> does what is left.</p>\n", esc(s.Stopped), esc(string(p.Folder)))
	}
	p.printf("<dl>\n")
	figure := func(class, name, value string) {
		p.printf("<div class=\"%s\"><dt>%s</dt><dd>%s</dd></div>\n", class, esc(name), esc(value))
	}
	figure("", "hosts", fmt.Sprint(s.Hosts))
	figure("ok", "ok", fmt.Sprint(s.OK))
	figure("failed", "failed", fmt.Sprint(s.Failed))
	if s.Left() > 0 {
		figure("left", "left", fmt.Sprint(s.Left()))
	}
	if took := p.times(); len(took) > 0 {
		active := p.axis().length
		figure("", "took", duration(active))
		if active > 0 {
			figure("", "hosts a second", fmt.Sprintf("%.3g", float64(len(took))/active))
		}
		figure("", "a host: half within", duration(took[len(took)/2]))
		figure("", "95 % within", duration(took[len(took)*95/100]))
		figure("", "the slowest", duration(took[len(took)-1]))
	}
	p.printf("</dl></header>\n")
}

// times are how long the hosts took, sorted.
func (p *page) times() []float64 {
	var took []float64
	for _, h := range p.hosts {
		if h.done {
			took = append(took, h.seconds)
		}
	}
	slices.Sort(took)
	return took
}

// duration is a number of seconds for people.
func duration(seconds float64) string {
	switch {
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 60:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %d s", int(seconds)/60, int(seconds)%60)
	}
	return fmt.Sprintf("%d h %d min", int(seconds)/3600, int(seconds)/60%60)
}

// body writes the frame that the script fills, and for who runs none a table.
func (p *page) body() {
	p.printf(`<main><div class="bar"><input id="q" type="search" placeholder="filter: name, address, site=ams, reason, value" aria-label="filter"><span id="found"></span></div>
<div id="groups"></div>
<noscript><p>Without its script this page lists the reasons alone; %s has every host.</p><table>
`, fleet.TableName)
	for i, g := range p.list {
		if i == 100 {
			p.printf("<tr><td></td><td>and %d reasons more</td></tr>\n", len(p.list)-i)
			break
		}
		p.printf("<tr><td>%d</td><td>%s</td></tr>\n", g.Hosts, esc(strings.TrimSpace(g.Outcome+" "+g.Reason)))
	}
	p.printf("</table></noscript></main>\n<dialog id=\"host\"></dialog>\n")
}

// data writes what the script knows of the hosts.
func (p *page) data() error {
	type row []any
	rows := make([]row, len(p.hosts))
	for i, h := range p.hosts {
		r := row{h.of.Name, h.of.Address, about(h.of), h.group}
		if h.done {
			r = append(r, h.seconds, h.tries, h.started.UnixMilli(), h.value, h.message, h.step, h.where)
		}
		rows[i] = r
	}
	data, err := json.Marshal(map[string]any{"groups": p.list, "hosts": rows}) // it escapes <, > and &
	if err == nil {
		p.printf("<script type=\"application/json\" id=\"data\">%s</script>\n", data)
	}
	return err
}

// mostAbout is how much is said of a host's variables, in bytes.
const mostAbout = 300

// holdsSecret reports whether a text has one of the host's passwords in it.
func holdsSecret(h *fleet.Host, text string) bool {
	for _, secret := range h.Secrets {
		if secret != "" && strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// about is a host's groups and variables in a line, to be filtered by.
func about(h *fleet.Host) string {
	var parts []string
	for _, g := range h.Groups {
		parts = append(parts, "group="+g)
	}
	keys := make([]string, 0, len(h.Vars))
	for key := range h.Vars {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	size := 0
	for _, key := range keys {
		switch h.Vars[key].(type) {
		case string, float64, bool:
			text := key + "=" + strings.Join(h.Values(key), ",")
			if holdsSecret(h, text) {
				continue
			}
			if size += len(text); size <= mostAbout {
				parts = append(parts, text)
			}
		}
	}
	return strings.Join(parts, " ")
}
