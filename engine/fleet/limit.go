package fleet

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// A Limit chooses hosts.
type Limit struct {
	keys    []string // those it asks for
	matches func(h *Host) bool
}

// ParseLimit reads an expression such as
//
//	site=ams and role!=core
//	not (site=ams or site=fra)
//	r1 or core
//
// A comparison is of a variable, of name, address or group; its value may have the signs *
// and ? of file names, and be quoted. A word alone is a host's name or a group. "and" binds
// more than "or".
func ParseLimit(text string) (*Limit, error) {
	p := &limitParser{text: text, limit: &Limit{}}
	if err := p.scan(); err != nil {
		return nil, err
	}
	if len(p.tokens) == 0 {
		return nil, fmt.Errorf("the limit is empty")
	}
	match, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q stands where \"and\", \"or\" or the end is expected", p.tokens[0].text)
	}
	p.limit.matches = match
	return p.limit, err
}

// Choose returns the hosts that the limit chooses, in their order. It is an error if it
// asks for a variable that no host has.
func (l *Limit) Choose(hosts []*Host) ([]*Host, error) {
	for _, key := range l.keys {
		if !slices.ContainsFunc(hosts, func(h *Host) bool { return h.Values(key) != nil }) && !slices.Contains([]string{"name", "address", "group", "groups"}, key) {
			return nil, &UnknownKey{Key: key, Known: Keys(hosts)}
		}
	}
	var chosen []*Host
	for _, h := range hosts {
		if l.matches(h) {
			chosen = append(chosen, h)
		}
	}
	return chosen, nil
}

// An UnknownKey is a key that no host has.
type UnknownKey struct {
	Key   string
	Known []string
}

// Error says so.
func (e *UnknownKey) Error() string { return fmt.Sprintf("no host has a variable %q", e.Key) }

// Keys lists what the hosts can be told apart by, sorted.
func Keys(hosts []*Host) []string {
	keys := map[string]bool{"name": true, "address": true, "group": true}
	for _, h := range hosts {
		for k := range h.Vars {
			keys[k] = true
		}
	}
	return sortedKeys(keys)
}

// A limitToken is a word, which may have been quoted, or a sign: ( ) = !=
type limitToken struct {
	text string
	sign bool
	bare bool // a word without quotes
}

type limitParser struct {
	text   string
	tokens []limitToken
	depth  int
	limit  *Limit
}

func (p *limitParser) scan() error {
	for s := p.text; ; {
		s = strings.TrimLeft(s, " \t\n")
		switch {
		case s == "":
			return nil
		case strings.HasPrefix(s, "!="):
			p.tokens = append(p.tokens, limitToken{text: "!=", sign: true})
			s = s[2:]
		case strings.HasPrefix(s, "=="):
			p.tokens = append(p.tokens, limitToken{text: "=", sign: true})
			s = s[2:]
		case strings.ContainsRune("()=", rune(s[0])):
			p.tokens = append(p.tokens, limitToken{text: s[:1], sign: true})
			s = s[1:]
		case s[0] == '"' || s[0] == '\'':
			end := strings.IndexByte(s[1:], s[0])
			if end < 0 {
				return fmt.Errorf("the quote %c is not closed", s[0])
			}
			p.tokens = append(p.tokens, limitToken{text: s[1 : end+1]})
			s = s[end+2:]
		default:
			end := strings.IndexAny(s, " \t\n()=!\"'")
			if end == 0 {
				return fmt.Errorf("%q means nothing here: there are =, !=, and, or, not", s[:1])
			}
			if end < 0 {
				end = len(s)
			}
			p.tokens = append(p.tokens, limitToken{text: s[:end], bare: true})
			s = s[end:]
		}
	}
}

// word takes a word of the language if it is next.
func (p *limitParser) word(text string) bool {
	if len(p.tokens) > 0 && p.tokens[0].bare && p.tokens[0].text == text {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *limitParser) sign(text string) bool {
	if len(p.tokens) > 0 && p.tokens[0].sign && p.tokens[0].text == text {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *limitParser) or() (func(*Host) bool, error) {
	left, err := p.and()
	for err == nil && p.word("or") {
		var right func(*Host) bool
		was := left
		right, err = p.and()
		left = func(h *Host) bool { return was(h) || right(h) }
	}
	return left, err
}

func (p *limitParser) and() (func(*Host) bool, error) {
	left, err := p.not()
	for err == nil && p.word("and") {
		var right func(*Host) bool
		was := left
		right, err = p.not()
		left = func(h *Host) bool { return was(h) && right(h) }
	}
	return left, err
}

// deepest is how deep parentheses and nots may be nested.
const deepest = 100

func (p *limitParser) not() (func(*Host) bool, error) {
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case p.depth > deepest:
		return nil, fmt.Errorf("the limit is nested more than %d deep", deepest)
	case p.word("not"):
		f, err := p.not()
		return func(h *Host) bool { return !f(h) }, err
	case p.sign("("):
		f, err := p.or()
		if err == nil && !p.sign(")") {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return f, err
	}
	return p.comparison()
}

func (p *limitParser) comparison() (func(*Host) bool, error) {
	if len(p.tokens) == 0 {
		return nil, fmt.Errorf("the limit ends where a comparison such as site=ams is expected")
	}
	key := p.tokens[0]
	if key.sign || key.bare && slices.Contains([]string{"and", "or"}, key.text) {
		return nil, fmt.Errorf("%q stands where a comparison such as site=ams is expected", key.text)
	}
	p.tokens = p.tokens[1:]
	equal := p.sign("=")
	if !equal && !p.sign("!=") {
		match, err := pattern(key.text)
		return func(h *Host) bool { return match(h.Name) || slices.ContainsFunc(h.Groups, match) }, err
	}
	if len(p.tokens) == 0 || p.tokens[0].sign {
		return nil, fmt.Errorf("a value is missing behind %s", key.text)
	}
	match, err := pattern(p.tokens[0].text)
	p.tokens = p.tokens[1:]
	p.limit.keys = append(p.limit.keys, key.text)
	return func(h *Host) bool { return slices.ContainsFunc(h.Values(key.text), match) == equal }, err
}

// pattern makes a test of a value with the signs of file names. A value that has a slash
// in it is compared by the same rules, so the slash is hidden from them.
func pattern(value string) (func(string) bool, error) {
	if !strings.ContainsAny(value, "*?[") {
		return func(text string) bool { return text == value }, nil
	}
	hide := strings.NewReplacer("/", "\x00")
	hidden := hide.Replace(value)
	if _, err := path.Match(hidden, ""); err != nil {
		return nil, fmt.Errorf("the pattern %q is wrong: a bracket is not closed", value)
	}
	return func(text string) bool {
		ok, _ := path.Match(hidden, hide.Replace(text)) // it has been tried
		return ok
	}, nil
}
