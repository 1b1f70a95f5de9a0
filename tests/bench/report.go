package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// line is a row for the terminal.
func (r row) line() string {
	s := fmt.Sprintf("%-8s %-24s %-11s ", r.Workload, r.Task, r.Client)
	if r.CutOff {
		return s + "cut off"
	}
	if r.Seconds.Median > 0 {
		s += fmt.Sprintf("%10.4f s (%.4f to %.4f)", r.Seconds.Median, r.Seconds.Min, r.Seconds.Max)
	}
	if r.ToFloor > 0 {
		s += fmt.Sprintf("  %.2f of the floor", r.ToFloor)
	}
	if r.ToMoonwire > 0 && r.Client != "moonwire" {
		s += fmt.Sprintf("  %.2f times moonwire's time", r.ToMoonwire)
	}
	if r.CPU > 0 {
		s += fmt.Sprintf("  %.2f s cpu", r.CPU)
	}
	if r.Memory > 0 {
		s += fmt.Sprintf("  %d MB", r.Memory>>20)
	}
	if r.Lost > 0 {
		s += fmt.Sprintf("  LOST %d bytes", r.Lost)
	}
	if r.Wrong != "" {
		s += "  WRONG: " + r.Wrong
	}
	return s
}

// markdown is the table of one workload.
func (b *bench) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured on %s; medians, least and greatest in brackets.\n", b.results.Machine)
	last := ""
	for _, r := range b.results.Rows {
		if r.Workload != last {
			last = r.Workload
			fmt.Fprintf(&out, "\n| %s | client | seconds | of the floor | times moonwire | peak MB | |\n|---|---|---|---|---|---|---|\n", r.Workload)
		}
		seconds, floor, ours, note := "", "", "", r.Wrong
		switch {
		case r.CutOff:
			seconds = fmt.Sprintf("over %.0f", b.limit.Seconds())
		case r.Seconds.Median > 0:
			seconds = fmt.Sprintf("%.4f (%.4f to %.4f)", r.Seconds.Median, r.Seconds.Min, r.Seconds.Max)
		}
		if r.ToFloor > 0 {
			floor = fmt.Sprintf("%.2f", r.ToFloor)
		}
		if r.ToMoonwire > 0 {
			ours = fmt.Sprintf("%.2f", r.ToMoonwire)
		}
		if r.Lost > 0 {
			note += fmt.Sprintf(" lost %d bytes", r.Lost)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %d | %s |\n", r.Task, r.Client, seconds, floor, ours, r.Memory>>20, strings.TrimSpace(note))
	}
	if len(b.missing) > 0 {
		fmt.Fprintf(&out, "\nNot on this machine: %s.\n", strings.Join(b.missing, ", "))
	}
	return out.String()
}

// write leaves the results as Markdown, JSON and a picture.
func (b *bench) write() error {
	b.results.When = time.Now().UTC().Format(time.DateOnly)
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(b.results, "", "  ")
	if err != nil {
		return err
	}
	files := map[string]string{"results.json": string(data) + "\n", "results.md": b.markdown()}
	if picture := b.growth(); picture != "" {
		files["growth.svg"] = picture
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(b.out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	b.say("results are in %s", b.out)
	return nil
}
