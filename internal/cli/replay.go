package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind"
)

// A replay is what the arguments of moonwire replay say.
type replay struct {
	settings settings
	options  record.ReplayOptions
	listen   string
	speed    float64
	file     string
	script   []string // with its arguments
}

const replayTakes = "it takes FILE and -listen ADDR, or FILE and SCRIPT [ARG...]"

// runReplay plays a recording as a host, to the network or to a script.
func (app *App) runReplay(args []string) int {
	r, err := parseReplay(args)
	switch {
	case err != nil:
		return app.misused("replay: %v", err)
	case r.file == "" || (r.listen == "") == (len(r.script) == 0):
		return app.misused("replay: " + replayTakes)
	}
	recording, ok := app.openRecording(r.file)
	if !ok {
		return exitUsage
	}
	if r.listen != "" {
		return app.serveReplay(r, recording)
	}
	source, err := os.ReadFile(r.script[0])
	if err != nil {
		app.say("cannot read %s: %v", r.script[0], errors.Unwrap(err))
		return exitUsage
	}
	if r.options.Cuts.Mode == record.Every {
		return app.replayEvery(r, recording, source)
	}
	return app.replayScript(r, recording, source)
}

func parseReplay(args []string) (*replay, error) {
	r := &replay{options: record.ReplayOptions{Faults: record.NoFaults}, speed: 1}
	set := flag.NewFlagSet("replay", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&r.listen, "listen", "", "")
	set.BoolVar(&r.options.Lenient, "lenient", false, "")
	set.Func("speed", "", func(v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n <= 0 {
			return errors.New("must be a number above 0")
		}
		r.speed = n
		return nil
	})
	set.Func("chunks", "", func(v string) (err error) {
		r.options.Cuts, err = record.ParseCuts(v)
		return err
	})
	set.Func("jitter", "", func(v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n < 0 || n > 1e6 {
			return errors.New("must be a number of seconds")
		}
		r.options.Faults.Jitter = time.Duration(n * float64(time.Second))
		return nil
	})
	for name, to := range map[string]*int64{"drop-at": &r.options.Faults.DropAt, "stall-at": &r.options.Faults.StallAt} {
		set.Func(name, "", func(v string) error {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || n < 0 {
				return errors.New("must be a number of bytes")
			}
			*to = n
			return nil
		})
	}
	for _, d := range flagDefs {
		switch d.name {
		case "x", "d", "dd":
			set.BoolFunc(d.name, "", func(string) error { return d.set(&r.settings, "") })
		case "log", "record", "t", "secret":
			set.Func(d.name, "", func(v string) error { return d.set(&r.settings, v) })
		}
	}
	if err := set.Parse(args); err != nil || set.NArg() == 0 {
		return r, err
	}
	r.file = set.Arg(0)
	if err := set.Parse(set.Args()[1:]); err != nil { // flags may stand behind the file
		return r, err
	}
	r.script = set.Args()
	return r, nil
}

// offline makes a script's sessions those of a replay; nobody is asked for a
// secret.
func (app *App) offline(c *luabind.Config, s *settings, run *record.Replay) {
	c.Secret = func(_ context.Context, name string) (string, error) { return app.storedSecret(s, name) }
	luabind.Offline(c, run)
}

// replayScript runs a script on a recording, once.
func (app *App) replayScript(r *replay, recording *record.Recording, source []byte) int {
	run := recording.Replay(r.options)
	in, err := app.interpWith(&r.settings, func(c *luabind.Config) { app.offline(c, &r.settings, run) })
	if err != nil {
		return app.finish(err)
	}
	in.SetArgs(r.script[0], r.script[1:])
	in.AddModulePath(filepath.Dir(r.script[0]))
	err = in.Run(app.ctx, source, r.script[0], r.script[1:]...)
	unheard := run.Unheard()
	if closeErr := in.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	differences := run.Differences()
	for _, d := range differences {
		app.say("replay: at %s: %v", stamp(d.Time), d)
	}
	status := app.finish(err)
	if err != nil && len(differences) == 0 {
		for _, line := range unheard {
			if line != "" {
				app.hint("the recording waits for the script to send %q", line)
			}
		}
	}
	if status == exitOK && len(differences) > 0 && !r.options.Lenient {
		status = exitError
	}
	return status
}

// stamp is a time in a recording.
func stamp(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + " s" }

// An outcome is what a script did on a replay.
type outcome struct {
	steps  []string // waits and writes in their order
	output string
	err    string
}

// replayEvery runs a script once on the whole pieces and once for each cut, and
// compares.
func (app *App) replayEvery(r *replay, recording *record.Recording, source []byte) int {
	whole := app.outcomeOf(r, recording, source, record.Cuts{Mode: record.Whole})
	if whole.err != "" {
		app.say("replay: the script fails without any cut")
		r.options.Cuts = record.Cuts{Mode: record.Whole}
		return app.replayScript(r, recording, source)
	}
	cuts := recording.All()
	var (
		mu        sync.Mutex
		next      int
		different []string
		count     int
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
				got := app.outcomeOf(r, recording, source, cuts[i])
				if got.equal(whole) || app.ctx.Err() != nil {
					continue
				}
				mu.Lock()
				count++
				if len(different) < maxDifferent {
					different = append(different, explainCut(recording, cuts[i], whole, got))
				}
				mu.Unlock()
			}
		})
	}
	running.Wait()
	if app.ctx.Err() != nil {
		return app.finish(app.ctx.Err())
	}
	if status := app.print(whole.output); status != exitOK {
		return status
	}
	for _, d := range different {
		app.say("replay: %s", d)
	}
	if count > 0 {
		app.say("replay: %d of %d cuts make a difference", count, len(cuts))
		return exitError
	}
	app.say("replay: %d cuts, none makes a difference", len(cuts))
	return exitOK
}

// maxDifferent is how many differences are told in full.
const maxDifferent = 5

// outcomeOf runs a script on a replay of its own, with an interpreter of its own.
func (app *App) outcomeOf(r *replay, recording *record.Recording, source []byte, cuts record.Cuts) outcome {
	options := r.options
	options.Cuts = cuts
	run := recording.Replay(options)
	var out bytes.Buffer
	var o outcome
	config := luabind.Config{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard,
		Getenv: app.Getenv, Timeout: r.settings.timeout,
		Opened: func(s *session.Session, _ string) error {
			s.AddTap(&follower{&o})
			return nil
		},
	}
	app.offline(&config, &r.settings, run)
	in := luabind.New(config)
	in.SetArgs(r.script[0], r.script[1:])
	in.AddModulePath(filepath.Dir(r.script[0]))
	err := in.Run(app.ctx, source, r.script[0], r.script[1:]...)
	if closeErr := in.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		o.err = message(err)
	} else if d := run.Differences(); len(d) > 0 {
		o.err = d[0].Error()
	}
	o.output = out.String()
	return o
}

// A follower notes what a script does. A script has one thread, so the sessions
// take turns.
type follower struct{ o *outcome }

// Observe implements session.Tap.
func (f *follower) Observe(o *session.Observation) {
	switch o.Kind {
	case session.WaitEnded:
		result := "failed"
		if o.Wait.Index >= 0 {
			result = "pattern " + strconv.Itoa(o.Wait.Index+1) + ", " + strconv.Quote(o.Wait.Matched)
		}
		f.o.steps = append(f.o.steps, o.Where+": "+o.Wait.Op+": "+result)
	case session.Wrote:
		f.o.steps = append(f.o.steps, o.Where+": write "+strconv.Quote(o.Text))
	}
}

func (o outcome) equal(other outcome) bool {
	if o.output != other.output || o.err != other.err || len(o.steps) != len(other.steps) {
		return false
	}
	for i, s := range o.steps {
		if s != other.steps[i] {
			return false
		}
	}
	return true
}

// explainCut tells where a cut made a difference first.
func explainCut(recording *record.Recording, c record.Cuts, whole, got outcome) string {
	received := recording.Sessions[c.Session].Received()
	from, to := max(c.At-20, 0), min(c.At+20, int64(len(received)))
	text := fmt.Sprintf("%v, %s | %s:", c, strconv.Quote(string(received[from:c.At])), strconv.Quote(string(received[c.At:to])))
	for i := range max(len(whole.steps), len(got.steps)) {
		a, b := "nothing", "nothing"
		if i < len(whole.steps) {
			a = whole.steps[i]
		}
		if i < len(got.steps) {
			b = got.steps[i]
		}
		if a != b {
			text += "\n  whole: " + a + "\n  cut:   " + b
			break
		}
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
