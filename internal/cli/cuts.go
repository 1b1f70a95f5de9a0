package cli

// Replaying a script under every cut, and comparing what it does.

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// An outcome is what a script did on a replay.
type outcome struct {
	steps  map[string][]string // waits and writes of each task in their order
	output string
	err    string
}

// replayEvery runs a script once on the whole pieces and once for each cut, and
// compares.
func (app *App) replayEvery(r *replay, recording *record.Recording, source []byte) int {
	script, err := baselib.Compile(source, r.script[0]) // the runs share it
	if err != nil {
		return app.finish(err)
	}
	start := func(in *luabind.Interp) error { return in.RunCompiled(app.ctx, script, r.script[1:]...) }
	whole := app.outcomeOf(r, recording, start, record.Cuts{Mode: record.Whole})
	if whole.err != "" {
		app.say("replay: the script fails without any cut")
		r.options.Cuts = record.Cuts{Mode: record.Whole}
		return app.replayScript(r, recording, source)
	}
	// Each run makes an interpreter of its own and leaves it: to collect less often takes
	// two fifths of the processor's time away, and some MB more memory.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	cuts := recording.All()
	var (
		mu        sync.Mutex
		next      int
		different []string
		progress  = progress{what: "replay", all: len(cuts), say: app.say, begun: time.Now()}
		running   sync.WaitGroup
	)
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for app.ctx.Err() == nil {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(cuts) {
					return
				}
				got := app.outcomeOf(r, recording, start, cuts[i])
				if app.ctx.Err() != nil {
					return
				}
				same := got.equal(whole)
				mu.Lock()
				if !same && len(different) < maxDifferent {
					different = append(different, explainCut(recording, cuts[i], whole, got))
				}
				progress.ran(same, time.Now())
				mu.Unlock()
			}
		})
	}
	running.Wait()
	if app.ctx.Err() == nil {
		if status := app.print(whole.output); status != exitOK {
			return status
		}
	}
	for _, d := range different {
		app.say("replay: %s", d)
	}
	progress.end()
	switch {
	case app.ctx.Err() != nil:
		return app.finish(app.ctx.Err())
	case progress.different > 0:
		return exitError
	}
	return exitOK
}

// progress tells of a long row of runs, less and less often.
type progress struct {
	what                 string // tells
	all, done, different int    // runs
	say                  func(format string, args ...any)
	begun                time.Time
	next                 time.Duration // since then, when it tells again; 0: firstTold
}

// firstTold is when a row of runs is long enough to be told of.
const firstTold = 10 * time.Second

func (p *progress) ran(same bool, now time.Time) {
	p.done++
	if !same {
		p.different++
	}
	p.next = max(p.next, firstTold)
	if took := now.Sub(p.begun); took >= p.next && p.done < p.all {
		p.next = 2 * took
		left := time.Duration(float64(took) / float64(p.done) * float64(p.all-p.done))
		p.say("%s: %d of %d cuts so far, %s; about %v more", p.what, p.done, p.all, p.result(), left.Round(time.Second))
	}
}

func (p *progress) result() string {
	switch p.different {
	case 0:
		return "none makes a difference"
	case 1:
		return "one makes a difference"
	}
	return fmt.Sprintf("%d make a difference", p.different)
}

func (p *progress) end() {
	if p.done < p.all {
		p.say("%s: stopped after %d of %d cuts, %s", p.what, p.done, p.all, p.result())
	} else {
		p.say("%s: %d cuts, %s", p.what, p.all, p.result())
	}
}

// maxDifferent is the number of differences that are told in full.
const maxDifferent = 5

// outcomeOf runs a script on a replay of its own, with an interpreter of its own; start
// runs it there.
func (app *App) outcomeOf(r *replay, recording *record.Recording, start func(*luabind.Interp) error, cuts record.Cuts) outcome {
	options := r.options
	options.Cuts = cuts
	run := recording.Replay(options)
	var out bytes.Buffer
	f := follower{steps: make(map[string][]string)}
	config := luabind.Config{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard,
		LookupEnv: app.scriptEnv, Environ: app.environ(), Secrets: &app.secrets, Timeout: r.settings.timeout,
		Opened: func(s *session.Session, _ string) error {
			s.AddTap(&f)
			return nil
		},
	}
	app.offline(&config, &r.settings, run)
	in := luabind.New(config)
	in.SetArgs(r.script[0], r.script[1:])
	in.AddModulePath(filepath.Dir(r.script[0]))
	err := start(in)
	if closeErr := in.Close(); err == nil {
		err = closeErr
	}
	o := outcome{steps: f.steps, output: out.String()}
	if err != nil {
		o.err = message(err)
	} else if d := run.Differences(); len(d) > 0 {
		o.err = d[0].Error()
	}
	return o
}

// A follower notes what a script does. Its tasks take turns; which of two goes on first
// may well depend on a cut, and what each does may not.
type follower struct {
	mu    sync.Mutex
	steps map[string][]string
}

// Observe implements session.Tap.
func (f *follower) Observe(o *session.Observation) {
	step := ""
	switch o.Kind {
	case session.WaitEnded:
		result := "failed"
		if o.Wait.Index >= 0 {
			result = "pattern " + strconv.Itoa(o.Wait.Index+1) + ", " + strconv.Quote(o.Wait.Matched)
		}
		step = o.Wait.Op + ": " + result
	case session.Wrote:
		step = "write " + strconv.Quote(o.Text)
	default:
		return
	}
	task := record.TaskOf(o.Where)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps[task] = append(f.steps[task], o.Where+": "+step)
}

func (o outcome) equal(other outcome) bool {
	return o.output == other.output && o.err == other.err && maps.EqualFunc(o.steps, other.steps, slices.Equal[[]string])
}

// differ returns the first steps that differ, of the first task in which some do.
func differ(whole, cut map[string][]string) (a, b string, differ bool) {
	tasks := slices.AppendSeq(slices.Collect(maps.Keys(whole)), maps.Keys(cut))
	slices.Sort(tasks)
	for _, task := range slices.Compact(tasks) {
		w, c := whole[task], cut[task]
		for i := range max(len(w), len(c)) {
			a, b := "nothing", "nothing"
			if i < len(w) {
				a = w[i]
			}
			if i < len(c) {
				b = c[i]
			}
			if a != b {
				return a, b, true
			}
		}
	}
	return "", "", false
}

// explainCut tells where a cut made a difference first.
func explainCut(recording *record.Recording, c record.Cuts, whole, got outcome) string {
	received := recording.Sessions[c.Session].Received()
	from, to := max(c.At-20, 0), min(c.At+20, int64(len(received)))
	text := fmt.Sprintf("%v, %s | %s:", c, strconv.Quote(string(received[from:c.At])), strconv.Quote(string(received[c.At:to])))
	if a, b, differ := differ(whole.steps, got.steps); differ {
		text += "\n  whole: " + a + "\n  cut:   " + b
	}
	if whole.err != got.err {
		return text + "\n  cut:   " + strings.ReplaceAll(got.err, "\n", "\n         ")
	}
	if whole.output != got.output {
		text += "\n  the output is another: " + strconv.Quote(firstOther(whole.output, got.output)) + " became " + strconv.Quote(firstOther(got.output, whole.output))
	}
	return text
}

// firstOther is the line of a in which it begins to be another than b.
func firstOther(a, b string) string {
	from := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			from = i + 1
		}
	}
	line, _, _ := strings.Cut(a[from:], "\n")
	return line
}
