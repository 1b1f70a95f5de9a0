package workers

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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
	reply := func(r *answer) {
		r.ID = a.ID
		m, err := q.link.message(q.ctx, m.Reply, q.run+".answer."+hashOf(m.Reply), p.channel.sealDown(kindAnswer, r))
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
	r := &answer{}
	room := q.link.conn.MaxPayload() - payloadSpare
	for _, a := range list {
		g := q.grantOne([32]byte(public), a)
		if room -= int64(len(g.Host)) + 500; room < 0 && len(r.Jobs) > 0 {
			break
		}
		r.Jobs = append(r.Jobs, g)
	}
	return r
}

// grantOne grants a job to a worker, or does not.
func (q *Queue) grantOne(worker [32]byte, a attempt) jobAnswer {
	q.mu.Lock()
	j := q.jobs[a.Number]
	doubtful := j != nil && !j.over && (a.Delivered > 1 || q.c.Resumed > 0 || j.granted)
	q.mu.Unlock()
	if doubtful && q.lies(j.host.Name) {
		return jobAnswer{Wait: q.c.Times.Redeliver / 4}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case j == nil || j.over || j.cancelled || q.draining && !j.granted:
		return jobAnswer{Over: true}
	case j.granted && !a.newer(j.attempt) && (a != j.attempt || worker != j.worker):
		return jobAnswer{Wait: q.c.Times.Redeliver / 2}
	}
	j.granted, j.attempt, j.worker = true, a, worker
	q.began[j.site] = time.Now()
	t := ticket{Host: j.host.Name, Attempt: a}
	t.Sum = t.sum(q.c.Secrets.Tickets, worker[:])
	return jobAnswer{Host: j.object, Try: j.try, Ticket: t}
}

// lies reports whether a result of the host lies on the server and has not been taken yet.
func (q *Queue) lies(host string) bool {
	s, err := q.link.js.Stream(q.ctx, resultsStream)
	if err == nil {
		_, err = s.GetLastMsgForSubject(q.ctx, subjectResults+q.run+"."+hashOf(host))
	}
	return err == nil
}

// ticketed reports whether the queue made a ticket, for this worker.
func (q *Queue) ticketed(public []byte, t *ticket) bool {
	return hmac.Equal(t.sum(q.c.Secrets.Tickets, public), t.Sum)
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
		if !q.ticketed(public, t) || j != nil && (j.over || j.cancelled || j.granted && (j.attempt != t.Attempt || j.worker != [32]byte(public))) {
			r.Cancel = append(r.Cancel, t.Attempt)
		}
	}
	return r
}

// step notes what has become of a step. It may be asked twice, as an answer was lost.
func (q *Queue) step(public []byte, s *stepAsk) *answer {
	if !q.ticketed(public, &s.Ticket) {
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

// came takes a result from the stream.
func (q *Queue) came(m jetstream.Msg) {
	object := m.Headers().Get(objectHeader)
	ack := func() {
		_ = m.Ack() // else it comes again, and does not count
		if object != "" {
			q.link.drop(q.ctx, object)
		}
	}
	r, err := q.readResult(m)
	if err != nil { // it is read again: nobody sends it a second time
		_ = m.NakWithDelay(q.c.Times.Redeliver / 4)
		return
	}
	if r == nil {
		q.mu.Lock()
		q.refused++
		q.mu.Unlock()
		q.told.once(tellResults, "a result was refused: it does not come from a worker that had the job")
		ack()
		return
	}
	e := &ending{result: r, outcome: fleet.Outcome{Value: r.Value, Error: r.Error, Untouched: r.Untouched, Took: max(r.Took, 1), Recorded: ack}}
	if !q.take(r, e) {
		ack()
	}
}

// take gives a result to the job that it is of. It reports whether the result is kept: one
// that is not, nobody needs any more.
func (q *Queue) take(r *result, e *ending) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	host := r.Ticket.Host
	j := q.hosts[host]
	without := j == nil || j.over && j.taken == nil // the job has not begun, or has ended without a result
	switch {
	case r.Cut && without:
		return false
	case without: // it is kept for who begins the job, here or in another life of the run
		if q.early[host] == nil {
			q.early[host] = e
		}
	case j.over || j.try > 1 && r.Ticket.Attempt.Number < j.number:
		return false
	case r.Cut && !j.cancelled:
		if j.granted && j.attempt == r.Ticket.Attempt { // else somebody else has it
			j.granted = false
			delete(q.jobs, j.number) // no attempt at the job is ever one of before
			q.number++
			j.number = q.number
			q.jobs[j.number] = j
			q.spawn(func() { _ = q.publish(q.ctx, j) }) // it is tried until the run ends
		}
		return false
	default:
		j.end(e)
	}
	return true
}

// mostReads is how often a result is read whose object cannot be fetched.
const mostReads = 50

// readResult checks and reads a result. It returns nil for one that no worker has sent
// which had the job, and an error if that cannot be told now.
func (q *Queue) readResult(m jetstream.Msg) (*result, error) {
	data, err := q.link.dataOf(q.ctx, m.Headers(), m.Data())
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		if about, bad := m.Metadata(); q.ctx.Err() != nil || bad == nil && about.NumDelivered < mostReads {
			return nil, err
		}
	}
	if err != nil || len(data) < publicSize+sumSize {
		return nil, nil
	}
	r, public := &result{}, data[:publicSize]
	p := q.peerOf(public)
	if p == nil || !p.channel.openUp(data, kindResult, r) {
		return nil, nil
	}
	if !q.ticketed(public, &r.Ticket) {
		return nil, nil
	}
	return r, nil
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
