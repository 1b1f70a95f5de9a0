package trace

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/session"
)

const (
	shownMatch    = 80   // bytes of a match
	shownPatterns = 8    // of a list
	maxNoted      = 1000 // lists that are remembered as remarked on
)

// waitBegan shows what is waited for, and what is odd about it.
func (v *watched) waitBegan(o *session.Observation) {
	w := o.Wait
	what := "wait " + w.Op
	if len(w.Patterns) > 0 {
		what += " " + v.list(w.Patterns)
	}
	limit := "without end"
	if w.Timeout != session.Forever {
		limit = "for " + seconds(w.Timeout)
	}
	v.line(o.Time, "=", what+" "+limit+place(o.Where))
	if w.List != nil {
		v.note(o)
	}
}

// list shows patterns as a script would write them.
func (v *watched) list(patterns []string) string {
	shown := make([]string, 0, shownPatterns+1)
	for i, p := range patterns {
		if i == shownPatterns {
			shown = append(shown, fmt.Sprintf("%d more", len(patterns)-i))
			break
		}
		shown = append(shown, v.pattern(p))
	}
	if len(patterns) == 1 {
		return shown[0]
	}
	return "{" + strings.Join(shown, ", ") + "}"
}

func (v *watched) pattern(p string) string {
	if len(p) > shownMatch {
		return strings.ToValidUTF8(p[:shownMatch], "") + "..."
	}
	return p
}

// note shows what is odd about a list of patterns, the first time that it is seen.
func (v *watched) note(o *session.Observation) {
	key := strings.Join(o.Wait.Patterns, "\x00")
	if v.t.noted[key] {
		return
	}
	if len(v.t.noted) >= maxNoted {
		clear(v.t.noted)
	}
	v.t.noted[key] = true
	for _, r := range o.Wait.List.Remarks() {
		if r.Kind == match.Lingers || r.Kind == match.LingersInLine {
			continue // as patterns for a prompt mostly do, and the match's line tells when
		}
		says := r.Message
		if r.Kind == match.Hidden && r.By >= 0 { // in the words of the list, with secrets hidden
			says = fmt.Sprintf("never matches: pattern %d %s matches whenever it would and is listed before it", r.By+1, v.pattern(o.Wait.Patterns[r.By]))
		}
		v.line(o.Time, "=", fmt.Sprintf("note pattern %d %s %s", r.Index+1, v.pattern(o.Wait.Patterns[r.Index]), says))
	}
}

// waitEnded shows how a wait ended.
func (v *watched) waitEnded(o *session.Observation) {
	w := o.Wait
	if w.Err != nil {
		v.line(o.Time, "=", v.failure(w)+place(o.Where))
		return
	}
	if w.Rule == session.AtTimeout && w.Index >= 0 && w.Index < len(w.Patterns) && w.Patterns[w.Index] == "TIMEOUT" {
		v.line(o.Time, "=", fmt.Sprintf("match %d TIMEOUT after %s%s", w.Index+1, took(w.Waited), place(o.Where)))
		return
	}
	what := "done " + w.Op
	if w.Index >= 0 && w.Index < len(w.Patterns) {
		what = "match " + strconv.Itoa(w.Index+1) + " " + v.pattern(w.Patterns[w.Index])
	}
	if w.Matched != "" || w.List != nil {
		got := v.t.config.Secrets.MaskWithin(w.Before, []byte(w.Matched), w.After)
		what += " got " + diagnose.QuoteMiddle(got, shownMatch)
	}
	rule := w.Rule
	if rule == session.Settled {
		rule += ": quiet for " + seconds(w.Settle)
	}
	v.line(o.Time, "=", fmt.Sprintf("%s, %s, after %s%s", what, rule, took(w.Waited), place(o.Where)))
}

// failure says why a wait found nothing. What it waited for is in the line of its
// beginning.
func (v *watched) failure(w *session.WaitReport) string {
	switch {
	case errors.Is(w.Err, session.ErrTimeout):
		return "timeout of " + w.Op + " after " + took(w.Waited)
	case errors.Is(w.Err, io.EOF):
		return "closed by the peer in " + w.Op + " after " + took(w.Waited)
	}
	cause := w.Err
	if e, ok := errors.AsType[*session.WaitError](w.Err); ok {
		cause = e.Err
	}
	return "failed " + w.Op + " after " + took(w.Waited) + ": " + cause.Error()
}

// seconds shows a time that was chosen, took one that was measured.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', 4, 64) + " s" }
func took(d time.Duration) string    { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + " s" }
