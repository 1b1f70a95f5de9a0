package baselib_test

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// The reducer takes pieces out of a program as long as it still comes out differently
// here and in another Lua.

// pieceLimit is how long a batch of candidates may run: one may be a loop without an end.
const pieceLimit = 2 * time.Second

var pieces = regexp.MustCompile(`'[^']*'|[A-Za-z_]\w*|\d+(?:\.\d+)?|\.\.\.|\.\.|[=~<>]=|::|\S`)

// outcomes runs programs by one Lua; nil means that they did not end in time.
type outcomes func(programs []string) []string

// reduce returns the smallest program that it finds for which the two differ.
func reduce(t *testing.T, with peer, program string) string {
	t.Helper()
	theirs := func(programs []string) []string {
		ctx, cancel := context.WithTimeout(t.Context(), pieceLimit)
		defer cancel()
		args := []string{"-"}
		if with.lua == "luajit" {
			args = []string{"-joff", "-"}
		}
		cmd := exec.CommandContext(ctx, with.lua, args...)
		cmd.Stdin = strings.NewReader(with.batch(programs))
		out, err := cmd.Output()
		if err != nil {
			return nil
		}
		return strings.Split(string(out), "\n")
	}
	ours := func(programs []string) []string {
		ctx, cancel := context.WithTimeout(t.Context(), pieceLimit)
		defer cancel()
		var out bytes.Buffer
		L := baselib.New(baselib.Config{Stdout: &out})
		fn, err := baselib.Load(L, []byte(with.batch(programs)), "stdin")
		if err == nil {
			_, err = baselib.Call(ctx, L, fn)
		}
		if closed := baselib.Close(L); err != nil || closed != nil {
			return nil
		}
		return strings.Split(out.String(), "\n")
	}
	smallest := pieces.FindAllString(program, -1)
	windows := func(size, step int) (candidates [][]string) {
		for from := 0; from+size <= len(smallest); from += step {
			candidates = append(candidates, without(smallest, from, from+size))
		}
		return candidates
	}
	for size := len(smallest) / 2; size > manyPieces; {
		if better := firstDifferent(theirs, ours, append(windows(size, size/2), unwrapped(smallest)...)); better != nil {
			smallest = better
			continue
		}
		size /= 2
	}
	for {
		candidates := unwrapped(smallest)
		for size := manyPieces; size > 0; size-- {
			candidates = append(candidates, windows(size, 1)...)
		}
		better := firstDifferent(theirs, ours, candidates)
		if better == nil {
			return strings.Join(smallest, " ")
		}
		smallest = better
	}
}

// manyPieces is up to how many pieces in a row every run of them is tried.
const manyPieces = 12

func without(list []string, from, to int) []string {
	return slices.Concat(list[:from], list[to:])
}

// unwrapped takes one pair of what opens and closes a block or a parenthesis away, with
// a block's head.
func unwrapped(list []string) (candidates [][]string) {
	var open []int
	for i, piece := range list {
		switch piece {
		case "do", "then", "(", "{", "function", "repeat":
			open = append(open, i)
		case "end", ")", "}", "until":
			if len(open) == 0 {
				return candidates
			}
			from := open[len(open)-1]
			open = open[:len(open)-1]
			head := from
			for head > 0 && from-head < 12 && (piece == "end") && !slices.Contains([]string{"if", "while", "for", "function", "do"}, list[head]) {
				head--
			}
			candidates = append(candidates,
				slices.Concat(list[:from], list[from+1:i], list[i+1:]), slices.Concat(list[:head], list[from+1:i], list[i+1:]))
		}
	}
	return candidates
}

// counting is how a program's loops count: the first thing in while's body, and a
// statement in repeat's.
var counting = regexp.MustCompile(`(?:while (?:[^w]|w\D)*? and (w\d+) < 3|while (w\d+) < 3|(w\d+) = 0 repeat) `)

// ends reports whether every loop still counts.
func ends(program []string) bool {
	text := strings.Join(program, " ")
	loops := strings.Count(text, "while ") + strings.Count(text, "repeat ")
	for _, m := range counting.FindAllStringSubmatch(text, -1) {
		w := m[1] + m[2] + m[3]
		body := "do " + w + " = " + w + " + 1 "
		if m[3] != "" {
			_, after, _ := strings.Cut(text, w+" = 0 repeat ")
			inside, _, ended := strings.Cut(after, "until "+w+" > 2 ")
			if !ended || !strings.Contains(inside, w+" = "+w+" + 1 ") {
				return false
			}
		} else if !strings.Contains(text, w+" < 3 "+body) {
			return false
		}
		loops--
	}
	return loops == 0
}

// firstDifferent returns the first candidate that comes out differently.
func firstDifferent(theirs, ours outcomes, candidates [][]string) []string {
	candidates = slices.DeleteFunc(candidates, func(c []string) bool { return !ends(c) })
	for size := 8; len(candidates) > 0; size *= 2 { // at first one of the first will do
		batch := candidates[:min(size, len(candidates))]
		candidates = candidates[len(batch):]
		if found := differentIn(theirs, ours, batch); found != nil {
			return found
		}
	}
	return nil
}

func differentIn(theirs, ours outcomes, batch [][]string) []string {
	programs := make([]string, len(batch))
	for i, c := range batch {
		programs[i] = strings.Join(c, " ")
	}
	want := theirs(programs)
	got := []string(nil)
	if want != nil {
		got = ours(programs)
	}
	if want == nil || got == nil { // one of them does not end
		if len(batch) == 1 {
			return nil
		}
		if found := differentIn(theirs, ours, batch[:len(batch)/2]); found != nil {
			return found
		}
		return differentIn(theirs, ours, batch[len(batch)/2:])
	}
	for i, c := range batch {
		if at(got, i) != at(want, i) && !strings.Contains(at(want, i), "\tsyntax") {
			return c
		}
	}
	return nil
}

// TestReduce reduces a program to the piece that differs: luajit has no arg in a function
// with varargs.
func TestReduce(t *testing.T) {
	if underRace {
		t.Skip("runs many programs")
	}
	if _, err := exec.LookPath("luajit"); err != nil {
		t.Skip("luajit is not installed")
	}
	program := "local a = 1 for i = 1, 2 do p(a, 'x') end local w1 = 0 while (true) and w1 < 3 do w1 = w1 + 1 p(a) end p((function(...) return type(arg) end)(1))"
	got := reduce(t, peer{lua: "luajit"}, program)
	if len(strings.Fields(got)) > 24 || !strings.Contains(got, "arg") {
		t.Errorf("reduced to %s", got)
	}
}
