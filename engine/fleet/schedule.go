package fleet

import (
	"container/heap"
	"strings"
	"time"
)

// A schedule decides which host starts when. It is pure: it is told the time and what has
// ended. A host waits in a lane, together with all that are subject to the same limits of
// groups, so that a decision looks at lanes, not at hosts.
type schedule struct {
	hosts []*Host
	rules Rules

	lanes    map[string]*lane
	laneOf   []*lane
	groups   map[string]*group
	ready    laneHeap // lanes with a host that may start, the first host first
	timed    timeHeap // lanes that wait for a rate, hosts that are tried again
	running  int
	nextAt   time.Time // the rate of all
	waiting  int       // hosts in lanes and to be tried again
	held     []int     // hosts behind the canaries
	canaries int       // canaries that have not ended well
	failures int
	stopped  string // why no more hosts start, "" while they do
}

// A lane is a queue of hosts with the same limits.
type lane struct {
	queue  []int
	groups []*group
	queued bool // in ready, or parked somewhere
}

// A group is a limit in force: of the hosts with the same value of a variable.
type group struct {
	limit   Per
	running int
	nextAt  time.Time
	parked  []*lane // until one of the group's hosts ends
}

// newSchedule makes the schedule of the hosts that are left; ended says what has become
// of those that have a result: nil of none, else whether it was good.
func newSchedule(hosts []*Host, rules Rules, ended func(i int) *bool) *schedule {
	s := &schedule{hosts: hosts, rules: rules, lanes: make(map[string]*lane), groups: make(map[string]*group), laneOf: make([]*lane, len(hosts))}
	s.rules.Canary = min(s.rules.Canary, len(hosts))
	for i := range hosts {
		ok := ended(i)
		canary := i < s.rules.Canary
		switch {
		case ok == nil:
			if canary {
				s.canaries++
			}
		case !*ok:
			s.failed(i)
		}
	}
	for i, h := range hosts {
		s.laneOf[i] = s.lane(h)
		if ended(i) != nil {
			continue
		}
		if i >= s.rules.Canary && s.canaries > 0 {
			s.held = append(s.held, i)
			continue
		}
		s.put(i)
	}
	return s
}

// lane finds the lane of a host.
func (s *schedule) lane(h *Host) *lane {
	var key strings.Builder
	var groups []*group
	for _, per := range s.rules.Per {
		for _, value := range h.Values(per.Key) {
			name := per.String() + "\x00" + value
			key.WriteString(name + "\x01")
			g := s.groups[name]
			if g == nil {
				g = &group{limit: per}
				s.groups[name] = g
			}
			groups = append(groups, g)
		}
	}
	l := s.lanes[key.String()]
	if l == nil {
		l = &lane{groups: groups}
		s.lanes[key.String()] = l
	}
	return l
}

// put queues a host.
func (s *schedule) put(i int) {
	s.waiting++
	l := s.laneOf[i]
	l.queue = append(l.queue, i)
	s.offer(l)
}

// offer makes a lane ready that has hosts and waits for nothing.
func (s *schedule) offer(l *lane) {
	if !l.queued && len(l.queue) > 0 {
		l.queued = true
		heap.Push(&s.ready, l)
	}
}

// next returns the host that starts now, or -1. Then at is when to ask again, unless
// something ends before; zero if only an end changes anything.
func (s *schedule) next(now time.Time) (i int, at time.Time) {
	for len(s.timed) > 0 && !s.timed[0].at.After(now) {
		t, _ := heap.Pop(&s.timed).(timedEntry)
		if t.lane != nil {
			t.lane.queued = false
			s.offer(t.lane)
			continue
		}
		s.waiting--
		s.put(t.host)
	}
	if s.stopped != "" || s.running >= s.rules.At {
		return -1, time.Time{}
	}
	if s.nextAt.After(now) && len(s.ready) > 0 {
		return -1, s.nextAt
	}
	for len(s.ready) > 0 {
		l, _ := heap.Pop(&s.ready).(*lane)
		if s.blocked(l, now) {
			continue
		}
		l.queued = false
		i, l.queue = l.queue[0], l.queue[1:]
		s.start(l, now)
		return i, time.Time{}
	}
	if len(s.timed) > 0 {
		return -1, s.timed[0].at
	}
	return -1, time.Time{}
}

// blocked puts a lane aside if one of its groups lets no host start now.
func (s *schedule) blocked(l *lane, now time.Time) bool {
	for _, g := range l.groups {
		if g.limit.At > 0 && g.running >= g.limit.At {
			g.parked = append(g.parked, l)
			return true
		}
		if g.nextAt.After(now) {
			heap.Push(&s.timed, timedEntry{at: g.nextAt, lane: l})
			return true
		}
	}
	return false
}

// start counts a host of a lane.
func (s *schedule) start(l *lane, now time.Time) {
	s.running++
	s.waiting--
	s.nextAt = after(s.nextAt, now, s.rules.Rate)
	for _, g := range l.groups {
		g.running++
		g.nextAt = after(g.nextAt, now, g.limit.Rate)
	}
	s.offer(l)
}

// lateTimer is the delay of a timer that is caught up on.
const lateTimer = 50 * time.Millisecond

// after is when the next start is due by a rate.
func after(last, now time.Time, rate float64) time.Time {
	if rate == 0 {
		return time.Time{}
	}
	if last.Before(now.Add(-lateTimer)) { // it stood idle
		last = now
	}
	return last.Add(time.Duration(float64(time.Second) / rate))
}

// release is told that a host no longer runs.
func (s *schedule) release(i int) {
	s.running--
	for _, g := range s.laneOf[i].groups {
		g.running--
		parked := g.parked
		g.parked = nil
		for _, l := range parked {
			l.queued = false
			s.offer(l)
		}
	}
}

// again queues a host that is tried again at a time.
func (s *schedule) again(i int, at time.Time) {
	s.release(i)
	s.waiting++
	heap.Push(&s.timed, timedEntry{at: at, host: i})
}

// ended is told of a host's result.
func (s *schedule) ended(i int, ok bool) {
	s.release(i)
	if !ok {
		s.failed(i)
		return
	}
	if i < s.rules.Canary {
		if s.canaries--; s.canaries == 0 {
			held := s.held
			s.held = nil
			for _, i := range held {
				s.put(i)
			}
		}
	}
}

// failed counts a failure, and stops the run if that is too many.
func (s *schedule) failed(i int) {
	s.failures++
	switch {
	case s.stopped != "":
	case i < s.rules.Canary:
		s.stopped = "the canary " + s.hosts[i].Name + " failed"
	case s.rules.Stop.reached(s.failures, len(s.hosts)):
		s.stopped = "failures have reached -stop " + s.rules.Stop.String()
	}
}

// stop lets no more hosts start.
func (s *schedule) stop(why string) {
	if s.stopped == "" {
		s.stopped = why
	}
}

// over reports whether nothing runs and nothing will start.
func (s *schedule) over() bool {
	return s.running == 0 && (s.stopped != "" || s.waiting == 0 && len(s.held) == 0)
}

// A timedEntry is a lane that waits for a rate, or a host that waits for its next try.
type timedEntry struct {
	at   time.Time
	lane *lane
	host int
}

type timeHeap []timedEntry

func (h timeHeap) Len() int { return len(h) }
func (h timeHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].host < h[j].host
	}
	return h[i].at.Before(h[j].at)
}
func (h timeHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timeHeap) Push(x any)   { t, _ := x.(timedEntry); *h = append(*h, t) }
func (h *timeHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	*h = (*h)[:last]
	return t
}

type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].queue[0] < h[j].queue[0] }
func (h laneHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *laneHeap) Push(x any)        { l, _ := x.(*lane); *h = append(*h, l) }
func (h *laneHeap) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	*h = (*h)[:last]
	return l
}
