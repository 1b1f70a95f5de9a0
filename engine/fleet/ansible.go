package fleet

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// What Ansible's inventories have in common: groups of hosts and of groups, with
// variables.

type ansible struct {
	in     *inventory
	hosts  map[string]*ansibleHost
	order  []string // of the hosts
	groups map[string]*ansibleGroup
}

type ansibleHost struct {
	line int
	vars map[string]any
}

type ansibleGroup struct {
	name     string
	hosts    []string
	children []string
	vars     map[string]any
	lines    map[string]int // of the variables
	depth    int            // below all
	above    []string       // the groups that it is in, itself among them
}

func newAnsible(in *inventory) *ansible {
	return &ansible{in: in, hosts: make(map[string]*ansibleHost), groups: make(map[string]*ansibleGroup)}
}

func (a *ansible) host(name string, line int) *ansibleHost {
	if a.hosts[name] == nil {
		a.hosts[name] = &ansibleHost{line: line, vars: make(map[string]any)}
		a.order = append(a.order, name)
	}
	return a.hosts[name]
}

func (a *ansible) group(name string) *ansibleGroup {
	if a.groups[name] == nil {
		a.groups[name] = &ansibleGroup{name: name, vars: make(map[string]any), lines: make(map[string]int)}
	}
	return a.groups[name]
}

// finish makes the hosts: the variables of a group that is nearer to a host come before
// those of one that holds it, the host's own before all.
func (a *ansible) finish() {
	for _, name := range sortedKeys(a.groups) {
		for _, child := range a.groups[name].children {
			if a.groups[child] == nil {
				a.in.fail(0, "the group %q, a child of %s, is not there", child, name)
				return
			}
		}
	}
	for _, name := range sortedKeys(a.groups) {
		if !a.descend(a.groups[name], nil) {
			return
		}
	}
	of := make(map[string][]*ansibleGroup)
	for _, name := range sortedKeys(a.groups) {
		for _, host := range a.groups[name].hosts {
			for _, above := range a.groups[name].above {
				if g := a.groups[above]; !slices.Contains(of[host], g) {
					of[host] = append(of[host], g)
				}
			}
		}
	}
	for _, name := range a.order {
		a.make(name, of[name])
	}
}

// descend tells a group's children what they are in; path is the way to the group.
func (a *ansible) descend(g *ansibleGroup, path []string) bool {
	if slices.Contains(path, g.name) {
		a.in.fail(0, "the group %s is a child of itself: %s", g.name, strings.Join(append(path, g.name), ", "))
		return false
	}
	path = append(slices.Clone(path), g.name)
	g.depth = max(g.depth, len(path))
	grown := false
	for _, name := range path {
		if !slices.Contains(g.above, name) {
			g.above, grown = append(g.above, name), true
		}
	}
	if !grown && len(path) > 1 {
		return true
	}
	for _, child := range g.children {
		if !a.descend(a.groups[child], path) {
			return false
		}
	}
	return true
}

// make makes a host.
func (a *ansible) make(name string, groups []*ansibleGroup) {
	own := a.hosts[name]
	h := &Host{Name: name, Line: own.line}
	a.in.hosts = append(a.in.hosts, h)
	groups = slices.Clone(groups)
	if all := a.groups["all"]; all != nil && !slices.Contains(groups, all) {
		groups = append(groups, all)
	}
	slices.SortStableFunc(groups, func(x, y *ansibleGroup) int {
		if (x.name == "all") != (y.name == "all") {
			return map[bool]int{true: -1, false: 1}[x.name == "all"]
		}
		return cmp.Or(cmp.Compare(x.depth, y.depth), cmp.Compare(x.name, y.name))
	})
	vars, lines := make(map[string]any), make(map[string]int)
	for _, g := range groups {
		if g.name != "all" && g.name != "ungrouped" {
			h.Groups = append(h.Groups, g.name)
		}
		for k, v := range g.vars {
			vars[k], lines[k] = v, g.lines[k]
		}
	}
	for k, v := range own.vars {
		vars[k], lines[k] = v, own.line
	}
	h.Address = a.address(name, vars, own.line)
	for _, k := range sortedKeys(vars) {
		if k != "address" {
			a.in.set(h, k, vars[k], lines[k])
		}
	}
}

// address is where Ansible would find a host, unless the variable address says it.
func (a *ansible) address(name string, vars map[string]any, line int) string {
	text := func(keys ...string) string {
		for _, k := range keys {
			if list := texts(vars[k]); len(list) == 1 {
				return list[0]
			}
		}
		return ""
	}
	if address := text("address"); address != "" {
		return address
	}
	host := cmp.Or(text("ansible_host", "ansible_ssh_host"), name)
	port := text("ansible_port", "ansible_ssh_port")
	scheme := "ssh"
	switch connection := text("ansible_connection"); connection {
	case "", "ssh", "smart", "paramiko", "network_cli", "ansible.netcommon.network_cli", "ansible.builtin.ssh":
	case "telnet", "ansible.netcommon.telnet":
		scheme = "telnet"
	default:
		a.in.failHint(line, "the variable address says where a host is, as in address=telnet://192.0.2.1",
			"the ansible_connection %q of %s is none that is known here", connection, name)
		return ""
	}
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	if user := text("ansible_user", "ansible_ssh_user"); user != "" && scheme == "ssh" {
		host = user + "@" + host
	}
	return scheme + "://" + host
}

// mostRange is the number of hosts that a range such as r[1:9] may stand for.
const mostRange = 100_000

// names are the hosts that an entry stands for. One whose range is none is told.
func (in *inventory) names(entry string, line int) []string {
	names := expand(entry)
	if len(names) == 0 || strings.IndexByte(names[0], '[') > 0 {
		in.failHint(line, "as in r[01:20], r[a:f] or r[0:30:10]", "%s has a range that is none, or stands for more than %d hosts", entry, mostRange)
		return nil
	}
	return names
}

// expand is what Ansible makes of r[01:20] and r[a:f]; a third number is the step.
func expand(name string) []string {
	open := strings.IndexByte(name, '[')
	end := strings.IndexByte(name, ']')
	if open < 0 || end < open || !strings.Contains(name[open:end], ":") {
		return []string{name}
	}
	parts := strings.Split(name[open+1:end], ":")
	step := 1
	if len(parts) == 3 {
		step, _ = strconv.Atoi(parts[2])
	}
	from, fromErr := strconv.Atoi(parts[0])
	to, toErr := strconv.Atoi(parts[1])
	letters := fromErr != nil && toErr != nil && len(parts[0]) == 1 && len(parts[1]) == 1
	if letters {
		from, to = int(parts[0][0]), int(parts[1][0])
	}
	if !letters && (fromErr != nil || toErr != nil) || step < 1 || (to-from)/step >= mostRange || len(parts) > 3 {
		return []string{name}
	}
	var names []string
	for n := from; n <= to; n += step {
		middle := strconv.Itoa(n)
		if letters {
			middle = string(rune(n))
		} else if parts[0][0] == '0' {
			middle = strings.Repeat("0", max(0, len(parts[0])-len(middle))) + middle
		}
		for _, rest := range expand(name[end+1:]) {
			names = append(names, name[:open]+middle+rest)
			if len(names) > mostRange {
				return []string{name}
			}
		}
	}
	return names
}
