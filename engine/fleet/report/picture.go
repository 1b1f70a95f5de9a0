package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// An axis is the time of a run without the pauses between an interruption and the
// resumption.
type axis struct {
	from   time.Time
	pauses []pause
	length float64 // seconds
}

// A pause is a time in which the run did not go on.
type pause struct {
	from, to time.Time
	at       float64 // where it is on the axis
}

// axis makes the axis of the results.
func (p *page) axis() *axis {
	a := &axis{}
	var to time.Time
	ends := make([]time.Time, 0, len(p.hosts))
	starts := make([]time.Time, 0, len(p.hosts))
	for _, h := range p.hosts {
		if !h.done {
			continue
		}
		if a.from.IsZero() || h.started.Before(a.from) {
			a.from = h.started
		}
		if h.ended.After(to) {
			to = h.ended
		}
		ends, starts = append(ends, h.ended), append(starts, h.started)
	}
	if len(ends) == 0 {
		return a
	}
	slices.SortFunc(ends, time.Time.Compare)
	slices.SortFunc(starts, time.Time.Compare)
	var paused float64
	if p.Run.State != nil {
		for _, resumed := range p.Run.State.Resumed {
			before, _ := slices.BinarySearchFunc(ends, resumed, time.Time.Compare)
			after, _ := slices.BinarySearchFunc(starts, resumed, time.Time.Compare)
			if before == 0 || after == len(starts) {
				continue // nothing was done before it, or nothing after
			}
			gap := pause{from: ends[before-1], to: starts[after]}
			if n := len(a.pauses); n > 0 && gap.from.Before(a.pauses[n-1].to) {
				continue
			}
			gap.at = gap.from.Sub(a.from).Seconds() - paused
			paused += gap.to.Sub(gap.from).Seconds()
			a.pauses = append(a.pauses, gap)
		}
	}
	a.length = to.Sub(a.from).Seconds() - paused
	return a
}

// at is where a time is on the axis.
func (a *axis) at(t time.Time) float64 {
	x := t.Sub(a.from).Seconds()
	for _, p := range a.pauses {
		if t.Before(p.to) {
			return min(x, p.at)
		}
		x -= p.to.Sub(p.from).Seconds()
	}
	return x
}

// The picture's measures.
const (
	bins    = 120
	wide    = 900.0
	left    = 4.0   // of the curves
	upper   = 6.0   // their top
	floor   = 190.0 // their bottom
	rateTop = 220.0 // of the bars
	bottom  = 270.0
)

// picture writes the run over time: how many hosts had started, were done and had failed,
// and how many were done a second.
func (p *page) picture() {
	a := p.axis()
	if len(p.hosts) < 2 || a.length <= 0 {
		return
	}
	var started, done, failed [bins + 1]float64 // within each part of the time, then up to its end
	bin := func(t time.Time) int {
		return max(0, min(bins-1, int(a.at(t)/a.length*bins))) + 1
	}
	for _, h := range p.hosts {
		if !h.done {
			continue
		}
		started[bin(h.started)]++
		done[bin(h.ended)]++
		if !h.ok {
			failed[bin(h.ended)]++
		}
	}
	rates, most := done, 0.0
	for i := range bins + 1 {
		most = max(most, rates[i])
		if i > 0 {
			started[i] += started[i-1]
			done[i] += done[i-1]
			failed[i] += failed[i-1]
		}
	}
	all := max(started[bins], 1)
	x := func(i float64) float64 { return left + (wide-left-4)*i/bins }
	y := func(v float64) float64 { return floor - (floor-upper)*v/all }
	p.printf("<figure><svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"the run over time\">\n", wide, bottom+28)
	p.grid(a, all, most*bins/a.length, x)
	p.printf("<path class=\"done area\" d=\"%sV%.1fH%.1fZ\"/>\n", curve(done[:], x, y), floor, x(0))
	p.printf("<path class=\"failed area\" d=\"%sV%.1fH%.1fZ\"/>\n", curve(failed[:], x, y), floor, x(0))
	p.printf("<path class=\"started line\" d=\"%s\"/>\n<path class=\"done line\" d=\"%s\"/>\n<path class=\"failed line\" d=\"%s\"/>\n", curve(started[:], x, y), curve(done[:], x, y), curve(failed[:], x, y))
	var bars strings.Builder
	for i := 1; i <= bins; i++ {
		if high := (bottom - rateTop) * rates[i] / max(most, 1); high > 0 {
			fmt.Fprintf(&bars, "M%.1f %gV%.1fH%.1fV%g", x(float64(i-1))+.5, bottom, bottom-high, x(float64(i))-.5, bottom)
		}
	}
	p.printf("<path class=\"rate\" d=\"%s\"/>\n</svg>\n", bars.String())
	p.printf("<figcaption><span class=\"started\">started</span> <span class=\"done\">done</span> <span class=\"failed\">failed</span> <span class=\"rate\">done a second</span></figcaption></figure>\n")
}

// curve is a line through values.
func curve(values []float64, x, y func(float64) float64) string {
	var b strings.Builder
	for i, v := range values {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", letter, x(float64(i)), y(v))
	}
	return b.String()
}

// grid writes the axes, their marks, and the pauses.
func (p *page) grid(a *axis, all, fastest float64, x func(float64) float64) {
	p.printf("<path class=\"axis\" d=\"M%g %gV%gH%g M%g %gH%g\"/>\n", left, upper, floor, wide-4, left, bottom, wide-4)
	label := func(class string, x, y float64, text string) {
		p.printf("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, esc(text))
	}
	label("y", left+6, upper+20, fmt.Sprintf("%d hosts", int(all)))
	label("y", left+6, rateTop-4, fmt.Sprintf("%.3g a second", fastest))
	step := niceStep(a.length)
	label("y", left, bottom+22, "0 s")
	for t := step; t < a.length*.97; t += step {
		label("x", x(t/a.length*bins), bottom+22, mark(t))
	}
	for i, gap := range a.pauses {
		if i == 20 {
			break // more lines say nothing more
		}
		at := x(gap.at / a.length * bins)
		p.printf("<path class=\"pause\" d=\"M%.1f %gV%g\"><title>resumed %s, after %s</title></path>\n", at, upper, bottom, gap.to.UTC().Format("2006-01-02 15:04:05"), duration(gap.to.Sub(gap.from).Seconds()))
	}
}

// mark is a time on the axis.
func mark(seconds float64) string {
	if seconds < 60 {
		return fmt.Sprintf("%g s", math.Round(seconds*1000)/1000)
	}
	return strings.TrimSuffix(duration(seconds), " 0 s")
}

// niceStep is the time between two marks, so that there are about six.
func niceStep(length float64) float64 {
	about := length / 6
	for _, step := range []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400} {
		if step >= about {
			return step
		}
	}
	return math.Ceil(about/86400) * 86400
}
