package fleet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Parse reads an inventory. The file's name says what it is (.csv, .jsonl, .ndjson,
// .json, .yaml, .yml, .ini); where it says nothing, as the output of a program does, the
// text is looked at. The error is of type [Problems].
func Parse(file string, data []byte) ([]*Host, error) {
	in := &inventory{file: file}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case bytes.HasPrefix(data, []byte(vaultMark)):
		in.failHint(1, vaultHint, "the file is encrypted by ansible-vault, which is not decrypted here")
		return in.finish()
	case !utf8.Valid(data):
		in.fail(firstInvalid(data), "the text is not UTF-8")
		return in.finish()
	}
	switch format(file, data) {
	case "csv":
		in.csv(data)
	case "jsonl":
		in.jsonLines(data)
	case "yaml":
		in.yaml(data)
	default:
		in.ini(data)
	}
	return in.finish()
}

// firstInvalid is the first line that is not UTF-8.
func firstInvalid(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 0 // no test: the caller has found one
}

// How a section of an INI file and a key of a YAML file begin, compiled where an inventory
// is read: programs that read none start up sooner.
var (
	iniSection = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\[[^\[\]{}",]+\]\s*([#;].*)?$`) })
	yamlKey    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w.-]+:(\s|$)`) })
)

// format says in which form an inventory is written.
func format(file string, data []byte) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".csv":
		return "csv"
	case ".jsonl", ".ndjson":
		return "jsonl"
	case ".yaml", ".yml", ".json":
		return "yaml" // of which JSON is a part
	case ".ini", ".cfg":
		return "ini"
	}
	var first string
	objects := 0
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if first == "" {
			first = line
		}
		if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}") {
			objects++
		} else if objects > 0 || line != first {
			objects = 0
			break
		}
	}
	switch {
	case objects > 0 && !strings.Contains(first, `"_meta"`):
		return "jsonl"
	case iniSection().MatchString(first):
		return "ini"
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "["), strings.HasPrefix(first, "---"), strings.HasPrefix(first, "- "), yamlKey().MatchString(first):
		return "yaml"
	case strings.HasPrefix(first, "name,"), strings.Contains(first, ",name"), first == "name":
		return "csv"
	}
	return "ini"
}

// csv reads a table whose first row has the names of the columns.
func (in *inventory) csv(data []byte) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	r.Comment = '#'
	header, err := r.Read()
	if err != nil {
		in.csvError(err)
		return
	}
	headerLine, _ := r.FieldPos(0)
	for i, column := range header {
		header[i] = strings.TrimSpace(column)
		switch {
		case header[i] == "":
			in.fail(headerLine, "column %d has no name", i+1)
		case slices.Contains(header[:i], header[i]):
			in.fail(headerLine, "there are two columns %q", header[i])
		}
	}
	if !slices.Contains(header, "name") {
		hint := "the first line names the columns, as in name,address,site"
		if len(header) == 1 && strings.Contains(header[0], ";") {
			hint = "the columns are parted by commas, not semicolons"
		}
		in.failHint(headerLine, hint, "there is no column \"name\"")
	}
	for len(in.problems) == 0 {
		row, err := r.Read()
		if err != nil {
			in.csvError(err)
			return
		}
		line, _ := r.FieldPos(0)
		if len(row) != len(header) {
			in.fail(line, "the line has %d fields, the header has %d", len(row), len(header))
			return
		}
		in.row(header, row, line)
	}
}

// row makes a host of a row of a table.
func (in *inventory) row(header, row []string, line int) {
	h := &Host{Line: line}
	for i, cell := range row {
		switch cell = strings.TrimSpace(cell); {
		case header[i] == "name":
			h.Name = cell
		case header[i] == "address":
			h.Address = cell
		case header[i] == "groups":
			h.Groups = strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ';' || r == ',' })
		case cell == "":
		default:
			if option, ok := strings.CutPrefix(header[i], "connect."); ok {
				options, _ := h.Vars["connect"].(map[string]any)
				if options == nil {
					options = make(map[string]any)
				}
				options[option] = literal(cell)
				in.set(h, "connect", options, line)
				continue
			}
			in.set(h, header[i], cell, line)
		}
	}
	in.hosts = append(in.hosts, h)
}

// literal is a cell as a number or a truth value, if it is one.
func literal(cell string) any {
	switch strings.ToLower(cell) {
	case "true":
		return true
	case "false":
		return false
	}
	if n, err := strconv.ParseFloat(cell, 64); err == nil && n-n == 0 {
		return n
	}
	return cell
}

func (in *inventory) csvError(err error) {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case ok:
		in.fail(wrong.Line, "the line is no CSV: %v", wrong.Err)
	case len(in.hosts) == 0:
		in.fail(0, "the inventory has no host")
	case !errors.Is(err, io.EOF):
		in.fail(0, "%v", err) // no test: it is read from memory
	}
}

// jsonLines reads an object a line.
func (in *inventory) jsonLines(data []byte) {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			in.fail(number, "the line is no JSON object: %v", err)
			continue
		}
		in.fields(fields, number)
	}
}

// fields makes a host of an object.
func (in *inventory) fields(fields map[string]any, line int) {
	h := &Host{Line: line}
	in.hosts = append(in.hosts, h)
	h.Name = in.text(fields, "name", line)
	in.describe(h, fields, line)
}

// describe gives a host what an object says of it.
func (in *inventory) describe(h *Host, fields map[string]any, line int) {
	h.Address = in.text(fields, "address", line)
	switch groups := fields["groups"].(type) {
	case nil:
	case string:
		h.Groups = strings.Fields(groups)
	case []any:
		for _, g := range groups {
			name, ok := g.(string)
			if !ok {
				in.fail(line, "groups must be a list of names")
				break
			}
			h.Groups = append(h.Groups, name)
		}
	default:
		in.fail(line, "groups must be a list of names")
	}
	for _, key := range sortedKeys(fields) {
		if !slices.Contains(reserved, key) {
			in.set(h, key, fields[key], line)
		}
	}
}

// text is a field that has to be a string.
func (in *inventory) text(fields map[string]any, key string, line int) string {
	switch v := fields[key].(type) {
	case nil:
	case string:
		return v
	case float64:
		return texts(v)[0]
	default:
		in.fail(line, "%s must be a string", key)
	}
	return ""
}
