package reference

// Reading the stubs: comments, annotations and the declarations below them.

import (
	"fmt"
	"strings"
)

// prefix is what our classes' names begin with, so that they meet no script's own.
const prefix = "moonwire."

// optionClasses are the classes that describe a table of options.
var optionClasses = [...]string{"connect", "expect", "run", "interact", "window", "tls", "ssh", "replay", "step"}

// testStub is the file of what there is in tests only.
const testStub = "test.lua"

// reader reads one stub.
type reader struct {
	r       *Reference
	file    string
	module  string            // of a file that returns one
	objects map[string]string // local variables that stand for classes
	class   string            // that fields belong to, in full
	text    []string          // of the comment so far
	raw     []string
	entry   Entry // annotations so far
}

// addStub adds the entries of one file.
func (r *Reference) addStub(file, source string) error {
	s := stub{name: strings.TrimSuffix(file, ".lua"), lines: strings.Split(strings.TrimRight(source, "\n"), "\n")}
	p := &reader{r: r, file: file, objects: make(map[string]string)}
	if last := strings.Fields(s.lines[len(s.lines)-1]); len(last) == 2 && last[0] == "return" {
		s.module, p.module = s.name, s.name
	}
	r.stubs = append(r.stubs, s)
	for i, line := range s.lines {
		if err := p.line(line, i+1); err != nil {
			return fmt.Errorf("meta/%s:%d: %w", file, i+1, err)
		}
	}
	return nil
}

func (p *reader) line(line string, number int) error {
	comment, isComment := strings.CutPrefix(line, "---")
	if !isComment {
		err := p.declaration(strings.TrimSpace(line), number)
		p.reset()
		return err
	}
	p.raw = append(p.raw, line)
	tag, isTag := strings.CutPrefix(strings.TrimPrefix(comment, " "), "@")
	if !isTag {
		p.text = append(p.text, comment)
		return nil
	}
	tag, rest, _ := strings.Cut(tag, " ")
	rest = strings.TrimSpace(rest)
	switch tag {
	case "meta", "overload", "see", "nodiscard", "alias", "diagnostic", "cast":
	case "global":
		p.entry.Global = true
	case "class":
		name, _, _ := strings.Cut(strings.TrimPrefix(rest, "(exact) "), ":")
		p.class = strings.TrimSpace(name)
		e := p.take(shortClass(p.class), Class)
		if p.class == p.module {
			e.Kind = Module
		}
		e.line = number
	case "field":
		return p.field(rest, number)
	case "param":
		name, kind, ok := strings.Cut(rest, " ")
		if !ok {
			return fmt.Errorf("a parameter without a type: %s", rest)
		}
		name, optional := strings.CutSuffix(name, "?")
		p.entry.Params = append(p.entry.Params, Param{name, typeOf(kind), optional})
	case "return":
		kind := typeOf(rest)
		name, _, _ := strings.Cut(strings.TrimSpace(rest[typeLength(rest):]), " ")
		p.entry.Returns = append(p.entry.Returns, Param{Name: name, Type: kind})
	case "type":
		p.entry.Type = typeOf(rest)
	default:
		return fmt.Errorf("an annotation that is not known: @%s", tag)
	}
	return nil
}

// field adds a field of the class in progress.
func (p *reader) field(rest string, number int) error {
	if p.class == "" {
		return fmt.Errorf("a field without a class: %s", rest)
	}
	if strings.HasPrefix(rest, "[") { // [integer] and the like have no name
		p.text, p.raw = nil, nil
		return nil
	}
	name, kind, ok := strings.Cut(rest, " ")
	if !ok {
		return fmt.Errorf("a field without a type: %s", rest)
	}
	e := p.take(strings.TrimSuffix(name, "?"), Field)
	e.Owner, e.Type, e.line = shortClass(p.class), typeOf(kind), number
	e.Name = e.Owner + "." + e.Short
	for _, c := range optionClasses {
		if e.Owner == c {
			e.Kind = Option
		}
	}
	return nil
}

// declaration ends a comment.
func (p *reader) declaration(line string, number int) error {
	switch {
	case strings.HasPrefix(line, "--"): // a comment that is for readers of the file
	case line == "" || strings.HasPrefix(line, "return "):
		if line == "" && len(p.text) > 0 {
			return fmt.Errorf("a comment that belongs to nothing: %s", p.text[0])
		}
		p.class = ""
	case strings.HasPrefix(line, "local "):
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "local "), " ")
		p.objects[name] = shortClass(p.class)
	case strings.HasPrefix(line, "function "):
		p.raw = append(p.raw, line)
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "function "), "(")
		e := p.take(name, Function)
		e.line = number
		object, method, isMethod := strings.Cut(name, ":")
		if isMethod {
			e.Kind, e.Short = Method, method
		} else if object, method, isMethod = strings.Cut(name, "."); isMethod {
			e.Short = method
		} else {
			return nil
		}
		owner, ok := p.objects[object]
		if !ok {
			return fmt.Errorf("nothing is known of %s", object)
		}
		e.Owner = owner
		e.Name = owner + map[Kind]string{Method: ":", Function: "."}[e.Kind] + e.Short
	default:
		name, _, ok := strings.Cut(line, " = ")
		if !ok {
			return fmt.Errorf("a declaration that is not known: %s", line)
		}
		object, field, isField := strings.Cut(name, ".")
		e := p.take(name, Constant)
		e.line = number
		if isField {
			e.Short, e.Owner = field, p.objects[object]
			e.Name = e.Owner + "." + field
		}
	}
	return nil
}

// take makes an entry of the comment so far and begins a new one.
func (p *reader) take(name string, kind Kind) *Entry {
	e := p.entry
	e.Name, e.Short, e.Kind, e.raw, e.module, e.Test = name, name, kind, p.raw, p.module, p.file == testStub
	e.Text, e.Examples = splitExamples(p.text)
	if i := strings.LastIndex(e.Text, "Default: "); i == 0 || i > 0 && e.Text[i-1] == '\n' {
		e.Default = strings.Join(strings.Fields(e.Text[i+len("Default: "):]), " ")
		e.Text = strings.TrimSpace(e.Text[:i])
	}
	p.text, p.raw, p.entry = nil, nil, Entry{}
	p.r.entries = append(p.r.entries, &e)
	return &e
}

func (p *reader) reset() { p.text, p.raw, p.entry = nil, nil, Entry{} }

// splitExamples takes the fenced blocks out of a comment.
func splitExamples(lines []string) (text string, examples []Example) {
	indent := " " // some write "--- text"
	for _, line := range lines {
		if line != "" && !strings.HasPrefix(line, " ") {
			indent = ""
		}
	}
	var kept, code []string
	fence := ""
	for _, line := range lines {
		line = strings.TrimPrefix(line, indent)
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence = line
		case fence != "" && line == "```":
			if strings.HasPrefix(fence, "```lua") {
				examples = append(examples, Example{Code: strings.Join(code, "\n"), Run: fence == "```lua"})
			}
			fence, code = "", nil
		case fence != "":
			code = append(code, line)
		default:
			kept = append(kept, line)
		}
	}
	text = strings.Join(kept, "\n")
	for strings.Contains(text, "\n\n\n") {
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(text), examples
}

// shortClass is a class's name without our prefix.
func shortClass(name string) string { return strings.TrimPrefix(name, prefix) }

// typeOf is the type that s begins with, as the reference shows it.
func typeOf(s string) string {
	return strings.ReplaceAll(strings.TrimSpace(s[:typeLength(s)]), prefix, "")
}

// typeLength is the number of bytes of s that are a type: up to a blank outside of brackets that
// does not follow the colon of a function's result.
func typeLength(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '{', '[', '<':
			depth++
		case ')', '}', ']', '>':
			depth--
		case ' ':
			if depth == 0 && (i == 0 || s[i-1] != ':') {
				return i
			}
		}
	}
	return len(s)
}
