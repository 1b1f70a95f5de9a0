// Package reference is the reference of everything that moonwire adds to Lua, as a
// model that is read from the LuaCATS stubs and the topics in stdlib/meta.
//
// These files are the one source of each signature, meaning, default and example:
// help, moonwire doc, moonwire types, the manual and the prompt's
// completion are made of them, and tests hold them to the names that are registered.
//
// Beside what LuaCATS has, the stubs keep to a few conventions:
//
//   - classes are called moonwire.NAME; the reference says NAME;
//   - the comment above a ---@field belongs to the field;
//   - a last line "Default: VALUE" is what holds if an option is not given;
//   - a method with a line ---@global is also a function on the current session;
//   - a block fenced by ```lua is an example that is run as a test, on a session s
//     that is logged in to the demo host; what it prints stands behind "-->". One
//     that cannot be run is fenced by ```lua norun.
package reference

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moonwire/moonwire/stdlib"
)

// Kind says what an [Entry] describes.
type Kind uint8

// The kinds, in the order in which [Reference.Lookup] gives them.
const (
	Topic    Kind = iota // a page of its own
	Function             // a global, or of a module
	Method               // of a session, or of a module's object
	Constant             // a global that is no function
	Module               // a module for require
	Class                // a kind of object, or of a table of options
	Option               // a key of a table of options
	Field                // of an object
)

// String names the kind in one word.
func (k Kind) String() string {
	names := [...]string{"topic", "function", "method", "constant", "module", "class", "option", "field"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", k)
}

// Param is a parameter or a result.
type Param struct {
	Name     string
	Type     string // as LuaCATS writes it, without "moonwire."
	Optional bool
}

// Example is a piece of code from an entry's text.
type Example struct {
	Code string
	Run  bool // it runs as it stands
}

// Entry is one name of the reference, with all that is known of it.
type Entry struct {
	Name     string // in full: connect, session:expect, connect.timeout, json.decode, EOF
	Short    string // its last part: expect
	Owner    string // the class or module it belongs to: session; "" for a global or a topic
	Kind     Kind
	Params   []Param
	Returns  []Param
	Type     string // of a field, an option or a constant, without "moonwire."
	Default  string // what holds where an option is not given, "" if nothing is said
	Text     string // in Markdown, without examples where it is no topic
	Examples []Example
	Global   bool // a method that is also a function on the current session
	Test     bool // it is there in the files that moonwire test runs only

	module string   // that it is part of, itself or by its class; "" for what scripts have without require
	raw    []string // the comment and the declaration, as they stand in the stub
	line   int      // of the declaration
}

// Reference is all entries. It is read-only.
type Reference struct {
	entries []*Entry
	stubs   []stub
}

// A stub is one of the files, for [Reference.Types].
type stub struct {
	name, module string // module is what require gives, "" if the file declares globals
	lines        []string
}

// Load reads the stubs and topics that are part of the program. An error is a
// mistake in one of them.
func Load() (*Reference, error) {
	r := &Reference{}
	files, err := fs.Glob(stdlib.Meta, "meta/*.lua")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		source, err := stdlib.Meta.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := r.addStub(path.Base(file), string(source)); err != nil {
			return nil, err
		}
	}
	topics, err := fs.Glob(stdlib.Meta, "meta/topics/*.md")
	if err != nil {
		return nil, err
	}
	for _, file := range topics {
		source, err := stdlib.Meta.ReadFile(file)
		if err != nil {
			return nil, err
		}
		r.addTopic(strings.TrimSuffix(path.Base(file), ".md"), string(source))
	}
	return r, nil
}

// addTopic adds a page. Its first line is "# name: what it is about".
func (r *Reference) addTopic(file, source string) {
	name := strings.ReplaceAll(file, "-", " ")
	source = strings.TrimSpace(source)
	_, examples := splitExamples(strings.Split(source, "\n"))
	r.entries = append(r.entries, &Entry{Name: name, Short: name, Kind: Topic, Text: source, Examples: examples})
}

// Entries lists all entries, in the order of the stubs.
func (r *Reference) Entries() []*Entry { return slices.Clone(r.entries) }

// Topics lists the pages, by name.
func (r *Reference) Topics() []*Entry { return r.of(func(e *Entry) bool { return e.Kind == Topic }) }

// Members lists what belongs to a class or a module, in the order of the stubs.
func (r *Reference) Members(owner string) []*Entry {
	return r.of(func(e *Entry) bool { return e.Owner == owner && owner != "" })
}

// Keys lists the options of a function: "connect", "expect", "interact". It is empty
// for one that takes none.
func (r *Reference) Keys(function string) []string {
	var keys []string
	for _, e := range r.Members(function) {
		if e.Kind == Option {
			keys = append(keys, e.Short)
		}
	}
	slices.Sort(keys)
	return keys
}

// Names lists all names that [Reference.Lookup] knows in full, sorted.
func (r *Reference) Names() []string {
	names := make([]string, len(r.entries))
	for i, e := range r.entries {
		names[i] = e.Name
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *Reference) of(keep func(*Entry) bool) []*Entry {
	var kept []*Entry
	for _, e := range r.entries {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// Lookup finds what a name stands for, the likeliest first: a full name, with a dot
// or a colon and "s" for "session", or the last part of one; what needs a module is
// found by its last part only if nothing else is. It is empty if there is nothing of
// that name.
func (r *Reference) Lookup(name string) []*Entry {
	name = strings.TrimSuffix(strings.TrimSpace(name), "()")
	full := strings.TrimPrefix(strings.Replace(name, ":", ".", 1), ".")
	if rest, ok := strings.CutPrefix(full, "s."); ok {
		full = "session." + rest
	}
	full = strings.TrimPrefix(full, "moonwire.")
	page := strings.NewReplacer("_", " ", "-", " ").Replace(name)
	same := func(equal func(a, b string) bool, modules bool) []*Entry {
		return r.of(func(e *Entry) bool {
			return equal(strings.Replace(e.Name, ":", ".", 1), full) || equal(e.Short, full) && (modules || e.module == "") ||
				e.Kind == Topic && equal(e.Name, page)
		})
	}
	exactly := func(a, b string) bool { return a == b }
	found := same(exactly, false)
	if len(found) == 0 {
		found = same(strings.EqualFold, false)
	}
	if len(found) == 0 {
		found = same(exactly, true)
	}
	if len(found) == 0 {
		found = same(strings.EqualFold, true)
	}
	found = slices.DeleteFunc(found, func(e *Entry) bool { // its function lists the options
		return e.Kind == Class && slices.ContainsFunc(found, func(f *Entry) bool { return f.takes(e.Name) })
	})
	slices.SortStableFunc(found, func(a, b *Entry) int { return cmp.Compare(rank(a), rank(b)) })
	return found
}

// rank orders what has the same name. A class of options comes behind its function.
func rank(e *Entry) int {
	if e.Name == "session" || e.Name == "match" || e.Name == "error" { // what is meant is the object
		return -1
	}
	return int(e.Kind)
}

// Summary is the first sentence of the text, on one line.
func (e *Entry) Summary() string {
	if e.Kind == Topic {
		title, _, _ := strings.Cut(strings.TrimPrefix(e.Text, "# "), "\n")
		if _, about, ok := strings.Cut(title, ": "); ok {
			return about
		}
		return title
	}
	first, _, _ := strings.Cut(e.Text, "\n\n")
	text := strings.Join(strings.Fields(first), " ")
	inCode := false
	for i := range text {
		switch {
		case text[i] == '`':
			inCode = !inCode
		case text[i] == '.' && !inCode && i+2 < len(text) && text[i+1] == ' ' && !isLower(text[i+2]):
			return text[:i+1]
		}
	}
	return text
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// Signature is how the entry is written in a script: s:read_until(text [, timeout]).
func (e *Entry) Signature() string {
	switch e.Kind {
	case Function:
		return e.Name + "(" + e.parameters() + ")"
	case Method:
		object := e.Owner
		if object == "session" {
			object = "s"
		}
		return object + ":" + e.Short + "(" + e.parameters() + ")"
	}
	return e.Name
}

func (e *Entry) parameters() string {
	var b strings.Builder
	for i, p := range e.Params {
		switch {
		case p.Optional && i > 0:
			b.WriteString(" [, " + p.Name + "]")
		case p.Optional:
			b.WriteString("[" + p.Name + "]")
		case i > 0:
			b.WriteString(", " + p.Name)
		default:
			b.WriteString(p.Name)
		}
	}
	return b.String()
}
