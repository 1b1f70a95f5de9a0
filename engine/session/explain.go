package session

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/telnet"
)

// Report says why the wait failed: the text that came, how near each pattern got,
// and what would probably help. It is worked out here, when somebody asks, in well
// below a second.
func (e *WaitError) Report() diagnose.Report {
	f := e.Facts.forDiagnosis(e.Pending, e.Omitted, e.secrets)
	f.Call, f.Waited, f.Cut = e.Op, e.Waited, errors.Is(e.Err, io.EOF) && e.Cause != nil
	f.Ended = e.Exit != nil || errors.Is(e.Cause, line.ErrGone)
	for _, p := range e.List {
		f.Patterns = append(f.Patterns, forDiagnosis(p, e.secrets))
	}
	switch {
	case errors.Is(e.Err, ErrTimeout):
		f.Reason = diagnose.Timeout
	case errors.Is(e.Err, io.EOF):
		f.Reason = diagnose.EOF
	default:
		f.Reason = diagnose.Interrupted
	}
	if e.Facts.Quiet < e.Waited {
		f.InWait = max(int64(len(f.Pending)), 1)
	}
	return diagnose.Diagnose(f)
}

// Shown is Pending with the secrets hidden in it.
func (e *WaitError) Shown() string {
	shown, _ := hidePending(e.Pending, e.Omitted, e.Facts.Consumed, e.secrets)
	return shown
}

// hidePending hides secrets in the unread text, also one that begins in the text
// taken before it.
func hidePending(pending string, omitted int64, consumed string, secrets *mask.Secrets) (shown string, before int64) {
	if secrets.Len() == 0 {
		return pending, omitted
	}
	if omitted > 0 { // it may begin in the middle of one
		cut := min(secrets.Longest()-1, len(pending))
		return secrets.MaskWithin([]byte(pending[:cut]), []byte(pending[cut:]), nil), omitted + int64(cut)
	}
	return secrets.MaskWithin([]byte(consumed), []byte(pending), nil), 0
}

// Why says whether the pattern matches what has come and is not yet taken, and if
// not, why. It does not wait for the peer and takes nothing; the error is that of a
// session that is closed.
func (s *Session) Why(ctx context.Context, p patterns.Pattern) (diagnose.Report, error) {
	if err := s.arrived(ctx, WaitOptions{Op: "why"}); err != nil {
		return diagnose.Report{}, err
	}
	s.mu.Lock()
	s.syncViewLocked()
	r := s.buf.Unread()
	from := max(0, r.Len()-diagnose.MaxText)
	pending, omitted := r.Text(from, r.Len()), from
	facts := s.gatherLocked()
	s.mu.Unlock()
	return diagnose.Why(forDiagnosis(p, s.secrets), facts.forDiagnosis(pending, omitted, s.secrets)), nil
}

func forDiagnosis(p patterns.Pattern, secrets *mask.Secrets) diagnose.Pattern {
	p.Source = secrets.Mask(p.Source)
	switch p.Kind {
	case patterns.Regex:
		return diagnose.Pattern{Kind: diagnose.Regex, Source: p.Source, Flags: p.Flags}
	case patterns.Exact:
		return diagnose.Pattern{Kind: diagnose.Exact, Source: p.Source, Flags: p.Flags}
	case patterns.Glob:
		return diagnose.Pattern{Kind: diagnose.Glob, Source: p.Source, Flags: p.Flags}
	}
	return diagnose.Pattern{Kind: diagnose.Event, Source: p.String()}
}

// forDiagnosis gives the facts with the secrets hidden: all of them may be shown.
func (f *Facts) forDiagnosis(pending string, omitted int64, secrets *mask.Secrets) diagnose.Facts {
	shown, before := hidePending(pending, omitted, f.Consumed, secrets)
	d := diagnose.Facts{
		Pending: []byte(shown), Omitted: before,
		Consumed: []byte(secrets.MaskWithin(nil, []byte(f.Consumed), []byte(pending))),
		Wire:     []byte(secrets.Mask(f.Wire)),
		Raw:      f.Raw, Encoding: f.Encoding, Dropped: f.Dropped,
		Received: f.Data, SinceLastByte: f.Quiet,
		LastWrite: secrets.Mask(f.LastWrite), LastWriteSecret: f.Secret, LastWriteAge: f.SinceWrite,
		SinceWrite: f.TextSinceWrite, WroteSinceMatch: f.WroteSinceMatch,
		PeerEchoes: f.PeerEchoes, PeerClosed: f.PeerClosed, Unfinished: f.Unfinished,
		Options: optionFacts(f.Options),
	}
	// An echo can only be in what came since.
	since := []byte(f.Consumed + pending)
	since = since[max(int64(len(since))-f.TextSinceWrite, 0):]
	if line := strings.TrimRight(d.LastWrite, "\r\n"); line != "" {
		d.LastWriteEchoed = strings.Contains(secrets.MaskWithin(nil, since, nil), line)
	}
	return d
}

// optionFacts pairs what the peer asked with what was answered.
func optionFacts(events []telnet.Event) []diagnose.OptionFact {
	var facts []diagnose.OptionFact
	open := map[telnet.Option]int{} // what awaits its answer, by its place in facts
	ask := func(ev telnet.Event, received string) {
		open[ev.Option] = len(facts)
		facts = append(facts, diagnose.OptionFact{Received: received})
	}
	for _, ev := range events {
		switch ev.Kind {
		case telnet.Request:
			if ev.Open {
				ask(ev, ev.Command.String()+" "+ev.Option.String())
			}
		case telnet.Subnegotiation:
			// Only these two are questions.
			if ev.Reason == "" && (ev.Option == telnet.TTYPE || ev.Option == telnet.NewEnviron) {
				ask(ev, "SB "+ev.Option.String()+" SEND")
			}
		case telnet.Sent:
			if i, ok := open[ev.Option]; ok {
				facts[i].Answered, facts[i].By = ev.Command.String()+" "+ev.Option.String(), ev.Reason
				delete(open, ev.Option)
			}
		}
	}
	return facts
}
