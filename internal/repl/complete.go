package repl

// Completion: which words could stand at the cursor.

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Environment is what completion knows of the interpreter.
type Environment interface {
	// Fields returns the names of the fields of the value that path leads to
	// from the globals; with methods set, of those that can be called. Steps
	// are names (string) and indices (float64). Nothing is called to find out.
	Fields(path []any, methods bool) []string
	// Options returns the keys of the table of options that a function takes.
	Options(function string) []string
	// Words returns the strings that a function may be called with.
	Words(function string) []string
	// Open returns the names of the sessions that are open.
	Open() []string
}

// Complete returns a Completer of Lua in env: globals and keywords, fields
// and methods, the keys of a table of options, and in strings what a function is
// known to take, the names of sessions, and files.
func Complete(env Environment) Completer {
	return func(line string, pos int) (int, []string) {
		line = line[:pos]
		at := scan(line)
		if at.text >= 0 {
			if words := env.Words(at.callee); len(words) > 0 {
				return at.text, beginningWith(words, line[at.text:])
			}
			return completeText(env, line, at.text)
		}
		start := pos
		for start > 0 && isNameByte(line[start-1]) {
			start--
		}
		before := strings.TrimRight(line[:start], " \t")
		if start < pos && line[start] >= '0' && line[start] <= '9' {
			return pos, nil
		}
		if strings.HasSuffix(before, ".") && !strings.HasSuffix(before, "..") || strings.HasSuffix(before, ":") {
			methods := strings.HasSuffix(before, ":")
			path, ok := pathBefore(before[:len(before)-1])
			if !ok {
				return start, nil
			}
			return start, beginningWith(env.Fields(path, methods), line[start:])
		}
		if at.table != "" && (strings.HasSuffix(before, "{") || strings.HasSuffix(before, ",")) {
			if keys := env.Options(at.table); len(keys) > 0 {
				words := beginningWith(keys, line[start:])
				for i := range words {
					words[i] += "="
				}
				return start, words
			}
		}
		return start, beginningWith(env.Fields(nil, false), line[start:])
	}
}

// completeText completes inside a string that begins at start.
func completeText(env Environment, line string, start int) (int, []string) {
	typed := line[start:]
	words := beginningWith(env.Open(), typed)
	path := typed
	if _, after, ok := strings.Cut(typed, "://"); ok {
		path = after
	}
	fileStart := start + len(typed) - len(path)
	files := filesBeginning(path)
	if len(words) == 0 {
		return fileStart, files
	}
	return start, words
}

// filesBeginning returns the files whose names begin with path, directories
// with a slash behind.
func filesBeginning(path string) []string {
	dir, base := filepath.Split(path)
	look := dir
	switch {
	case look == "":
		look = "."
	case strings.HasPrefix(look, "~/"):
		home, err := os.UserHomeDir()
		if err != nil {
			return nil
		}
		look = home + look[1:]
	}
	entries, err := os.ReadDir(look)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, base) || base == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(look, name)); err == nil && info.IsDir() {
			name += "/"
		}
		names = append(names, dir+name)
	}
	return names
}

func beginningWith(words []string, prefix string) []string {
	var found []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			found = append(found, w)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// cursorPlace is where in a line the cursor is.
type cursorPlace struct {
	text   int    // where the string begins that the cursor is in, or -1
	callee string // the function that this string is given to, or ""
	table  string // the function whose table of options it is in, or ""
}

// scan reads a line of Lua up to the cursor.
func scan(line string) cursorPlace {
	type bracket struct {
		kind   byte
		callee string
	}
	var open []bracket
	word := "" // the last name, while nothing else followed
	inText := func(start int) cursorPlace {
		if n := len(open); word == "" && n > 0 && open[n-1].kind == '(' {
			word = open[n-1].callee
		}
		return cursorPlace{text: start, callee: word}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"' || c == '\'':
			start := i + 1
			for i++; i < len(line) && line[i] != c; i++ {
				if line[i] == '\\' {
					i++
				}
			}
			if i >= len(line) {
				return inText(start)
			}
		case strings.HasPrefix(line[i:], "--"):
			return cursorPlace{text: -1}
		case strings.HasPrefix(line[i:], "[["):
			end := strings.Index(line[i:], "]]")
			if end < 0 {
				return inText(i + 2)
			}
			i += end + 1
			word = ""
		case isNameByte(c):
			start := i
			for i+1 < len(line) && isNameByte(line[i+1]) {
				i++
			}
			word = line[start : i+1]
		case c == '(' || c == '{' || c == '[':
			callee := word
			if c == '{' && callee == "" && len(open) > 0 && open[len(open)-1].kind == '(' {
				callee = open[len(open)-1].callee // connect(host, {
			}
			open = append(open, bracket{c, callee})
			word = ""
		case c == ')' || c == '}' || c == ']':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
			word = ""
		case c == ' ' || c == '\t':
		default:
			word = ""
		}
	}
	at := cursorPlace{text: -1}
	if n := len(open); n > 0 && open[n-1].kind == '{' {
		at.table = open[n-1].callee
	}
	return at
}

// pathBefore returns the names and constant indices that an expression ends
// in: what can be followed without calling anything.
func pathBefore(s string) (path []any, ok bool) {
	for {
		s = strings.TrimRight(s, " \t")
		switch {
		case strings.HasSuffix(s, "]"):
			i := strings.LastIndexByte(s, '[')
			if i < 0 {
				return nil, false
			}
			index := strings.TrimSpace(s[i+1 : len(s)-1])
			if n, err := strconv.ParseFloat(index, 64); err == nil {
				path = append(path, n)
			} else if len(index) >= 2 && (index[0] == '"' || index[0] == '\'') && index[len(index)-1] == index[0] {
				path = append(path, index[1:len(index)-1])
			} else {
				return nil, false
			}
			s = s[:i]
			continue // an index needs something before it, without a dot
		case s != "" && isNameByte(s[len(s)-1]):
			i := len(s)
			for i > 0 && isNameByte(s[i-1]) {
				i--
			}
			path = append(path, s[i:])
			s = strings.TrimRight(s[:i], " \t")
		default:
			return nil, false
		}
		if !strings.HasSuffix(s, ".") || strings.HasSuffix(s, "..") {
			slices.Reverse(path)
			return path, true
		}
		s = s[:len(s)-1]
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
