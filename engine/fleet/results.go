package fleet

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Results calls f with each result, in the order of the hosts.
func (r *Run) Results(f func(h *Host, r *Result) error) error {
	for _, h := range r.Hosts {
		o, ok := r.outcomes[h.Name]
		if !ok {
			continue
		}
		result, err := r.Journal.result(o.at)
		if err == nil {
			err = f(h, result)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// WriteResults writes the results as JSON lines, as a table and as JUnit has them.
func (r *Run) WriteResults(to Folder) error {
	if err := to.Replace(ResultsName, r.writeLines); err != nil {
		return err
	}
	if err := to.Replace(TableName, r.writeTable); err != nil {
		return err
	}
	return to.Replace(JUnitName, r.writeJUnit)
}

// writeLines writes an object a line.
func (r *Run) writeLines(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return r.Results(func(_ *Host, r *Result) error { return e.Encode(r) })
}

// mostColumns is the number of columns that the table has for what scripts return.
const mostColumns = 1000

// writeTable writes the results as CSV. What scripts return has a column for each key,
// in the order in which they are found, or the column "value" if it is no object.
func (r *Run) writeTable(w io.Writer) error {
	var columns []string
	have := make(map[string]int)
	err := r.Results(func(_ *Host, r *Result) error {
		keys, _ := fields(r.Value)
		for _, key := range keys {
			if _, ok := have[key]; !ok && len(columns) < mostColumns {
				have[key] = len(columns)
				columns = append(columns, key)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	header := []string{"name", "ok", "kind", "reason", "started", "seconds", "tries"}
	for _, key := range columns {
		if slices.Contains(header[:7], key) {
			key = "value." + key
		}
		header = append(header, cell(key))
	}
	if err := out.Write(header); err != nil {
		return err
	}
	err = r.Results(func(_ *Host, r *Result) error {
		failure := Failure{}
		if r.Error != nil {
			failure = *r.Error
		}
		row := []string{cell(r.Name), strconv.FormatBool(r.OK), cell(failure.Kind), cell(failure.Reason), r.Started.Format(time.RFC3339), strconv.FormatFloat(r.Seconds, 'f', 3, 64), strconv.Itoa(r.Tries)}
		row = append(row, make([]string, len(columns))...)
		keys, values := fields(r.Value)
		for i, key := range keys {
			if at, ok := have[key]; ok {
				row[7+at] = values[i]
			}
		}
		return out.Write(row)
	})
	out.Flush()
	return cmp.Or(err, out.Error())
}

// fields takes a value apart: its keys in their order, and their values as cells.
func fields(value json.RawMessage) (keys, cells []string) {
	if len(value) == 0 || string(value) == "null" {
		return nil, nil
	}
	if value[0] != '{' {
		return []string{"value"}, []string{cellOf(value)}
	}
	d := json.NewDecoder(bytes.NewReader(value))
	if _, err := d.Token(); err != nil {
		return nil, nil // no test: the journal has JSON alone
	}
	for d.More() {
		key, err := d.Token()
		var v json.RawMessage
		if err == nil {
			err = d.Decode(&v)
		}
		if err != nil {
			break // no test: the journal has JSON alone
		}
		name, _ := key.(string)
		keys = append(keys, name)
		cells = append(cells, cellOf(v))
	}
	return keys, cells
}

// cellOf is a value as a cell: a string as it is, else JSON.
func cellOf(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil && len(v) > 0 && v[0] == '"' {
		return cell(text)
	}
	if len(v) > 0 && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') {
		return string(v) // a number is no formula, even a negative one
	}
	if string(v) == "null" {
		return ""
	}
	return string(v)
}

// cell makes text safe for a spreadsheet, which would run what looks like a formula: an
// apostrophe before it makes it text. It also begins what begins with an apostrophe, so
// that who removes one gets the text back.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n'\u00a0\uff1d\uff0b\uff0d\uff20", firstRune(strings.TrimLeft(text, " "))) {
		return "'" + text
	}
	return text
}

func firstRune(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

// JUnit's format, as far as those who read it agree on one.
type junitCase struct {
	XMLName xml.Name      `xml:"testcase"`
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Detail  string `xml:",chardata"`
}

// mostOutput is how much of a value JUnit's report holds.
const mostOutput = 4 << 10

func (r *Run) writeJUnit(w io.Writer) error {
	tests, failures := 0, 0
	for _, h := range r.Hosts {
		if o, ok := r.outcomes[h.Name]; ok {
			tests++
			if !o.ok {
				failures++
			}
		}
	}
	if _, err := fmt.Fprintf(w, "%s<testsuites>\n<testsuite name=\"fleet\" tests=\"%d\" failures=\"%d\">\n", xml.Header, tests, failures); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	err := r.Results(func(_ *Host, r *Result) error {
		c := junitCase{Name: r.Name, Class: "fleet", Time: fmt.Sprintf("%.3f", r.Seconds)}
		if r.Error != nil {
			c.Failure = &junitFailure{r.Error.Reason, r.Error.Kind, r.Error.Message}
		} else if len(r.Value) <= mostOutput {
			c.Output = string(r.Value)
		}
		if err := e.Encode(c); err != nil {
			return err
		}
		_, err := io.WriteString(w, "\n")
		return err
	})
	if err == nil {
		_, err = io.WriteString(w, "</testsuite>\n</testsuites>\n")
	}
	return err
}

// A Group is the hosts that failed for the same reason.
type Group struct {
	Kind, Reason string
	Hosts        []string
}

// Failures groups the hosts that have failed by their reasons, the largest group first.
func (r *Run) Failures() []*Group {
	groups := make(map[[2]string]*Group)
	var list []*Group
	for _, h := range r.Hosts {
		o, ok := r.outcomes[h.Name]
		if !ok || o.ok {
			continue
		}
		key := [2]string{o.kind, GroupReason(h, o.reason)}
		if groups[key] == nil {
			groups[key] = &Group{Kind: key[0], Reason: key[1]}
			list = append(list, groups[key])
		}
		groups[key].Hosts = append(groups[key].Hosts, h.Name)
	}
	slices.SortStableFunc(list, func(a, b *Group) int { return cmp.Compare(len(b.Hosts), len(a.Hosts)) })
	return list
}

// GroupReason is a reason without the host's own name and address, so that the same
// failure of many hosts is one.
func GroupReason(h *Host, reason string) string {
	bare := h.Address
	if _, after, ok := strings.Cut(bare, "://"); ok {
		bare = after
	}
	if _, after, ok := strings.Cut(bare, "@"); ok {
		bare = after
	}
	names := []string{h.Address, bare, h.Name}
	if i := strings.LastIndexByte(bare, ':'); i > 0 {
		names = append(names, bare[:i])
	}
	for _, name := range names {
		reason = replaceWord(reason, name, "HOST")
	}
	return reason
}

// replaceWord replaces text where it is no part of a longer word.
func replaceWord(in, text, by string) string {
	if len(text) < 2 {
		return in
	}
	var b strings.Builder
	for {
		i := strings.Index(in, text)
		if i < 0 {
			b.WriteString(in)
			return b.String()
		}
		after := in[i+len(text):]
		before := b.String() + in[:i]
		b.WriteString(in[:i])
		if before != "" && wordly(before[len(before)-1]) || after != "" && wordly(after[0]) {
			b.WriteString(text)
		} else {
			b.WriteString(by)
		}
		in = after
	}
}

func wordly(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}
