package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// languageTasks are those of clients/language.lua, with how often they run.
var languageTasks = []struct {
	name  string
	times int
}{
	{"calls", 3_000_000},
	{"methods", 2_000_000},
	{"recursion", 32},
	{"closures", 1_000_000},
	{"loops", 5_000_000},
	{"lists", 50_000},
	{"fields", 1_500_000},
	{"pairs", 200_000},
	{"insert", 500_000},
	{"sort", 100_000},
	{"concat", 500_000},
	{"strings", 400_000},
	{"format", 300_000},
	{"find", 500},
	{"gsub", 200_000},
	{"gmatch", 20_000},
	{"pcall", 500_000},
	{"coroutines", 300_000},
}

// runLanguage measures Lua alone: moonwire beside gopher-lua as it is, and Lua 5.1. The
// ratios are those of the least processor time, which other programs disturb least, without
// what a program takes that runs the task once.
func runLanguage(ctx context.Context, b *bench) error {
	script := filepath.Join(b.dir, "language.lua")
	programs := []struct{ name, path string }{
		{"moonwire", filepath.Join(b.dir, "moonwire")},
		{"gopher-lua", filepath.Join(b.dir, "stock")},
		{"lua5.1", "lua5.1"},
	}
	for _, task := range languageTasks {
		times := task.times
		if b.quick && task.name != "recursion" {
			times /= 10
		}
		rows := make([]row, len(programs))
		cpu, seconds := make([][]float64, len(programs)), make([][]float64, len(programs))
		start := make([][]float64, len(programs))
		answer := ""
		for range b.rounds {
			for i, p := range programs {
				rows[i].Client = p.name
				path, err := exec.LookPath(p.path)
				if err != nil {
					continue
				}
				cmd := exec.CommandContext(ctx, path, script, task.name, strconv.Itoa(times))
				once := exec.CommandContext(ctx, path, script, task.name, "1")
				if err := once.Run(); err == nil {
					start[i] = append(start[i], processorTime(once))
				}
				begun := time.Now()
				out, err := cmd.CombinedOutput()
				text := strings.TrimSpace(string(out))
				switch {
				case err != nil:
					rows[i].Wrong = fmt.Sprintf("%v: %s", err, text)
				case answer == "":
					answer = text
				case answer != text:
					rows[i].Wrong = fmt.Sprintf("it says %s, not %s", text, answer)
				}
				seconds[i] = append(seconds[i], time.Since(begun).Seconds())
				cpu[i] = append(cpu[i], processorTime(cmd))
				rows[i].Memory = max(rows[i].Memory, peak(cmd.ProcessState))
			}
		}
		least := func(i int) float64 { return spreadOf(cpu[i]).Min - spreadOf(start[i]).Min }
		ours := least(0)
		for i, r := range rows {
			if len(cpu[i]) == 0 {
				continue
			}
			r.Workload, r.Task, r.Size = "language", task.name, times
			r.Seconds, r.CPU = spreadOf(seconds[i]), least(i)
			if ours > 0 {
				r.ToMoonwire = r.CPU / ours
			}
			b.add(r)
		}
	}
	return nil
}

func processorTime(cmd *exec.Cmd) float64 {
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}
