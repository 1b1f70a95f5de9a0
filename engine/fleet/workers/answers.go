package workers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/moonwire/moonwire/engine/fleet"
)

// peerOf finds a worker by its public key, or makes its acquaintance. Those whom nobody
// has vouched for are not kept.
func (q *Queue) peerOf(public []byte) *peer {
	key := [32]byte(public)
	q.mu.Lock()
	p := q.peers[key]
	q.mu.Unlock()
	if p != nil {
		return p
	}
	c, err := agree(q.c.Secrets.Private, public, public, q.run)
	if err != nil {
		return nil
	}
	return &peer{channel: c}
}

// keep remembers a worker that is who it says it is.
func (q *Queue) keep(public []byte, p *peer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.peers) >= mostPeers { // those that still work come again
		clear(q.peers)
	}
	q.peers[[32]byte(public)] = p
}

// asked answers a worker.
func (q *Queue) asked(m *nats.Msg) {
	if m.Reply == "" {
		return
	}
	data, err := q.link.dataOf(q.ctx, m.Header, m.Data)
	if err != nil || len(data) < publicSize+sumSize {
		return
	}
	public := data[:publicSize]
	p := q.peerOf(public)
	var a ask
	if p == nil || !p.channel.openUp(data, kindAsk, &a) {
		q.told.once(tellStrangers, "a message that no worker has made was dropped")
		return
	}
	q.vouch(public, p, &a)
	room := int(q.link.conn.MaxPayload()) - payloadSpare - sumSize
	reply := func(r *answer) {
		r.ID = a.ID
		body := fleet.JSON(r)
		for len(body) > room && len(r.Jobs) > 1 { // the rest is asked again
			r.Jobs = r.Jobs[:len(r.Jobs)/2]
			body = fleet.JSON(r)
		}
		m, err := q.link.message(q.ctx, m.Reply, q.run+".answer."+hashOf(m.Reply), p.channel.sealDown(kindAnswer, body))
		if err == nil {
			_ = q.link.conn.PublishMsg(m) // it is asked again
		}
	}
	switch {
	case p.wrong != "":
		reply(&answer{Wrong: p.wrong})
	case a.Hello != nil:
		q.greet(p, a.Hello)
		reply(&answer{})
	case len(a.Jobs) > 0:
		q.spawn(func() { reply(q.grant(public, a.Jobs)) })
	case a.Step != nil:
		q.spawn(func() { reply(q.step(public, a.Step)) })
	default:
		reply(q.beat(public, a.At))
	}
}

// vouch checks who vouches for a worker.
func (q *Queue) vouch(public []byte, p *peer, a *ask) {
	if p.vouched || a.Hello == nil && len(a.Jobs) == 0 {
		return
	}
	p.wrong = q.c.Trust.check(a.Voucher, "worker "+q.run, public)
	if p.wrong == "" {
		p.vouched = true
		q.keep(public, p)
		return
	}
	name := ""
	if a.Hello != nil {
		name = " " + a.Hello.Name
	}
	q.told.once(tellRefused, fmt.Sprintf("the worker%.60s is refused: it %s", name, p.wrong))
}

func (q *Queue) greet(p *peer, h *hello) {
	q.mu.Lock()
	known := p.hello != nil
	p.hello = h
	q.mu.Unlock()
	if !known {
		of := ""
		if h.Site != "" {
			of = fmt.Sprintf(" at %.60s", h.Site)
		}
		q.told.once(tellWorkers, fmt.Sprintf("the worker %.60s%s takes part, with %d hosts at once", h.Name, of, h.At))
	}
}

// grant decides who does jobs.
func (q *Queue) grant(public []byte, list []attempt) *answer {
	worker := [32]byte(public)
	sure := q.anyDoubtful(list) && q.allRead()
	r := &answer{Jobs: make([]jobAnswer, 0, len(list))}
	for _, a := range list {
		r.Jobs = append(r.Jobs, q.grantOne(worker, a, sure))
	}
	return r
}

// doubtful reports whether a result of a job may lie on the server unread: somebody else may
// have had it. The lock of the queue is held.
func (q *Queue) doubtful(j *job, a attempt) bool {
	return !j.over && (a.Delivered > 1 || q.c.Resumed > 0 || j.granted)
}

// anyDoubtful reports whether one of the jobs is doubtful.
func (q *Queue) anyDoubtful(list []attempt) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(list, func(a attempt) bool {
		j := q.jobs[a.Number]
		return j != nil && q.doubtful(j, a)
	})
}

// grantOne grants a job to a worker, or does not. sure says that every result was read that
// lay on the server when the worker asked.
func (q *Queue) grantOne(worker [32]byte, a attempt, sure bool) jobAnswer {
	q.mu.Lock()
	defer q.mu.Unlock()
	j := q.jobs[a.Number]
	switch {
	case j == nil || j.over || j.cancelled || q.draining && !j.granted:
		return jobAnswer{Over: true}
	case j.granted && j.attempt.Number != a.Number && time.Since(j.heard) < q.c.Times.Redeliver: // it was queued again, but its worker is at it
		return jobAnswer{Wait: q.c.Times.Redeliver / 4}
	case q.doubtful(j, a) && !sure:
		return jobAnswer{Wait: q.c.Times.Redeliver / 4}
	case j.granted && !a.newer(j.attempt) && (a != j.attempt || worker != j.worker):
		return jobAnswer{Wait: q.c.Times.Redeliver / 2}
	}
	j.granted, j.attempt, j.worker = true, a, worker
	q.began[j.site] = time.Now()
	h := j.host
	return jobAnswer{
		Host: &hostMessage{h.Name, h.Address, h.Groups, h.Vars}, Try: j.try, Sum: q.tickets.sum(worker, &ticket{Host: h.Name, Attempt: a}),
	}
}

// superseded reports whether an attempt has no say any more. One that is from an earlier
// life of the run takes the place of a job that nobody has yet.
func (j *job) superseded(t *ticket, public []byte) bool {
	if !j.granted && j.try == 1 {
		j.attempt, j.worker = t.Attempt, [32]byte(public)
		return false
	}
	return j.attempt != t.Attempt || j.worker != [32]byte(public)
}

// beat tells a worker which of what it is at has to end.
func (q *Queue) beat(public []byte, at []ticket) *answer {
	r := &answer{}
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range at {
		t := &at[i]
		j := q.hosts[t.Host]
		switch {
		case !q.tickets.made(public, t) || j != nil && (j.over || j.cancelled || j.granted && (j.attempt != t.Attempt || j.worker != [32]byte(public))):
			r.Cancel = append(r.Cancel, t.Attempt)
		case j != nil:
			j.heard = time.Now()
		}
	}
	return r
}

// step notes what has become of a step. It may be asked twice, as an answer was lost.
func (q *Queue) step(public []byte, s *stepAsk) *answer {
	if !q.tickets.made(public, &s.Ticket) {
		return &answer{Wrong: "the ticket is wrong"}
	}
	q.mu.Lock()
	j := q.hosts[s.Ticket.Host]
	switch {
	case j == nil: // the run was resumed and has not come to the host yet
		q.mu.Unlock()
		return &answer{Later: true}
	case j.over || j.cancelled || j.superseded(&s.Ticket, public):
		q.mu.Unlock()
		return &answer{Wrong: "the job is no longer this worker's"}
	}
	steps := j.steps
	q.mu.Unlock()
	by := fmt.Sprintf("%x/%d.%d", public[:8], s.Ticket.Attempt.Number, s.Ticket.Attempt.Delivered)
	said := &stepAnswer{}
	var err error
	switch s.State {
	case fleet.StepBegun:
		said.Value, said.Done, err = steps.BeginBy(by, s.Name, s.Again)
	case fleet.StepDone:
		err = steps.Done(s.Name, s.Value)
	default:
		err = steps.Failed(s.Name)
	}
	if cut, ok := errors.AsType[*fleet.CutOff](err); ok {
		said.CutOff = cut.At
	} else if err != nil {
		said.Wrong = err.Error()
	}
	return &answer{Step: said}
}

// noted tells why a worker does not take part.
func (q *Queue) noted(m *nats.Msg) {
	var n note
	if len(m.Data) < 10_000 && json.Unmarshal(m.Data, &n) == nil {
		q.told.once(tellNotes, fmt.Sprintf("the worker %.60s takes no part: %.200s", n.Name, n.Why))
	}
}

// tellMissing tells of sites of which no job has begun for a while, though some wait. What
// was told of a site is told again once none waited in between.
func (q *Queue) tellMissing() {
	q.mu.Lock()
	waiting, since := make(map[string]int), make(map[string]time.Time)
	for _, j := range q.hosts {
		if j.granted || j.over {
			continue
		}
		waiting[j.site]++
		if first, ok := since[j.site]; !ok || j.since.Before(first) {
			since[j.site] = j.since
		}
	}
	maps.DeleteFunc(q.missing, func(site string, _ bool) bool { return waiting[site] == 0 })
	var lines []string
	for site, n := range waiting {
		last := since[site]
		if began := q.began[site]; began.After(last) {
			last = began
		}
		if q.missing[site] || time.Since(last) <= q.c.Times.Patience {
			continue
		}
		q.missing[site] = true
		lines = append(lines, q.missingLocked(site, n))
	}
	q.mu.Unlock()
	slices.Sort(lines)
	for _, line := range lines {
		q.c.Tell(line)
	}
}

func (q *Queue) missingLocked(site string, n int) string {
	wait, them, of := "hosts%s wait", "them", ""
	if n == 1 {
		wait, them = "host%s waits", "it"
	}
	if site != "" {
		of = fmt.Sprintf(" of site %q", site)
	}
	why := "no worker has taken " + them + " for "
	for _, p := range q.peers {
		if h := p.hello; h != nil && (h.Site == "" || site == "" || h.Site == site) {
			why = "there are workers, but they have begun none for " // they are busy, or the devices are locked
			break
		}
	}
	return fmt.Sprintf("%d "+wait+": %s%s", n, of, why, q.c.Times.Patience)
}
