package fleet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Host is one host of an inventory.
type Host struct {
	Name    string
	Address string
	Groups  []string // sorted
	// Vars are the variables: strings, float64s, bools, nil, []any and map[string]any.
	Vars map[string]any
	// Secrets are variables that hold passwords. They are in no record and no plan.
	Secrets map[string]string
	File    string // where the host stands
	Line    int
}

// Reserved are the names of a host's fields, which no variable can have.
var reserved = []string{"name", "address", "groups"}

// Sum identifies what the inventory says of the host, but for its secrets.
func (h *Host) Sum() string {
	text := JSON([]any{h.Name, h.Address, h.Groups, h.Vars, slices.Sorted(maps.Keys(h.Secrets))})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Values returns what a key of the host is as text: nothing if the host does not have it,
// several if it is a list. A dot leads into a variable that is a table.
func (h *Host) Values(key string) []string {
	switch key {
	case "name":
		return []string{h.Name}
	case "address":
		return []string{h.Address}
	case "groups", "group":
		return h.Groups
	}
	if v, ok := h.Vars[key]; ok {
		return texts(v)
	}
	var v any = h.Vars
	for part := range strings.SplitSeq(key, ".") {
		table, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		if v, ok = table[part]; !ok {
			return nil
		}
	}
	return texts(v)
}

// texts is a variable's value as text.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case float64:
		return []string{numberText(v)}
	case bool:
		return []string{strconv.FormatBool(v)}
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, texts(e)...)
		}
		return list
	}
	return nil
}

// numberText is a number as an inventory has it: 4200000001, not 4.200000001e+09.
func numberText(n float64) string {
	if math.Abs(n) < 1e21 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

// A Problem is a mistake in an inventory.
type Problem struct {
	File    string
	Line    int // from 1; 0 if it concerns the whole file
	Message string
	Hint    string
}

// Error is "file:line: message".
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Problems are all mistakes of an inventory, in the order of their lines.
type Problems []*Problem

// Error lists them, one a line, but no more than the first ten.
func (ps Problems) Error() string {
	var lines []string
	for i, p := range ps {
		if i == mostProblems {
			lines = append(lines, fmt.Sprintf("and %d mistakes more", len(ps)-i))
			break
		}
		lines = append(lines, p.Error())
	}
	return strings.Join(lines, "\n")
}

// mostProblems is the number of mistakes that are told one by one.
const mostProblems = 10

// Hints returns the hints of those mistakes that are told, each once.
func (ps Problems) Hints() []string {
	var hints []string
	for _, p := range ps[:min(len(ps), mostProblems)] {
		if p.Hint != "" && !slices.Contains(hints, p.Hint) {
			hints = append(hints, p.Hint)
		}
	}
	return hints
}

// An inventory is what a parser gathers.
type inventory struct {
	file     string
	hosts    []*Host
	problems Problems
}

func (in *inventory) fail(line int, format string, args ...any) {
	in.problems = append(in.problems, &Problem{File: in.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (in *inventory) failHint(line int, hint, format string, args ...any) {
	in.fail(line, format, args...)
	in.problems[len(in.problems)-1].Hint = hint
}

// finish checks what concerns all hosts, and returns them or what is wrong.
func (in *inventory) finish() ([]*Host, error) {
	first := make(map[string]*Host, len(in.hosts))
	for _, h := range in.hosts {
		if h.Name == "" {
			in.fail(h.Line, "the host has no name")
			continue
		}
		if strings.ContainsFunc(h.Name, func(r rune) bool { return !strconv.IsPrint(r) }) {
			in.fail(h.Line, "the name %+q has a character in it that cannot be seen", h.Name)
			continue
		}
		if len(h.Name) > longestName {
			in.fail(h.Line, "the name %.20q... is longer than %d bytes", h.Name, longestName)
			continue
		}
		if f := first[h.Name]; f != nil {
			in.fail(h.Line, "the name %q is there twice; it is in line %d too", h.Name, f.Line)
			continue
		}
		first[h.Name] = h
		h.File = in.file
		h.Address = cmp.Or(h.Address, h.Name)
		slices.Sort(h.Groups)
		h.Groups = slices.Compact(h.Groups)
	}
	if len(in.problems) == 0 && len(in.hosts) == 0 {
		in.fail(0, "the inventory has no host")
	}
	if len(in.problems) > 0 {
		slices.SortStableFunc(in.problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, in.problems
	}
	return in.hosts, nil
}

// longestName is the longest name of a host, in bytes.
const longestName = 1000

// secretNames are the endings of the variables whose values are secrets.
var secretNames = []string{"password", "passwd", "passphrase", "secret", "_pass"}

// isSecret reports whether the variable with a name holds a password.
func isSecret(name string) bool {
	return slices.ContainsFunc(secretNames, func(end string) bool { return strings.HasSuffix(strings.ToLower(name), end) })
}

// vaultKey is the key below a variable at which a vault value stands; found reports
// whether there is one.
func vaultKey(key string, v any) (at string, found bool) {
	switch v := v.(type) {
	case string:
		return key, strings.HasPrefix(v, vaultMark)
	case []any:
		for _, e := range v {
			if at, found = vaultKey(key, e); found {
				return at, true
			}
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			if at, found = vaultKey(key+"."+k, v[k]); found {
				return at, true
			}
		}
	}
	return "", false
}

// set gives a host a variable.
func (in *inventory) set(h *Host, key string, v any, line int) {
	if at, found := vaultKey(key, v); found {
		in.failHint(line, vaultHint, "%s is an Ansible vault value, which is not decrypted here", at)
		return
	}
	if n, ok := v.(float64); ok && isSecret(key) {
		v = numberText(n) // a password of digits
	}
	_, table := v.(map[string]any)
	switch {
	case slices.Contains(reserved, key):
		in.fail(line, "a variable cannot be called %q", key)
	case v == nil:
	case key == "connect" && !table:
		in.failHint(line, connectHint, "connect must be a table of options")
	default:
		if text, ok := v.(string); ok && isSecret(key) {
			if h.Secrets == nil {
				h.Secrets = make(map[string]string)
			}
			h.Secrets[key] = text
			return
		}
		if h.Vars == nil {
			h.Vars = make(map[string]any)
		}
		h.Vars[key] = v
	}
}

const (
	connectHint = `as in "connect": {"timeout": 10}, or the column connect.timeout of a CSV file`
	vaultMark   = "$ANSIBLE_VAULT"
	vaultHint   = `take it out and ask for it in the script by secret "name", or decrypt the file with ansible-vault and give it to -hosts`
)
