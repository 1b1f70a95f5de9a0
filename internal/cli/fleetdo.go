package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/fleet/report"
)

// do does the run and tells how it ended.
func (f *fleetRun) do() int {
	<-f.app.caught
	show := f.show()
	if f.run.Worker = f.queue; f.queue == nil {
		f.run.Worker = f.worker(filepath.Dir(f.header.Script)) // behind show, as it writes where that says
	}
	ctx, cancel := context.WithCancelCause(f.app.ctx)
	defer cancel(nil)
	interrupted := f.follow(cancel)
	defer f.app.interrupt.Store(nil)
	f.run.Started, f.run.Ended = show.started, show.ended
	show.begin()
	summary, err := f.run.Do(ctx)
	if f.queue != nil {
		f.queue.Close(summary.Left() == 0)
	}
	show.end()
	f.app.interrupt.Store(nil)
	written := f.run.WriteResults(f.folder)
	if written == nil {
		page := &report.Report{Run: f.run, Header: f.header, Folder: f.folder, Summary: summary, Hide: f.app.shown}
		written = f.folder.WriteReport(page.Write)
	}
	if written != nil {
		f.app.say("fleet: %v", written)
		if err == nil {
			f.app.hint("what was recorded counts: moonwire fleet -resume %s writes the results anew", shellWord(string(f.folder)))
			err = errTold
		}
	}
	f.tellEnd(summary)
	if closed := f.run.Journal.Close(); err == nil {
		err = closed
	}
	switch {
	case errors.Is(err, errTold):
		return exitError
	case isServerError(err):
		f.app.sayError("fleet: "+err.Error(), nil)
		// no test: the server must be full for a minute; package workers tries that
		f.app.hint("what was recorded counts: moonwire fleet -resume %s does what is left", shellWord(string(f.folder)))
		return exitPeer
	case err != nil:
		// no test: the disk must be full; package fleet tries that
		f.app.say("fleet: %v", err)
		// no test: the same
		f.app.hint("what was recorded counts: moonwire fleet -resume %s does what is left", shellWord(string(f.folder)))
		return exitError
	case f.app.ctx.Err() != nil:
		return f.app.finish(context.Cause(f.app.ctx))
	case interrupted() && summary.Left() > 0:
		f.app.say("interrupted")
		return exitInterrupted
	case summary.Failed > 0:
		return exitHosts
	}
	return exitOK
}

// shellWord is a text as a shell takes it for one word.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// errTold is an error that was told.
var errTold = errors.New("the results could not be written")

// follow gives ^C its meaning: the first lets what runs end, the second cuts it off.
func (f *fleetRun) follow(cancel context.CancelCauseFunc) (interrupted func() bool) {
	presses := make(chan int, 1)
	presses <- 0
	press := func() {
		n := <-presses + 1
		presses <- n
		if n == 1 {
			f.app.say("fleet: no more hosts are begun; those that run go on. ^C once more cuts them off")
			f.run.Drain("interrupted")
			return
		}
		f.app.interrupt.Store(nil) // a third one is as everywhere
		cancel(signals[os.Interrupt])
	}
	f.app.interrupt.Store(&press)
	return func() bool {
		n := <-presses
		presses <- n
		return n > 0
	}
}

// A hostShow tells what becomes of hosts while they run.
type hostShow interface {
	begin()
	started(host *fleet.Host, try int)
	ended(host *fleet.Host, r *fleet.Result, again bool)
	end()
}

// show chooses how hosts are told of: by figures on a terminal, else by a line each. On a
// terminal all that is told or printed goes above the figures.
func (f *fleetRun) show() hostShow {
	app, lines := f.app, hostLines{f: f}
	n, ok := app.Stderr.(*notices) // as it is on a terminal
	if !ok || app.Getenv("TERM") == "dumb" {
		return &lines
	}
	if columns, _, err := term.GetSize(int(n.file.Fd())); err != nil || columns == 0 {
		return &lines // there is no room for figures that is known of
	}
	if isTerminal(app.Stdout) {
		app.Stdout = n
	}
	f.bar = &progressBar{to: n}
	return &hostBar{f: f, bar: f.bar, lines: lines}
}

// hostLines tells of each host in a line.
type hostLines struct {
	f         *fleetRun
	done, all int
}

func (h *hostLines) begin() {
	h.all = len(h.f.hosts)
	if h.f.run.State != nil {
		h.done = len(h.f.run.State.Results)
		h.f.app.say("fleet: %d of %d hosts have a result; %d are left", h.done, h.all, h.all-h.done)
	}
}

func (h *hostLines) started(*fleet.Host, int) {}

func (h *hostLines) end() {}

func (h *hostLines) ended(host *fleet.Host, r *fleet.Result, again bool) {
	took := fmt.Sprintf("%.1f s", r.Seconds)
	switch {
	case again:
		h.f.app.say("%s: try %d failed, it is tried again: %s", host.Name, r.Tries, r.Error.Reason)
		return
	case r.OK:
		h.done++
		h.f.app.say("%s: ok, %s (%d of %d)", host.Name, took, h.done, h.all)
	default:
		h.done++
		h.f.app.say("%s: FAILED, %s (%d of %d): %s", host.Name, took, h.done, h.all, r.Error.Reason)
	}
}

// mostGroups and mostNames bound the table of failures.
const (
	mostGroups = 20
	mostNames  = 5
)

// tellEnd tells the sum, and why hosts have failed.
func (f *fleetRun) tellEnd(s *fleet.Summary) {
	var b strings.Builder
	fmt.Fprintf(&b, "fleet: %d of %d hosts ok", s.OK, s.Hosts)
	if s.Failed > 0 {
		fmt.Fprintf(&b, ", %d failed", s.Failed)
	}
	if s.Left() > 0 {
		fmt.Fprintf(&b, ", %d left", s.Left())
		if s.Cut > 0 {
			fmt.Fprintf(&b, " (%d cut off)", s.Cut)
		}
	}
	fmt.Fprintf(&b, "; %s", s.Took.Round(100*time.Millisecond))
	f.app.say("%s", b.String())
	groups := f.run.Failures()
	for i, g := range groups {
		if i == mostGroups {
			f.app.say("  and %d reasons more", len(groups)-i)
			break
		}
		names := strings.Join(g.Hosts[:min(len(g.Hosts), mostNames)], ", ")
		if more := len(g.Hosts) - mostNames; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		f.app.tell(fmt.Sprintf("%8d  %s  (%s)\n", len(g.Hosts), ownLines(g.Reason), ownLines(names)))
	}
	if s.Stopped != "" {
		f.app.say("fleet: the run has ended early: %s", s.Stopped)
	}
	if s.Left() > 0 {
		f.app.hint("moonwire fleet -resume %s does what is left", shellWord(string(f.folder)))
	}
}
