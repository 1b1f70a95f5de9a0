package fleet

import (
	"fmt"
	"strings"
)

// ini reads Ansible's INI: sections of hosts, of groups ([name:children]) and of variables
// ([name:vars]).
func (in *inventory) ini(data []byte) {
	a := newAnsible(in)
	group, part, number := a.group("ungrouped"), "", 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		switch {
		case line == "", line[0] == '#', line[0] == ';':
		case line[0] == '[' && strings.Contains(line, "]") && !strings.ContainsAny(line[:strings.IndexByte(line, ']')], " ="):
			end := strings.IndexByte(line, ']')
			name := line[1:end]
			name, part, _ = strings.Cut(name, ":")
			if part != "" && part != "children" && part != "vars" {
				in.failHint(number, "there are [NAME], [NAME:children] and [NAME:vars]", "the section [%s:%s] is none that Ansible has", name, part)
				return
			}
			if name == "" {
				in.fail(number, "the section has no name")
				return
			}
			group = a.group(name)
		case part == "children":
			group.children = append(group.children, strings.Fields(line)[0])
		case part == "vars":
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				in.fail(number, "the variable has no =, as in site=ams")
				continue
			}
			key = strings.TrimSpace(key)
			group.vars[key], group.lines[key] = iniValue(key, strings.TrimSpace(value)), number
		default:
			in.iniHost(a, group, line, number)
		}
	}
	a.finish()
}

// iniHost reads a line with a host, or a range of them, and variables.
func (in *inventory) iniHost(a *ansible, group *ansibleGroup, line string, number int) {
	words, err := splitWords(line)
	if err != nil {
		in.fail(number, "%v", err)
		return
	}
	if strings.Contains(words[0], ",") {
		in.failHint(number, "a CSV file needs a first line with the names of its columns, one of which is \"name\"", "a host's name has a comma in it: %s", words[0])
		return
	}
	for _, name := range in.names(words[0], number) {
		port := ""
		if i := strings.LastIndexByte(name, ':'); i > 0 && strings.Count(name, ":") == 1 {
			name, port = name[:i], name[i+1:]
		}
		h := a.host(name, number)
		group.hosts = append(group.hosts, name)
		if port != "" {
			h.vars["ansible_port"] = port
		}
		for _, word := range words[1:] {
			key, value, ok := strings.Cut(word, "=")
			if !ok {
				in.failHint(number, "a line has a host and variables, as in r1 site=ams", "%q is no variable", word)
				return
			}
			h.vars[key] = iniValue(key, value)
		}
	}
}

// iniValue is a variable's value as Ansible reads it: numbers and truth values are such,
// but a password of digits is none.
func iniValue(key, text string) any {
	if len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	if strings.HasPrefix(text, "0") && len(text) > 1 && !strings.HasPrefix(text, "0.") {
		return text // 007 is a name
	}
	if strings.ContainsAny(text, "xXpPnN_") { // what Go would read as a number, too
		if lower := strings.ToLower(text); lower != "true" && lower != "false" {
			return text
		}
	}
	v := literal(text)
	if _, number := v.(float64); number && isSecret(key) {
		return text
	}
	return v
}

// splitWords cuts a line at blanks, but not in quotes, and at a comment.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, begun := byte(0), false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		case c == '#' && !begun:
			return words, nil
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("the quote %c is not closed", quote)
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}
