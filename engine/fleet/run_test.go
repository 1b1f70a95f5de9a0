package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// workerFunc is a function as a Worker.
type workerFunc func(ctx context.Context, job *Job) Outcome

func (f workerFunc) Run(ctx context.Context, job *Job) Outcome { return f(ctx, job) }

func failure(reason string) *Failure { return &Failure{Kind: "test", Reason: reason, Message: reason} }

// newRun makes a run with a journal in a new folder.
func newRun(t *testing.T, hosts []*Host, rules Rules, w workerFunc) (*Run, Folder) {
	t.Helper()
	folder, err := CreateFolder(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	h := &Header{Run: "x"}
	for _, host := range hosts {
		h.Hosts = append(h.Hosts, [2]string{host.Name, host.Sum()})
	}
	j, err := CreateJournal(string(folder), h)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRun()
	r.Hosts, r.Rules, r.Journal, r.Worker = hosts, rules, j, w
	return r, folder
}

// reopened is the run that goes on in a folder.
func reopened(t *testing.T, folder Folder, hosts []*Host, rules Rules, w workerFunc) *Run {
	t.Helper()
	j, state, err := OpenJournal(string(folder))
	if err != nil {
		t.Fatal(err)
	}
	r := NewRun()
	r.Hosts, r.Rules, r.Journal, r.State, r.Worker = hosts, rules, j, state, w
	return r
}

func do(t *testing.T, r *Run) *Summary {
	t.Helper()
	s, err := r.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRun runs hosts, of which some fail, some for good, and writes what came out.
func TestRun(t *testing.T) {
	hosts := hostsOf(30, "ams", "fra")
	synctest.Test(t, func(t *testing.T) {
		r, folder := newRun(t, hosts, Rules{At: 7, Retry: 2}, func(_ context.Context, job *Job) Outcome {
			time.Sleep(time.Duration(len(job.Host.Name)) * time.Second)
			switch n := strings.TrimPrefix(job.Host.Name, "r"); {
			case n == "3" && job.Try < 3, n == "4":
				return Outcome{Error: failure("no answer from " + job.Host.Name), Untouched: true}
			case n == "5":
				return Outcome{Error: failure("=refused\nby it")}
			case n == "6":
				return Outcome{Value: []byte(`[1,"=x"]`)}
			case n == "7":
				return Outcome{Value: make([]byte, MaxValue+1)}
			default:
				return Outcome{Value: fmt.Appendf(nil, `{"name":%q,"n":-%s,"f":"=1+1","o":{"a":null},"z":null,"q":"'x"}`, n, n)}
			}
		})
		var again, told int
		r.Ended = func(_ *Host, result *Result, a bool) {
			if a {
				again++
			} else {
				told++
			}
			_ = result.Name
		}
		s := do(t, r)
		if s.OK != 27 || s.Failed != 3 || s.Left() != 0 || again != 4 || told != 30 {
			t.Errorf("%+v, %d again, %d told", s, again, told)
		}
		if err := r.WriteResults(folder); err != nil {
			t.Fatal(err)
		}
		groups := r.Failures()
		if len(groups) != 3 || groups[0].Reason != "no answer from HOST" {
			t.Errorf("%+v", groups)
		}
		if err := r.Journal.Close(); err != nil {
			t.Fatal(err)
		}
		lines, err := os.ReadFile(folder.join(ResultsName))
		if err != nil || bytes.Count(lines, []byte("\n")) != 30 {
			t.Errorf("%v\n%s", err, lines)
		}
		var third Result
		if err := json.Unmarshal(bytes.Split(lines, []byte("\n"))[3], &third); err != nil || third.Tries != 3 || third.Name != "r3" {
			t.Errorf("%+v, %v", third, err)
		}
		table, err := os.ReadFile(folder.join(TableName))
		for _, want := range []string{"name,ok,kind,reason,started,seconds,tries,value.name,n,f,o,z,q,value\n", ",0,-0,'=1+1,\"{\"\"a\"\":null}\",,''x,\n", "r5,false,test,\"'=refused\nby it\",", ",,,,,,\"[1,\"\"=x\"\"]\"\n", ",1,-1,"} {
			if err != nil || !strings.Contains(string(table), want) {
				t.Errorf("%v: the table has no %q\n%s", err, want, table)
			}
		}
		junit, err := os.ReadFile(folder.join(JUnitName))
		if err != nil || !strings.Contains(string(junit), `tests="30" failures="3"`) {
			t.Errorf("%v\n%s", err, junit)
		}
	})
}

// TestCanaryAndStop: what ends a run early, and what goes on with it.
func TestCanaryAndStop(t *testing.T) {
	hosts := hostsOf(50, "a")
	fails := map[string]bool{"r1": true, "r10": true, "r11": true, "r12": true}
	work := func(_ context.Context, job *Job) Outcome {
		if fails[job.Host.Name] {
			return Outcome{Error: failure("no")}
		}
		return Outcome{}
	}
	r, folder := newRun(t, hosts, Rules{At: 10, Canary: 2}, work)
	if s := do(t, r); s.OK != 1 || s.Failed != 1 || s.Stopped != "the canary r1 failed" {
		t.Errorf("%+v", s)
	}
	if err := r.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	r = reopened(t, folder, hosts, r.Rules, work)
	if s := do(t, r); s.OK != 1 || s.Stopped != "the canary r1 failed" {
		t.Errorf("resumed: %+v", s)
	}
	if err := r.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	r = reopened(t, folder, hosts, Rules{At: 1, Stop: Stop{Failures: 3}}, work)
	if s := do(t, r); s.Failed != 3 || s.OK != 9 || s.Stopped != "failures have reached -stop 3" {
		t.Errorf("resumed without the canary: %+v", s)
	}
	if err := r.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	r = reopened(t, folder, hosts, Rules{At: 10}, work)
	if s := do(t, r); s.Failed != 4 || s.OK != 46 || s.Stopped != "" {
		t.Errorf("the rest: %+v", s)
	}
	_ = r.Journal.Close()
}

// TestDrainAndCut: the first lets what runs end, the second cuts it off, and what was cut
// off is as if it had not begun.
func TestDrainAndCut(t *testing.T) {
	hosts := hostsOf(20, "a")
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Int32
		work := func(ctx context.Context, _ *Job) Outcome {
			ran.Add(1)
			select {
			case <-time.After(time.Second):
				return Outcome{}
			case <-ctx.Done():
				return Outcome{Error: failure("interrupted")}
			}
		}
		r, folder := newRun(t, hosts, Rules{At: 5}, work)
		time.AfterFunc(1500*time.Millisecond, func() { r.Drain("enough") })
		if s := do(t, r); s.OK != 10 || s.Left() != 10 || s.Stopped != "enough" || s.Cut != 0 {
			t.Errorf("%+v", s)
		}
		_ = r.Journal.Close()
		r = reopened(t, folder, hosts, r.Rules, work)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if s, err := r.Do(ctx); err != nil || s.OK != 10 || s.Cut != 5 || s.Stopped != "interrupted" {
			t.Errorf("%+v, %v", s, err)
		}
		_ = r.Journal.Close()
		r = reopened(t, folder, hosts, Rules{At: 5, Timeout: 100 * time.Millisecond}, func(ctx context.Context, job *Job) Outcome {
			o := work(ctx, job)
			if cause := context.Cause(ctx); cause != nil {
				o.Error.Reason = cause.Error()
			}
			return o
		})
		s := do(t, r)
		if groups := r.Failures(); s.Failed != 10 || len(groups) != 1 || groups[0].Reason != "the host's time is over after 100ms (-timeout)" {
			t.Errorf("%+v, %+v", s, groups)
		}
		if (&HostTimeout{}).Kind() != "timeout" {
			t.Error("its kind is wrong")
		}
		_ = r.Journal.Close()
		if ran.Load() != 25 {
			t.Errorf("%d ran", ran.Load())
		}
	})
}

// TestSteps: what is done is not done again, what was cut off is not known.
func TestSteps(t *testing.T) {
	hosts := hostsOf(1, "a")
	r, folder := newRun(t, hosts, Rules{At: 1}, nil)
	try := func(f func(s StepLog) error) {
		t.Helper()
		r.Worker = workerFunc(func(ctx context.Context, job *Job) Outcome {
			if err := f(job.Steps); err != nil {
				t.Error(err)
			}
			return Outcome{Error: failure("cut")}
		})
		ctx, cancel := context.WithCancel(t.Context())
		r.Started = func(*Host, int) { cancel() } // so that there is no result
		if _, err := r.Do(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.Journal.Close(); err != nil {
			t.Fatal(err)
		}
		r = reopened(t, folder, hosts, r.Rules, nil)
	}
	begin := func(s StepLog, name string, again, want bool) error {
		v, done, err := s.Begin(name, again)
		if done != want || done && string(v) != `"v"` {
			t.Errorf("%s: %s, %v", name, v, done)
		}
		return err
	}
	try(func(s StepLog) error {
		return errors.Join(begin(s, "one", false, false), s.Done("one", []byte(`"v"`)), begin(s, "two", false, false), s.Failed("two"), begin(s, "three", false, false))
	})
	try(func(s StepLog) error {
		err := errors.Join(begin(s, "one", false, true), begin(s, "two", false, false), s.Done("two", nil), begin(s, "three", true, false))
		return err
	})
	try(func(s StepLog) error {
		err := begin(s, "three", false, false)
		cut, ok := errors.AsType[*CutOff](err)
		if !ok || cut.Kind() != "step" || len(cut.Hints()) != 1 || !strings.Contains(err.Error(), `step "three" was begun at `) {
			return fmt.Errorf("a step that was cut off: %w", err)
		}
		return nil
	})
	_ = r.Journal.Close()
}

// TestJournalCutAtEveryByte: whatever is left of the last records, a run that is resumed
// has the same results, and does no step again that was recorded as done.
func TestJournalCutAtEveryByte(t *testing.T) {
	hosts := hostsOf(4, "a")
	var mu sync.Mutex
	acts := make(map[string]int)
	work := func(_ context.Context, job *Job) Outcome {
		_, done, err := job.Steps.Begin("act", true)
		if err != nil {
			return Outcome{Error: failure(err.Error())}
		}
		if !done {
			mu.Lock()
			acts[job.Host.Name]++
			mu.Unlock()
			if err := job.Steps.Done("act", []byte("1")); err != nil {
				return Outcome{Error: failure(err.Error())}
			}
		}
		return Outcome{Value: []byte(`"` + job.Host.Name + `"`)}
	}
	r, folder := newRun(t, hosts, Rules{At: 1}, work)
	do(t, r)
	_ = r.Journal.Close()
	whole, err := os.ReadFile(folder.join(JournalName))
	if err != nil {
		t.Fatal(err)
	}
	kept, state := 0, (*State)(nil)
	header := bytes.IndexByte(whole, '\n') + 1
	for n := range len(whole) + 1 {
		left := whole[:n]
		r := NewRun()
		r.Journal, state, err = open(&disk{data: slices.Clone(left), space: 1 << 20})
		if n < header {
			if err == nil || !strings.Contains(err.Error(), "the journal has no beginning") {
				t.Fatalf("%d bytes: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		kept += len(state.Results)
		clear(acts)
		r.Hosts, r.Rules, r.State, r.Worker = hosts, Rules{At: 1}, state, workerFunc(work)
		s := do(t, r)
		var got []string
		if err := r.Results(func(_ *Host, r *Result) error { got = append(got, string(r.Value)); return nil }); err != nil {
			t.Fatal(err)
		}
		_ = r.Journal.Close()
		if s.OK != 4 || !slices.Equal(got, []string{`"r0"`, `"r1"`, `"r2"`, `"r3"`}) {
			t.Fatalf("%d bytes: %+v %v", n, s, got)
		}
		for _, h := range hosts {
			recorded := bytes.Contains(left[:bytes.LastIndexByte(left, '\n')+1], []byte(`{"host":"`+h.Name+`","step":"act","state":"done"`))
			if recorded && acts[h.Name] > 0 {
				t.Errorf("%d bytes: %s did its step again", n, h.Name)
			}
		}
	}
	if kept == 0 {
		t.Error("no result was kept")
	}
}

// TestDamagedJournal: damage that no write that was cut off can leave is refused.
func TestDamagedJournal(t *testing.T) {
	var data []byte
	object := func(s string) []byte { return []byte(s) }
	data = appendRecord(data, 1, true, object(`{"header":{"version":1}}`))
	data = appendRecord(data, 2, false, object(`{"result":{"name":"a"}}`))
	from := len(data)
	data = appendRecord(data, 2, false, object(`{"result":{"name":"b"}}`))
	middle := len(data)
	data = appendRecord(data, 2, true, object(`{"result":{"name":"c"}}`))
	end := len(data)
	spoil := func(at int) []byte {
		d := slices.Clone(data[:end])
		d[at]++
		return d
	}
	for _, c := range []struct {
		name string
		data []byte
		kept int
		want string
	}{
		{"whole", data, 3, ""},
		{"a hole in the last write", spoil(from + 20), 1, ""},
		{"its last record", spoil(middle + 20), 2, ""},
		{"a later write", appendRecord(spoil(from+20), 3, true, object(`{}`)), 0, "damaged at byte"},
		{"the last record before a later write", appendRecord(spoil(middle+20), 3, true, object(`{}`)), 0, "damaged at byte"},
		{"zeros", append(slices.Clone(data), make([]byte, 5000)...), 3, ""},
		{"an end without a line's", append(slices.Clone(data), bytes.Repeat([]byte("x"), 100_000)...), 3, ""},
		{"another version", appendRecord(nil, 1, true, object(`{"header":{"version":9}}`)), 0, "the journal has version 9"},
		{"no JSON", appendRecord(slices.Clone(data), 3, true, object(`{`)), 0, "a record that is whole but no JSON"},
		{"no number", append(appendRecord(nil, 1, true, object(`{"header":{"version":1}}`)), "00000000 x y\nshort\n"...), 0, ""},
		{"nothing", nil, 0, "the journal has no beginning"},
	} {
		was, err := replay(bytes.NewReader(c.data))
		switch {
		case c.want != "":
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case len(was.state.Results) != c.kept || was.state.Healed != int64(len(c.data))-was.size:
			t.Errorf("%s: %d results", c.name, len(was.state.Results))
		}
	}
}

// disk is a file in memory whose space is bounded, and which may break.
type disk struct {
	data  []byte
	space int
	fault error // of Sync and Truncate
	tried func()
}

func (d *disk) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(d.data).ReadAt(p, off)
}

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	if d.tried != nil {
		d.tried()
	}
	room := max(0, min(len(p), d.space-int(off)))
	d.data = append(d.data[:off], p[:room]...)
	if room < len(p) {
		return room, &os.PathError{Op: "write", Path: "journal", Err: syscall.ENOSPC}
	}
	return room, nil
}
func (d *disk) Sync() error               { return d.fault }
func (d *disk) Truncate(size int64) error { d.data = d.data[:size]; return d.fault }
func (d *disk) Close() error              { return nil }

// TestFullDisk: the run stops in order, what was recorded is whole, and what could not be
// recorded is done again.
func TestFullDisk(t *testing.T) {
	hosts := hostsOf(40, "a")
	d := &disk{space: 3000}
	j := newJournal(d, 0, 0)
	if _, err := j.add(entry{Header: &Header{Version: version}}); err != nil {
		t.Fatal(err)
	}
	r := NewRun()
	var stepErr atomic.Value
	r.Hosts, r.Rules, r.Journal = hosts, Rules{At: 3}, j
	r.Worker = workerFunc(func(_ context.Context, job *Job) Outcome {
		if _, _, err := job.Steps.Begin("a", false); err != nil {
			stepErr.Store(err)
			return Outcome{Error: failure(err.Error())}
		}
		return Outcome{Value: []byte(`"` + strings.Repeat("x", 50) + `"`)}
	})
	s, err := r.Do(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot write the journal: no space left on device") || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%+v, %v", s, err)
	}
	if s.OK+s.Failed == 0 || s.Left() < 20 || s.Cut == 0 {
		t.Errorf("%+v", s)
	}
	_ = j.Close()
	if _, err := j.add(entry{}); err == nil || err.Error() != "the journal is closed" {
		t.Error(err)
	}
	d.space = 1 << 20
	j, state, err := open(d)
	if err != nil || len(state.Results) != s.OK+s.Failed || state.Healed != 0 {
		t.Fatalf("%d results and %d bytes of damage, %v", len(state.Results), state.Healed, err)
	}
	r = NewRun()
	r.Hosts, r.Rules, r.Journal, r.State = hosts, Rules{At: 3}, j, state
	r.Worker = workerFunc(func(context.Context, *Job) Outcome { return Outcome{} })
	if s := do(t, r); s.Left() != 0 {
		t.Errorf("%+v", s)
	}
	// What is read back later is looked at.
	d.data = bytes.ReplaceAll(d.data, []byte(`"result"`), []byte(`"tluser"`))
	if err := r.Results(func(*Host, *Result) error { return nil }); err == nil || !strings.Contains(err.Error(), "the journal has changed") {
		t.Error(err)
	}
	d.data = d.data[:100]
	if err := r.Results(func(*Host, *Result) error { return nil }); err == nil || !strings.Contains(err.Error(), "cannot read the journal") {
		t.Error(err)
	}
	_ = j.Close()
	d.data = append(appendRecord(nil, 1, true, []byte(`{"header":{"version":1}}`)), 'x')
	d.fault = io.ErrShortWrite
	if _, _, err := open(d); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	// A run whose resuming cannot be noted does not begin.
	d.fault = nil
	if j, state, err = open(d); err != nil {
		t.Fatal(err)
	}
	d.space = 0
	r = NewRun()
	r.Hosts, r.Rules, r.Journal, r.State = hosts, Rules{At: 3}, j, state
	if _, err := r.Do(t.Context()); err == nil {
		t.Error("it began")
	}
	_ = j.Close()
}

// TestSpaceComesBack: results that could not be recorded are, once there is room.
func TestSpaceComesBack(t *testing.T) {
	d := &disk{space: 300}
	j := newJournal(d, 0, 0)
	if _, err := j.add(entry{Header: &Header{Version: version}}); err != nil {
		t.Fatal(err)
	}
	r := NewRun()
	r.Hosts, r.Rules, r.Journal = hostsOf(2, "a"), Rules{At: 1}, j
	r.Worker = workerFunc(func(context.Context, *Job) Outcome {
		return Outcome{Value: []byte(`"` + strings.Repeat("x", 300) + `"`)}
	})
	tries := 0
	d.tried = func() {
		if tries++; tries == 2 {
			d.space = 1 << 20
		}
	}
	s, err := r.Do(t.Context())
	if err == nil || s.OK != 1 || s.Left() != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	_ = j.Close()
}

// TestFolders: a folder that is there, or cannot be made, is refused; names of hosts
// become names of files.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	if _, err := CreateFolder(dir); err == nil || err.Error() != dir+" is there already" {
		t.Error(err)
	}
	if _, err := CreateFolder(filepath.Join(dir, "a", "b")); err == nil || !strings.Contains(err.Error(), "cannot make the folder") {
		t.Error(err)
	}
	f, err := CreateFolder(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.replace("x", func(io.Writer) error { return syscall.ENOSPC }); err == nil || !strings.Contains(err.Error(), "cannot write "+f.join("x")) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(string(f)); len(left) != 1 {
		t.Errorf("%v is left", left)
	}
	j, err := CreateJournal(string(f), &Header{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(string(f)); !errors.Is(err, ErrRunning) {
		t.Errorf("a journal in use: %v", err)
	}
	if _, err := CreateJournal(string(f), &Header{}); err == nil {
		t.Error("a second journal")
	}
	_ = j.Close()
	if err := os.WriteFile(f.join(JournalName), []byte("no journal\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(string(f)); err == nil || !strings.HasPrefix(err.Error(), f.join(JournalName)+": ") {
		t.Errorf("what is no journal: %v", err)
	}
	seen := make(map[string]string)
	for _, name := range []string{
		"r1", "R1", "r1.example.com", "../x", "..", ".", ".x", "x.", "a/b", "a b", "a%2fb", "con", "CON", "con.x", "ä", "nul", "x:1", strings.Repeat("x", 300), strings.Repeat("x", 301), "-",
	} {
		file := FileName(name)
		if was, there := seen[strings.ToLower(file)]; there {
			t.Errorf("%q and %q are both %s", name, was, file)
		}
		seen[strings.ToLower(file)] = name
		if strings.ContainsAny(file, `/\: `) || strings.HasPrefix(file, ".") || len(file) > longestFileName {
			t.Errorf("%q becomes %q", name, file)
		}
		if dir := filepath.Dir(f.NewLog(name)); dir != f.join(hostsName) || filepath.Dir(f.NewRecording(name)) != dir {
			t.Errorf("the log of %q is %s", name, f.NewLog(name))
		}
	}
}

// TestGroupReasons takes a host's own name and address out of a reason.
func TestGroupReasons(t *testing.T) {
	h := &Host{Name: "r1", Address: "ssh://admin@192.0.2.1:22"}
	for reason, want := range map[string]string{
		"cannot connect to ssh://admin@192.0.2.1:22: refused": "cannot connect to HOST: refused",
		"cannot connect to 192.0.2.1:22":                      "cannot connect to HOST",
		"no route to 192.0.2.1 from r1":                       "no route to HOST from HOST",
		"r10 and xr1 are others, r1-a too":                    "r10 and xr1 are others, r1-a too",
	} {
		if got := GroupReason(h, reason); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := GroupReason(&Host{Name: "a", Address: "a"}, "a failure"); got != "a failure" {
		t.Error(got)
	}
}

// BenchmarkJournal is how long 1,000 results take that come from 100 goroutines.
func BenchmarkJournal(b *testing.B) {
	for b.Loop() {
		folder := filepath.Join(b.TempDir(), "run")
		if err := os.Mkdir(folder, 0o700); err != nil {
			b.Fatal(err)
		}
		j, err := CreateJournal(folder, &Header{})
		if err != nil {
			b.Fatal(err)
		}
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				for range 10 {
					if _, err := j.add(entry{Result: &Result{Name: "x"}}); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		_ = j.Close()
	}
}
