package fleet

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func hostsOf(n int, sites ...string) []*Host {
	hosts := make([]*Host, n)
	for i := range hosts {
		hosts[i] = &Host{Name: fmt.Sprintf("r%d", i), Address: "x", Vars: map[string]any{"site": sites[i%len(sites)], "role": "role" + sites[i%len(sites)][:1]}}
	}
	return hosts
}

// TestSchedule plays runs in virtual time and holds them to the rules at every moment.
func TestSchedule(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		rules := Rules{At: 1 + random.IntN(8)}
		if random.IntN(2) == 0 {
			rules.Rate = 0.5 + random.Float64()*20
		}
		if random.IntN(2) == 0 {
			rules.Per = append(rules.Per, Per{Key: "site", At: 1 + random.IntN(3)})
		}
		if random.IntN(2) == 0 {
			rules.Per = append(rules.Per, Per{Key: "role", Rate: 1 + random.Float64()*10})
		}
		if random.IntN(3) == 0 {
			rules.Canary = random.IntN(5)
		}
		if random.IntN(3) == 0 {
			rules.Stop = Stop{Failures: 1 + random.IntN(5)}
		}
		playSchedule(t, round, random, rules)
		if t.Failed() {
			t.Fatalf("round %d: %v", round, rules)
		}
	}
}

func playSchedule(t *testing.T, round int, random *rand.Rand, rules Rules) {
	hosts := hostsOf(40, "ams", "fra", "aux")
	s := newSchedule(hosts, rules, func(int) *bool { return nil })
	now := time.Unix(0, 0)
	type running struct {
		host int
		ends time.Time
	}
	var busy []running
	starts := make(map[int]int)
	ended := make(map[int]bool)
	var last time.Time
	count := make(map[string]int)
	failures, begunAfterStop := 0, 0
	for steps := 0; !s.over(); steps++ {
		if steps > 10_000 {
			t.Fatal("it does not end")
		}
		i, at := s.next(now)
		if i >= 0 {
			if s.stopped != "" {
				begunAfterStop++
			}
			if rules.Canary > 0 && i >= rules.Canary && len(ended) < rules.Canary {
				t.Errorf("%d starts before the canaries have ended", i)
			}
			if rules.Rate > 0 && len(starts) > 0 && now.Sub(last) < time.Duration(float64(time.Second)/rules.Rate)-lateTimer-time.Millisecond {
				t.Errorf("%v after the last start", now.Sub(last))
			}
			last = now
			starts[i]++
			site, _ := hosts[i].Vars["site"].(string)
			count[site]++
			for _, p := range rules.Per {
				if p.Key == "site" && count[site] > p.At {
					t.Errorf("%d at once at %s", count[site], site)
				}
			}
			busy = append(busy, running{i, now.Add(time.Duration(1+random.IntN(2000)) * time.Millisecond)})
			if len(busy) > rules.At {
				t.Errorf("%d at once", len(busy))
			}
			continue
		}
		first := -1
		for k := range busy {
			if first < 0 || busy[k].ends.Before(busy[first].ends) {
				first = k
			}
		}
		if first < 0 && at.IsZero() {
			t.Fatal("nothing runs and nothing is due")
		}
		if first < 0 || !at.IsZero() && at.Before(busy[first].ends) {
			now = at
			continue
		}
		e := busy[first]
		busy = append(busy[:first], busy[first+1:]...)
		now = e.ends
		site, _ := hosts[e.host].Vars["site"].(string)
		count[site]--
		switch n := random.IntN(10); {
		case n == 0 && starts[e.host] < 3 && s.stopped == "":
			s.again(e.host, now.Add(time.Second))
			continue
		case n <= 1:
			failures++
			s.ended(e.host, false)
		default:
			s.ended(e.host, true)
		}
		ended[e.host] = true
	}
	if begunAfterStop > 0 {
		t.Error("hosts start after the stop")
	}
	if s.stopped == "" && len(ended) != len(hosts) {
		t.Errorf("%d of %d have ended", len(ended), len(hosts))
	}
	if rules.Stop.Failures > 0 && failures >= rules.Stop.Failures && s.stopped == "" {
		t.Error("it did not stop")
	}
	_ = round
}

// TestScheduleOfMany: a decision does not look at all hosts.
func TestScheduleOfMany(t *testing.T) {
	const n = 20_000
	s := newSchedule(hostsOf(n, "a", "b", "c", "d"), Rules{At: 1000, Per: []Per{{Key: "site", At: 2}}}, func(int) *bool { return nil })
	var busy []int
	done := 0
	for !s.over() {
		if i, _ := s.next(time.Time{}); i >= 0 {
			busy = append(busy, i)
			continue
		}
		s.ended(busy[0], true)
		busy = busy[1:]
		done++
	}
	if done != n {
		t.Errorf("%d have run", done)
	}
}

// TestRules reads the rules, and refuses those that make no sense.
func TestRules(t *testing.T) {
	p, err := ParsePer("site=2")
	if err != nil || p.String() != "site=2" {
		t.Errorf("%v, %v", p, err)
	}
	for text, want := range map[string]string{"site=2/s": "site=2/s", "site=30/m": "site=30/m", "site=5/h": "site=5/h"} {
		if p, err := ParsePer(text); err != nil || p.String() != want {
			t.Errorf("%s is %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"5", "5%"} {
		if s, err := ParseStop(text); err != nil || s.String() != text {
			t.Errorf("%s is %v, %v", text, s, err)
		}
	}
	if !(Stop{Percent: 5}).reached(5, 100) || (Stop{Percent: 5}).reached(4, 100) || (Stop{}).reached(9, 9) || (Stop{}).String() != "" {
		t.Error("shares are counted wrong")
	}
	r := Rules{At: 5, Rate: 2, Per: []Per{p}, Canary: 1, Retry: 2, Stop: Stop{Failures: 3}, Timeout: time.Minute}
	if got := r.String(); got != "5 at once, 2/s, per site=2, canary 1, retry 2, stop at 3 failures, timeout 1m0s" {
		t.Error(got)
	}
	if err := (Rules{Per: []Per{{Key: "sit"}}}).Check(hostsOf(1, "a")); err == nil || !strings.Contains(err.Error(), `no host has a variable "sit"`) {
		t.Error(err)
	}
	wrong := func(err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err = ParsePer("site")
	wrong(err, "must be VARIABLE=N or VARIABLE=N/s")
	_, err = ParsePer("site=0")
	wrong(err, `site must be a whole number from 1 on, not "0"`)
	for _, text := range []string{"x", "0", "5/d", "-1", "nan"} {
		_, err = ParseRate(text)
		wrong(err, "must be a number of starts such as 5/s, 30/m or 100/h")
	}
	_, err = ParseStop("0")
	wrong(err, "must be a number of failures such as 5, or a share such as 5%")
	_, err = ParseStop("101%")
	wrong(err, "must be a share from above 0% to 100%")
}
