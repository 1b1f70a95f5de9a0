package terminal

// Watching one direction of an interaction for patterns, with the matcher of the
// waits. Keys that might become a match are held back until they cannot or
// the operator pauses; output is shown as it comes.

import (
	"context"
	"regexp"
	"time"

	"github.com/moonwire/moonwire/engine/match"
)

// DefaultSettle is the pause after which a match that more text could change is
// taken as it is, and keys that could become one are let go.
const DefaultSettle = 100 * time.Millisecond

// Watch is what to do when a pattern appears in one direction of Interact.
type Watch struct {
	set    *match.Set
	starts *match.Set // the same at the text's beginning only
	settle time.Duration
	action Action
}

// Action is called with each match of a Watch. It runs on Interact's own
// goroutine, with the terminal as it was found. If it is done, or fails, the
// interaction ends.
type Action func(ctx context.Context, hit Hit) (value any, done bool, err error)

// Hit is a match of a Watch.
type Hit struct {
	Index   int      // of the pattern, from 0
	Text    string   // up to the end of the match; it may begin late
	Groups  []int    // pairs of offsets in Text, the match first; -1 for groups that took no part
	Names   []string // of the groups, "" for those without
	Settled bool     // a pause ended it
}

// NewWatch prepares a watch for patterns, in their order of precedence. settle
// is the pause that ends an open match; 0 means DefaultSettle. The error is a
// *match.Error.
func NewWatch(patterns []match.Pattern, settle time.Duration, action Action) (*Watch, error) {
	set, err := match.Compile(patterns)
	if err != nil {
		return nil, err
	}
	anchored := make([]match.Pattern, 0, len(patterns))
	for _, p := range patterns {
		source := p.Source
		switch p.Kind {
		case match.Exact:
			source = regexp.QuoteMeta(source)
		case match.Glob:
			if source, err = match.GlobExpression(source); err != nil {
				return nil, err
			}
		case match.EventKind:
			continue
		}
		anchored = append(anchored, match.Pattern{Kind: match.Regex, Source: `\A(?:` + source + `)`, Flags: p.Flags})
	}
	w := &Watch{set: set, settle: settle, action: action}
	if settle == 0 {
		w.settle = DefaultSettle
	}
	if len(anchored) > 0 {
		w.starts, err = match.Compile(anchored)
	}
	return w, err
}

// watching is a Watch at work. A nil watching sees nothing.
type watching struct {
	w      *Watch
	m      *match.Matcher
	starts *match.Matcher
	text   []byte // what the matcher may ask for
	base   int64  // the offset of text in what the matcher was fed
	free   int64  // what is before it has been let go
	again  []byte // was looked at behind a match, to be looked at again
	ended  bool   // the end of the output has been seen
}

func newWatching(w *Watch) *watching {
	if w == nil {
		return nil
	}
	g := &watching{w: w, m: w.set.NewMatcher()}
	if w.starts != nil {
		g.starts = w.starts.NewMatcher()
	}
	return g
}

// Chunk makes a watching the matcher's text.
func (g *watching) Chunk(int64) ([]byte, int64) { return g.text, g.base }

// feed looks at p up to the end of the first match, which is hit: n is how much
// of p that is. free is what cannot become part of a match any more.
func (g *watching) feed(p []byte) (n int, free []byte, hit *Hit) {
	if g == nil {
		return len(p), p, nil
	}
	for len(g.again) > 0 {
		again := g.again
		g.again = nil
		n, more, hit := g.look(again)
		free = append(free, more...)
		g.again = append(g.again, again[n:]...)
		if hit != nil {
			return 0, free, hit
		}
	}
	n, more, hit := g.look(p)
	return n, append(free, more...), hit
}

func (g *watching) look(p []byte) (n int, free []byte, hit *Hit) {
	before := g.m.Pos()
	n, status := g.m.Feed(p)
	g.text = append(g.text, p[:n]...)
	if status == match.Decided {
		found := g.m.Result(g)
		g.again = append(g.again, g.text[min(found.End, before)-g.base:before-g.base]...)
		free, hit = g.hit(found, false)
		return int(max(found.End-before, 0)), free, hit
	}
	return n, g.release(g.possible()), nil
}

// hit makes a Hit of a match and starts again behind it.
func (g *watching) hit(found match.Match, settled bool) (free []byte, hit *Hit) {
	end := found.End - g.base
	if found.Start > g.free {
		free = append(free, g.text[g.free-g.base:found.Start-g.base]...)
	}
	hit = &Hit{Index: found.Index, Text: string(g.text[:end]), Names: g.w.set.Names(found.Index), Settled: settled}
	for _, at := range found.Groups {
		if at >= 0 {
			at -= g.base
		}
		hit.Groups = append(hit.Groups, int(at))
	}
	prev := -1
	if end > 0 {
		prev = int(g.text[end-1])
	}
	g.m.Reset(prev)
	g.text, g.base, g.free = g.text[:0], 0, 0
	return free, hit
}

// possible is the offset where the earliest match that is still possible starts.
func (g *watching) possible() int64 {
	end := g.m.Pos()
	if g.m.Idle() {
		return end
	}
	from := max(g.free, g.m.Keep())
	if g.starts == nil || end-from > 4096 { // too long to look closer
		return from
	}
	for at := from; at < end; at++ {
		g.starts.Reset(-1)
		g.starts.Feed(g.text[at-g.base:])
		if !g.starts.Idle() {
			return at
		}
	}
	return end
}

// release lets go of what is before offset to.
func (g *watching) release(to int64) (free []byte) {
	if to > g.free {
		free = append(free, g.text[g.free-g.base:to-g.base]...)
		g.free = to
	}
	if keep := min(g.m.Keep(), g.free); keep-g.base > 64<<10 || len(g.text) == int(keep-g.base) {
		g.text = append(g.text[:0], g.text[keep-g.base:]...)
		g.base = keep
	}
	return free
}

// paused takes the match that is open, or lets everything go that was held back.
func (g *watching) paused() (free []byte, hit *Hit) {
	if g == nil {
		return nil, nil
	}
	if len(g.again) > 0 {
		if _, free, hit = g.feed(nil); hit != nil {
			return free, hit
		}
	}
	if found, ok := g.m.Best(g); ok {
		g.again = append(g.again, g.text[found.End-g.base:]...)
		more, hit := g.hit(found, true)
		return append(free, more...), hit
	}
	return append(free, g.releaseAll()...), nil
}

// releaseAll lets everything go and starts again.
func (g *watching) releaseAll() []byte {
	if g == nil {
		return nil
	}
	free := append(g.release(g.m.Pos()), g.again...)
	g.again = nil
	prev := -1
	if n := len(g.text); n > 0 {
		prev = int(g.text[n-1])
	}
	g.m.Reset(prev)
	g.text, g.base, g.free = g.text[:0], 0, 0
	return free
}

// holds reports whether something is held back.
func (g *watching) holds() bool { return g != nil && (g.free < g.m.Pos() || len(g.again) > 0) }

// open reports whether a pause would make a match.
func (g *watching) open() bool { return g != nil && g.m.CanBest() }

// patience is how long a pause is.
func (g *watching) patience() time.Duration {
	if !g.holds() {
		return 0
	}
	return g.w.settle
}

// end is the last chance of patterns of the output: the peer has closed.
func (g *watching) end() (hit *Hit) {
	if g == nil || g.ended {
		return nil
	}
	g.ended = true
	if g.m.Mark(match.EOF) == match.Decided {
		_, hit = g.hit(g.m.Result(g), false)
		return hit
	}
	if found, ok := g.m.Best(g); ok {
		_, hit = g.hit(found, true)
	}
	return hit
}
