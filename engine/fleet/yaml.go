package fleet

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// yaml reads YAML, and JSON, which is a part of it: a list of hosts; a table with hosts,
// groups and vars; Ansible's tables of groups; or what a program for Ansible prints.
func (in *inventory) yaml(data []byte) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		in.yamlError(err)
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	y := &yamlReader{inventory: in}
	if !y.endsSomewhere(doc.Content[0], make(map[*yaml.Node]bool)) {
		return
	}
	switch root := y.follow(doc.Content[0]); {
	case root.Kind == yaml.SequenceNode:
		for _, node := range root.Content {
			if v, ok := y.value(node, "a host", 0).(map[string]any); ok {
				in.fields(v, node.Line)
			} else if len(in.problems) == 0 {
				in.failHint(node.Line, "as in - {name: r1, address: telnet://192.0.2.1}", "a host must be a table")
			}
		}
	case root.Kind != yaml.MappingNode:
		in.fail(root.Line, "the inventory must be a list of hosts or a table")
	case y.get(root, "_meta") != nil:
		y.program(root)
	case y.get(root, "hosts") != nil:
		y.own(root)
	default:
		y.ansible(root)
	}
}

var yamlPlace = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`) })

func (in *inventory) yamlError(err error) {
	line, text := 0, err.Error()
	if m := yamlPlace().FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits, or nothing
		text = m[2]
	}
	in.fail(line, "the text is no YAML: %s", text)
}

// yamlReader makes values of nodes.
type yamlReader struct {
	*inventory
	values int // made so far
	merges int // those that << leads through just now
}

// The bounds of a YAML text, whose aliases may stand for much more than its size.
const (
	deepestYAML = 100
	mostValues  = 20_000_000 // which the keys of tables are among
)

// endsSomewhere refuses an alias within what it stands for, such as &a [*a]: it would
// stand for something without an end.
func (y *yamlReader) endsSomewhere(n *yaml.Node, within map[*yaml.Node]bool) bool {
	if n.Kind == yaml.AliasNode {
		if within[n.Alias] {
			y.fail(n.Line, "*%s stands within what it names itself", n.Value)
		}
		return !within[n.Alias]
	}
	within[n] = true
	defer delete(within, n)
	for _, inner := range n.Content {
		if !y.endsSomewhere(inner, within) {
			return false
		}
	}
	return true
}

// tooMany counts a value, and reports whether there are more than an inventory has.
func (y *yamlReader) tooMany(n *yaml.Node) bool {
	if y.values++; y.values == mostValues+1 {
		y.fail(n.Line, "the inventory has more than %d values", mostValues)
	}
	return y.values > mostValues
}

// follow is the node that an alias stands for.
func (y *yamlReader) follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// get is the value of a key of a table.
func (y *yamlReader) get(table *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(table.Content); i += 2 {
		if table.Content[i].Value == key {
			return y.follow(table.Content[i+1])
		}
	}
	return nil
}

// value makes a value of a node; what names it in errors.
func (y *yamlReader) value(n *yaml.Node, what string, depth int) any {
	n = y.follow(n)
	switch {
	case y.tooMany(n):
		return nil
	case depth > deepestYAML:
		y.fail(n.Line, "%s is nested more than %d deep", what, deepestYAML)
		y.values = mostValues + 1 // the rest is told of no more
		return nil
	}
	switch n.Kind {
	case yaml.SequenceNode:
		list := []any{}
		for _, e := range n.Content {
			list = append(list, y.value(e, what, depth+1))
		}
		return list
	case yaml.MappingNode:
		table := make(map[string]any)
		y.pairs(n, what, func(key string, _ int, v *yaml.Node) { table[key] = y.value(v, what+"."+key, depth+1) })
		return table
	}
	return y.scalar(n, what)
}

// scalar is a value that is no table and no list.
func (y *yamlReader) scalar(n *yaml.Node, what string) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if isSecret(what) {
			return n.Value // a password of digits is no number
		}
		var f float64
		if n.Decode(&f) == nil && f-f == 0 {
			return f
		}
	case "!vault":
		y.failHint(n.Line, vaultHint, "%s is an Ansible vault value, which is not decrypted here", what)
		return nil
	}
	return n.Value
}

// pairs calls f for each key of a table, in its order; those that are merged by << first.
func (y *yamlReader) pairs(n *yaml.Node, what string, f func(key string, line int, v *yaml.Node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].ShortTag() == "!!merge" {
			y.merge(y.follow(n.Content[i+1]), what, f)
		}
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i]; {
		case y.tooMany(key):
			return
		case key.ShortTag() == "!!merge":
		case key.Kind != yaml.ScalarNode:
			y.fail(key.Line, "a key of %s must be a name", what)
		case seen[key.Value] > 0:
			y.fail(key.Line, "%s has the key %q twice; it is in line %d too", what, key.Value, seen[key.Value])
		default:
			seen[key.Value] = key.Line
			f(key.Value, key.Line, y.follow(n.Content[i+1]))
		}
	}
}

// merge is pairs for what << names: a table, or a list of them, the first of which counts.
func (y *yamlReader) merge(v *yaml.Node, what string, f func(key string, line int, v *yaml.Node)) {
	if y.tooMany(v) {
		return
	}
	if y.merges++; y.merges > deepestYAML {
		y.fail(v.Line, "the << in %s are nested more than %d deep", what, deepestYAML)
		y.values = mostValues + 1
	}
	defer func() { y.merges-- }()
	switch v.Kind {
	case yaml.MappingNode:
		y.pairs(v, what, f)
	case yaml.SequenceNode:
		for i := len(v.Content) - 1; i >= 0; i-- {
			y.merge(y.follow(v.Content[i]), what, f)
		}
	default:
		y.fail(v.Line, "what << names must be a table")
	}
}

// table reports whether a node is a table; nothing is an empty one.
func (y *yamlReader) table(n *yaml.Node, what string) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	if n.ShortTag() != "!!null" {
		y.fail(n.Line, "%s must be a table", what)
	}
	return false
}

// own reads a table with hosts, and perhaps groups and vars.
func (y *yamlReader) own(root *yaml.Node) {
	everywhere := make(map[string]any)
	groups := make(map[string]map[string]any)
	hosts := (*yaml.Node)(nil)
	y.pairs(root, "the inventory", func(key string, line int, v *yaml.Node) {
		switch key {
		case "hosts":
			hosts = v
		case "vars":
			if y.table(v, "vars") {
				everywhere, _ = y.value(v, "vars", 0).(map[string]any)
			}
		case "groups":
			if y.table(v, "groups") {
				y.pairs(v, "groups", func(name string, _ int, v *yaml.Node) {
					if y.table(v, "the group "+name) {
						groups[name], _ = y.value(v, "the group "+name, 0).(map[string]any)
					}
				})
			}
		default:
			y.failHint(line, "there are hosts, groups and vars", "the inventory has an unknown key %q", key)
		}
	})
	if hosts == nil || !y.table(hosts, "hosts") {
		return
	}
	y.pairs(hosts, "hosts", func(name string, line int, v *yaml.Node) {
		fields := make(map[string]any)
		if y.table(v, "the host "+name) {
			fields, _ = y.value(v, name, 0).(map[string]any)
		}
		if _, ok := fields["name"]; ok {
			y.fail(v.Line, "a variable cannot be called %q", "name")
		}
		h := &Host{Name: name, Line: line}
		y.hosts = append(y.hosts, h)
		all := make(map[string]any)
		maps.Copy(all, everywhere)
		for _, g := range textList(fields["groups"]) {
			if _, known := groups[g]; !known && len(groups) > 0 {
				y.fail(line, "the group %q of %s is not among the groups", g, name)
			}
			maps.Copy(all, groups[g])
		}
		maps.Copy(all, fields)
		y.describe(h, all, line)
	})
}

func textList(v any) []string {
	if s, ok := v.(string); ok {
		return strings.Fields(s)
	}
	return texts(v)
}

// ansible reads Ansible's YAML: groups, each with hosts, children and vars.
func (y *yamlReader) ansible(root *yaml.Node) {
	a := newAnsible(y.inventory)
	y.pairs(root, "the inventory", func(name string, _ int, v *yaml.Node) { y.group(a, name, v, 0) })
	if y.values <= mostValues {
		a.finish()
	}
}

func (y *yamlReader) group(a *ansible, name string, n *yaml.Node, depth int) {
	g := a.group(name)
	if depth > deepestYAML {
		y.fail(n.Line, "the groups are nested more than %d deep", deepestYAML)
		return
	}
	if !y.table(n, "the group "+name) {
		return
	}
	y.pairs(n, "the group "+name, func(key string, line int, v *yaml.Node) {
		known := slices.Contains([]string{"hosts", "children", "vars"}, key)
		if !known {
			y.failHint(line, "a group has hosts, children and vars; the inventory may also be a list of hosts, or have the key hosts",
				"the group %s has an unknown key %q", name, key)
			return
		}
		if !y.table(v, key+" of the group "+name) {
			return
		}
		y.pairs(v, key+" of the group "+name, func(entry string, line int, e *yaml.Node) {
			switch key {
			case "vars":
				g.vars[entry] = y.value(e, entry, 0)
				g.lines[entry] = line
			case "children":
				g.children = append(g.children, entry)
				y.group(a, entry, e, depth+1)
			default:
				for _, host := range y.names(entry, line) {
					h := a.host(host, line)
					g.hosts = append(g.hosts, host)
					if y.table(e, "the host "+host) {
						y.pairs(e, host, func(key string, _ int, e *yaml.Node) { h.vars[key] = y.value(e, key, 0) })
					}
				}
			}
		})
	})
}

// program reads what a program for Ansible prints with --list.
func (y *yamlReader) program(root *yaml.Node) {
	a := newAnsible(y.inventory)
	y.pairs(root, "the inventory", func(name string, line int, v *yaml.Node) {
		if name == "_meta" {
			vars := y.get(v, "hostvars")
			if vars == nil || !y.table(vars, "hostvars") {
				return
			}
			y.pairs(vars, "hostvars", func(host string, line int, e *yaml.Node) {
				h := a.host(host, line)
				if y.table(e, "the host "+host) {
					y.pairs(e, host, func(key string, _ int, e *yaml.Node) { h.vars[key] = y.value(e, key, 0) })
				}
			})
			return
		}
		g := a.group(name)
		fields := map[string]any{}
		if v.Kind == yaml.SequenceNode {
			fields["hosts"] = y.value(v, name, 0)
		} else if y.table(v, "the group "+name) {
			fields, _ = y.value(v, name, 0).(map[string]any)
		}
		for _, host := range textList(fields["hosts"]) {
			a.host(host, line)
			g.hosts = append(g.hosts, host)
		}
		g.children = append(g.children, textList(fields["children"])...)
		vars, _ := fields["vars"].(map[string]any)
		maps.Copy(g.vars, vars)
	})
	if y.values <= mostValues {
		a.finish()
	}
}
