package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/moonwire/moonwire/engine/fleet"
)

// figures are how a run stands.
type figures struct {
	all, done, failed, running int
	samples                    []sample // of the last half minute, for the rate
}

// A sample is how many hosts were done at a time.
type sample struct {
	at   time.Time
	done int
}

// mostSamples is the number of samples, one a second, that the rate is taken from.
const mostSamples = 30

// text describes the figures in at most so many columns.
func (f *figures) text(now time.Time, columns int) string {
	if n := len(f.samples); n == 0 || now.Sub(f.samples[n-1].at) >= time.Second {
		f.samples = append(f.samples, sample{now, f.done})
		f.samples = f.samples[max(0, len(f.samples)-mostSamples):]
	}
	parts := []string{fmt.Sprintf("%d of %d done", f.done, f.all)}
	if f.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", f.failed))
	}
	parts = append(parts, fmt.Sprintf("%d running", f.running))
	first := f.samples[0]
	if done, since := f.done-first.done, now.Sub(first.at); done > 0 && since >= time.Second {
		rate := float64(done) / since.Seconds()
		parts = append(parts, perTime(rate), roughly(time.Duration(float64(f.all-f.done)/rate*float64(time.Second)))+" left")
	}
	text := parts[0]
	for _, p := range parts[1:] {
		if len(text)+len(p)+2 <= columns {
			text += ", " + p
		}
	}
	return text[:max(0, min(len(text), columns))]
}

// perTime is a rate for people.
func perTime(rate float64) string {
	if rate < 1 {
		return fmt.Sprintf("%.1f/min", rate*60)
	}
	return fmt.Sprintf("%.3g/s", rate)
}

// roughly is a duration without what nobody wants to know.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// A progressBar shows the figures at the bottom of a terminal; what is told meanwhile goes
// above them.
type progressBar struct {
	to *notices

	mu      sync.Mutex
	figures figures
	shown   *mpb.Progress // nil while there is none
	bar     *mpb.Bar
}

// redrawn is how often the figures are drawn anew.
const redrawn = 100 * time.Millisecond

// showFigures begins to show the figures. What draws them holds the lock, so nothing that
// waits for a drawing may.
func (b *progressBar) showFigures() {
	shown := mpb.New(mpb.WithOutput(b.to.file), mpb.WithRefreshRate(redrawn))
	text := decor.Any(func(s decor.Statistics) string {
		b.mu.Lock()
		defer b.mu.Unlock()
		return "\r" + b.figures.text(time.Now(), s.AvailableWidth-1) + " " // the bar fills the row
	})
	b.mu.Lock()
	all, done := b.figures.all, b.figures.done
	b.mu.Unlock()
	style := mpb.BarStyle().Lbound("[").Filler("#").Tip("#").Padding(".").Rbound("]")
	bar := shown.New(0, style, mpb.PrependDecorators(text), mpb.BarFillerTrim()) // 0: it does not end by itself
	bar.SetTotal(int64(all), false)
	bar.SetCurrent(int64(done))
	var above io.Writer = &aboveBar{shown, b.to.file}
	b.to.editor.Store(&above)
	b.mu.Lock()
	b.shown, b.bar = shown, bar
	b.mu.Unlock()
}

// What draws the figures goes a row up and takes away what is right of the cursor and below.
// Keys that the terminal has echoed, ^C too, leave the cursor in the midst of a row, so what
// comes next begins by itself at the row's beginning.
const (
	clearRow  = "\r\x1b[2K"
	clearRest = "\r\x1b[J"
)

// ask takes the figures away while the operator is asked something, and holds what is told
// until the answer is there.
func (b *progressBar) ask(question func()) {
	b.hide()
	held := &heldText{to: b.to.file}
	var w io.Writer = held
	b.to.editor.Store(&w)
	defer func() {
		b.showFigures()
		held.release(b.to)
	}()
	question()
}

// heldText is what is told while the operator is asked something.
type heldText struct {
	mu       sync.Mutex
	to       io.Writer
	text     []byte
	released bool
}

// mostHeld is how much is held, in bytes; what is more goes to the terminal at once.
const mostHeld = 1 << 20

// Write implements io.Writer.
func (h *heldText) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released || len(h.text)+len(p) > mostHeld {
		return h.to.Write(p)
	}
	h.text = append(h.text, p...)
	return len(p), nil
}

// release writes what was held.
func (h *heldText) release(to io.Writer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.released, h.to = true, to
	_, _ = to.Write(h.text) // there is no other place to complain
	h.text = nil
}

// hide takes the figures away.
func (b *progressBar) hide() {
	b.mu.Lock()
	shown, bar := b.shown, b.bar
	b.shown, b.bar = nil, nil
	b.mu.Unlock()
	if shown == nil {
		return
	}
	bar.Abort(true)
	shown.Wait()
	_, _ = io.WriteString(b.to.file, clearRest) // there is no other place to complain
	b.to.editor.Store(nil)
}

// change changes the figures.
func (b *progressBar) change(by func(f *figures)) {
	b.mu.Lock()
	by(&b.figures)
	bar, done := b.bar, b.figures.done
	b.mu.Unlock()
	if bar != nil {
		bar.SetCurrent(int64(done))
	}
}

// aboveBar writes above the figures, or plainly where they have gone.
type aboveBar struct {
	shown *mpb.Progress
	file  io.Writer
}

// Write implements io.Writer.
func (a *aboveBar) Write(p []byte) (int, error) {
	if _, err := a.shown.Write(append([]byte(clearRow), p...)); err == nil {
		return len(p), nil
	}
	return a.file.Write(p)
}

// hostBar tells of hosts by figures, and of the first that fail by a line each.
type hostBar struct {
	f     *fleetRun
	bar   *progressBar
	lines hostLines
	told  int
}

// mostToldFailures is the number of failures that are told one by one beside the figures.
const mostToldFailures = 10

func (h *hostBar) begin() {
	h.lines.begin()
	h.bar.change(func(f *figures) {
		f.all, f.done = h.lines.all, h.lines.done
		if state := h.f.run.State; state != nil {
			f.failed = state.Failed()
		}
	})
	h.bar.showFigures()
}

func (h *hostBar) started(*fleet.Host, int) {
	h.bar.change(func(f *figures) { f.running++ })
}

func (h *hostBar) ended(host *fleet.Host, r *fleet.Result, again bool) {
	h.bar.change(func(f *figures) {
		f.running--
		if !again {
			f.done++
		}
		if !r.OK && !again {
			f.failed++
		}
	})
	if r.OK || again {
		return
	}
	switch h.told++; {
	case h.told <= mostToldFailures:
		h.f.app.say("%s: FAILED, %.1f s: %s", host.Name, r.Seconds, r.Error.Reason)
	case h.told == mostToldFailures+1:
		h.f.app.say("fleet: further failures are counted; %s has them all", strings.Join([]string{string(h.f.folder), fleet.ReportName}, "/"))
	}
}

func (h *hostBar) end() { h.bar.hide() }
