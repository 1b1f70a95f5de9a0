// Package patterns has what a wait looks for: text by regular expression, literally or by
// shell wildcards, and the events of a session. Lists of patterns are compiled, and kept
// compiled, for package match.
package patterns

import (
	"errors"
	"strconv"
	"strings"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/match"
)

// Kind says how a Pattern is read.
type Kind uint8

// The kinds of patterns.
const (
	Regex   Kind = iota // RE2 syntax, with Flags
	Exact               // the text itself
	Glob                // shell wildcards
	EOF                 // the peer closed and all its text is read
	Timeout             // the time ran out
	Prompt              // the peer sent GA or EOR
	EchoOff             // the peer took over echoing, as before a password
	EchoOn              // the peer gave echoing back
	Exit                // the program that the line leads to has ended
)

// Pattern is one of the things that a wait looks for.
type Pattern struct {
	Kind   Kind
	Source string
	Flags  string // of a Regex: letters of i, s, m, U
}

// String shows the pattern as a script would write it.
func (p Pattern) String() string {
	switch p.Kind {
	case Exact:
		return "exact " + diagnose.Quote(p.Source)
	case Glob:
		return "glob " + diagnose.Quote(p.Source)
	case EOF:
		return "EOF"
	case Timeout:
		return "TIMEOUT"
	case Prompt:
		return "PROMPT"
	case EchoOff:
		return "ECHO_OFF"
	case EchoOn:
		return "ECHO_ON"
	case Exit:
		return "EXIT"
	}
	if p.Flags != "" {
		return "regex(" + diagnose.Quote(p.Source) + ", " + diagnose.Quote(p.Flags) + ")"
	}
	return diagnose.Quote(p.Source)
}

// List is a compiled list. It may be used by any number of sessions.
type List struct {
	list    []Pattern
	sets    []*match.Set // of all but Timeout: all in one, or each its own if listed
	listed  bool
	place   []int // of the sets' patterns in the list
	timeout int   // place of Timeout in the list, -1 without
}

const matchesNothing = `[^\x00-\x{10FFFF}]`

// Compile prepares a list of patterns, in their order of precedence. The error is
// a *match.Error whose Index is the place in list, from 0.
func Compile(list []Pattern) (*List, error) { return compile(list, false) }

// CompileListed is Compile for another order of precedence: of the patterns that
// match anywhere in what has come, the one listed first is taken, as telnetlib
// does, and not the one whose match starts first. What has come is the text up to
// the peer's first pause (the wait's settle time) after a match, or up to 4 KiB
// after it if the peer does not pause; only the list's first pattern is taken at
// once.
func CompileListed(list []Pattern) (*List, error) { return compile(list, true) }

func compile(list []Pattern, listed bool) (*List, error) {
	p := &List{list: list, listed: listed, timeout: -1}
	var set []match.Pattern
	for i, one := range list {
		var m match.Pattern
		switch one.Kind {
		case Timeout:
			if p.timeout < 0 {
				p.timeout = i
			}
			continue
		case EOF:
			m = match.Pattern{Kind: match.EventKind, Event: match.EOF}
		case Prompt:
			m = match.Pattern{Kind: match.EventKind, Event: match.Prompt}
		case EchoOff:
			m = match.Pattern{Kind: match.EventKind, Event: match.EchoOff}
		case EchoOn:
			m = match.Pattern{Kind: match.EventKind, Event: match.EchoOn}
		case Exit:
			m = match.Pattern{Kind: match.EventKind, Event: match.Exit}
		case Exact:
			m = match.Pattern{Kind: match.Exact, Source: one.Source}
		case Glob:
			m = match.Pattern{Kind: match.Glob, Source: one.Source}
		default:
			m = match.Pattern{Kind: match.Regex, Source: one.Source, Flags: one.Flags}
		}
		set = append(set, m)
		p.place = append(p.place, i)
	}
	if len(set) == 0 && len(list) > 0 { // Timeout alone
		set = append(set, match.Pattern{Kind: match.Regex, Source: matchesNothing})
	}
	size := len(set)
	if listed {
		size = 1
	}
	for from := 0; from == 0 || from < len(set); from += max(size, 1) {
		one, err := match.Compile(set[from:min(from+size, len(set))])
		if err != nil {
			if e, ok := errors.AsType[*match.Error](err); ok && e.Index >= 0 {
				e.Index = p.place[e.Index+from]
			}
			return nil, err
		}
		p.sets = append(p.sets, one)
	}
	return p, nil
}

// Search begins to look for the patterns; prev is the byte before the text, or -1.
func (p *List) Search(prev int) Search {
	var s Search
	if p.listed {
		s = newListedFirst(p.sets)
	} else {
		s = p.sets[0].NewMatcher()
	}
	s.Reset(prev)
	return s
}

// Names returns the names of the groups of the pattern that a match.Match names.
func (p *List) Names(index int) []string {
	if p.listed {
		return p.sets[index].Names(0)
	}
	return p.sets[0].Names(index)
}

// Place returns the place in the list of the pattern that a match.Match names.
func (p *List) Place(index int) int { return p.place[index] }

// Timeout returns the place of the pattern Timeout in the list, -1 if there is none.
func (p *List) Timeout() int { return p.timeout }

// Patterns returns the patterns as they were given.
func (p *List) Patterns() []Pattern { return p.list }

// Shown returns each pattern as a script would write it, with secrets hidden.
func (p *List) Shown(secrets *mask.Secrets) []string {
	shown := make([]string, len(p.list))
	for i, one := range p.list {
		one.Source = secrets.Mask(one.Source) // before it is quoted
		shown[i] = one.String()
	}
	return shown
}

// Remarks tells what is odd about the list: patterns that match the empty text, that
// another hides, or that hold all the others up. Places are those in List.
func (p *List) Remarks() []match.Remark {
	var all []match.Remark
	from := 0
	for _, set := range p.sets {
		for _, r := range set.Remarks() {
			if len(p.place) == 0 {
				return nil // Timeout alone
			}
			if by := r.By; by >= 0 {
				r.By = p.place[from+by]
				r.Message = strings.Replace(r.Message, "pattern "+strconv.Itoa(by+1)+",", "pattern "+strconv.Itoa(r.By+1)+",", 1)
			}
			r.Index = p.place[from+r.Index]
			all = append(all, r)
		}
		from += set.Len()
	}
	return all
}

// AsEvent returns the match package's word for an event pattern.
func (p Pattern) AsEvent() (match.Event, bool) {
	switch p.Kind {
	case EOF:
		return match.EOF, true
	case Prompt:
		return match.Prompt, true
	case EchoOff:
		return match.EchoOff, true
	case EchoOn:
		return match.EchoOn, true
	case Exit:
		return match.Exit, true
	}
	return 0, false
}
