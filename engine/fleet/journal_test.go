package fleet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

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
