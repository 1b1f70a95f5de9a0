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
func (r row) line(limit time.Duration) string {
	s := fmt.Sprintf("%-8s %-24s %-11s ", r.Workload, r.Task, r.Client)
	if r.CutOff {
		return s + fmt.Sprintf("CUT OFF after %s", limit)
	}
	if r.NotTried {
		return s + "not tried, too slow with less"
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
	if r.Note != "" {
		s += "  " + r.Note
	}
	return s
}

// markdown is the table of each workload.
func (b *bench) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured on %s, %s. Seconds are medians, with the least and the greatest;\n"+
		"\"of the floor\" is the bare client's time over the client's, \"times moonwire's\" the client's over moonwire's.\n", b.results.When, b.results.Machine)
	last := ""
	for _, r := range b.results.Rows {
		if r.Workload != last {
			last = r.Workload
			fmt.Fprintf(&out, "\n| %s | client | seconds | of the floor | times moonwire's | CPU s | peak MB | |\n|---|---|--:|--:|--:|--:|--:|---|\n", r.Workload)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Task, r.Client,
			r.time(b.results.Limit), figure(r.ToFloor), figure(r.ToMoonwire), figure(r.CPU), whole(r.Memory>>20), r.remarks())
	}
	if len(b.missing) > 0 {
		fmt.Fprintf(&out, "\nNot on this machine: %s.\n", strings.Join(b.missing, ", "))
	}
	return out.String()
}

func (r row) time(limit string) string {
	switch {
	case r.CutOff:
		return "cut off after " + limit
	case r.NotTried:
		return "not tried"
	case r.Seconds.Median == 0:
		return ""
	case r.Seconds.Min == r.Seconds.Max:
		return fmt.Sprintf("%.4f", r.Seconds.Median)
	}
	return fmt.Sprintf("%.4f (%.4f to %.4f)", r.Seconds.Median, r.Seconds.Min, r.Seconds.Max)
}

func (r row) remarks() string {
	var all []string
	if r.Lost > 0 {
		all = append(all, fmt.Sprintf("**lost %d bytes**", r.Lost))
	}
	if r.Wrong != "" {
		all = append(all, "**"+r.Wrong+"**")
	}
	if r.Note != "" {
		all = append(all, r.Note)
	}
	return strings.Join(all, "; ")
}

func figure(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func whole(v int64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprint(v)
}

// write leaves the results as Markdown, JSON and a picture.
func (b *bench) write() error {
	b.results.When, b.results.Limit = time.Now().UTC().Format(time.DateOnly), b.limit.String()
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
	return nil
}
