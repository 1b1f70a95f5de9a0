package main

import (
	"fmt"
	"math"
	"strings"
)

// growth draws time against size for the regex of the bulk workload, both on a
// scale of powers: a straight line of slope one is linear, of slope two quadratic.
func (b *bench) growth() string {
	type point struct{ size, seconds float64 }
	curves := make(map[string][]point)
	var order []string
	for _, r := range b.results.Rows {
		if r.Workload != "bulk" || !strings.HasSuffix(r.Task, ", regex") || r.CutOff || r.Seconds.Median <= 0 {
			continue
		}
		if len(curves[r.Client]) == 0 {
			order = append(order, r.Client)
		}
		curves[r.Client] = append(curves[r.Client], point{float64(r.Size), r.Seconds.Median})
	}
	if len(order) == 0 {
		return ""
	}
	const width, height, left, top, bottom, right = 640, 400, 70, 20, 50, 120
	x := func(size float64) float64 { return left + (math.Log10(size)-6)/1.85*(width-left-right) }
	y := func(s float64) float64 { return top + (2-math.Log10(s))/6*(height-top-bottom) }
	colours := map[string]string{"floor": "#888888", "moonwire": "#1a6faf", "Tcl Expect": "#c06014", "pexpect": "#2e8b57", "telnetlib": "#a03050"}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	for e := -4; e <= 2; e++ {
		at := y(math.Pow(10, float64(e)))
		fmt.Fprintf(&out, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g s</text>`+"\n", left, at, width-right, left-6, at+4, math.Pow(10, float64(e)))
	}
	for _, mb := range []float64{1, 4, 16, 64} {
		at := x(mb * 1e6)
		fmt.Fprintf(&out, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g MB</text>`+"\n", at, top, height-bottom, at, height-bottom+18, mb)
	}
	for _, name := range order {
		points := curves[name]
		var path strings.Builder
		for i, p := range points {
			verb := "L"
			if i == 0 {
				verb = "M"
			}
			path.WriteString(fmt.Sprintf("%s%.1f %.1f", verb, x(p.size), y(p.seconds)))
			fmt.Fprintf(&out, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(p.size), y(p.seconds), colours[name])
		}
		last := points[len(points)-1]
		fmt.Fprintf(&out, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", path.String(), colours[name], x(last.size)+8, y(last.seconds)+4, colours[name], name)
	}
	fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="middle">a regular expression behind so much output</text>`+"\n</svg>\n", (left+width-right)/2, height-10)
	return out.String()
}
