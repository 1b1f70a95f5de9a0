package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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

// TestCutBetween: a run that is cut off when a host has just ended, so that another is due,
// ends.
func TestCutBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newRun(t, hostsOf(3, "ams"), Rules{At: 1}, func(context.Context, *Job) Outcome { return Outcome{} })
		ctx, cancel := context.WithCancel(t.Context())
		r.Ended = func(*Host, *Result, bool) { cancel() }
		if s, err := r.Do(ctx); err != nil || s.OK != 1 || s.Stopped != "interrupted" {
			t.Errorf("%+v, %v", s, err)
		}
		if err := r.Journal.Close(); err != nil {
			t.Error(err)
		}
	})
}
