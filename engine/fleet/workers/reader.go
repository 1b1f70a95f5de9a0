package workers

// How a queue reads results.

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A reader reads the results of a run, in their order on the server. One that may have
// missed a message is unsound: another takes its place, to whom all comes anew.
type reader struct {
	q          *Queue
	stream     jetstream.Stream
	takes      jetstream.ConsumeContext
	made       time.Time // the consumer on the server
	reconnects uint64    // of the connection, when the reader began

	mu     sync.Mutex
	given  uint64          // the number that the consumer has given the last message
	upTo   uint64          // the last message that was read, or put off
	off    map[uint64]bool // those that were put off
	missed bool
	more   chan struct{} // closed when upTo grows
}

// resultsConsumer is the consumer of a run's results in a stream that was made then, which it
// names as consumerOf does.
func resultsConsumer(run string, made time.Time) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{Durable: run + "-" + age(made), FilterSubject: subjectResults + run, AckWait: 5 * time.Minute}
}

// reading is who reads the results now, nil before the first.
func (q *Queue) reading() *reader {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.reader
}

func newReader(q *Queue) *reader {
	return &reader{q: q, reconnects: q.link.conn.Stats().Reconnects, off: make(map[uint64]bool), more: make(chan struct{})}
}

// read has a reader begin, unless one is at it that is sound. fresh says that the stream is
// another one than before.
func (q *Queue) read(ctx context.Context, fresh bool, made time.Time) error {
	of := resultsConsumer(q.run, made)
	r := newReader(q)
	last := q.reading()
	goesOn := last != nil && !fresh && last.sound()
	if !goesOn && (last != nil || q.c.Resumed > 0) { // what was on its way, or an earlier life had fetched, comes anew
		_ = q.link.js.DeleteConsumer(ctx, resultsStream, of.Durable) // there may be none
	}
	consumer, err := q.link.ensureConsumer(ctx, resultsStream, of)
	if err != nil {
		return err
	}
	if r.made = consumer.CachedInfo().Created; goesOn && r.made.Equal(last.made) {
		return nil
	}
	if last != nil {
		last.takes.Stop()
	}
	r.stream, err = q.link.js.Stream(ctx, resultsStream)
	if err == nil {
		r.takes, err = consumer.Consume(r.came, jetstream.PullMaxMessages(64))
	}
	if err != nil {
		return &Error{What: "cannot take results", Err: err} // no test: the connection must break just now
	}
	q.mu.Lock()
	q.reader = r
	q.mu.Unlock()
	return nil
}

// sound reports whether the reader has missed nothing, as far as is known.
func (r *reader) sound() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.missed && r.reconnects == r.q.link.conn.Stats().Reconnects
}

// note notes that a message was read, or put off.
func (r *reader) note(at jetstream.SequencePair, read bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at.Consumer != r.given+1 {
		r.missed = true
	}
	r.given = at.Consumer
	if read {
		delete(r.off, at.Stream)
	} else {
		r.off[at.Stream] = true
	}
	if at.Stream > r.upTo {
		r.upTo = at.Stream
		close(r.more)
		r.more = make(chan struct{})
	}
}

// allRead reports whether every result was read that lies on the server when it is called.
// It waits a little for those that are on their way.
func (q *Queue) allRead() bool {
	ctx, cancel := context.WithTimeout(q.ctx, q.c.Times.Patience/4)
	defer cancel()
	r := q.reading()
	for {
		r.mu.Lock()
		upTo, off := r.upTo, len(r.off)
		r.mu.Unlock()
		if off > 0 || !r.sound() {
			return false
		}
		next, err := r.stream.GetMsg(ctx, upTo+1, jetstream.WithGetMsgSubject(subjectResults+q.run))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return r.sound()
		case err != nil || !r.await(ctx, next.Sequence):
			return false
		}
	}
}

// await waits until a message was read, or put off. It reports false if ctx ends before.
func (r *reader) await(ctx context.Context, message uint64) bool {
	for {
		r.mu.Lock()
		there, more := r.upTo >= message, r.more
		r.mu.Unlock()
		if there {
			return true
		}
		select {
		case <-more:
		case <-ctx.Done():
			return false
		}
	}
}

// A parcel is a message with results. It is acknowledged once nobody needs one of them any
// more: else all of them come again.
type parcel struct {
	left atomic.Int64
	ack  func()
}

// done says that so many of its results are not needed any more.
func (p *parcel) done(n int) {
	if p.left.Add(int64(-n)) == 0 {
		p.ack()
	}
}

// came takes a message with results.
func (r *reader) came(m jetstream.Msg) {
	var at jetstream.SequencePair
	about, err := m.Metadata()
	if err == nil {
		at = about.Sequence
	}
	q := r.q
	list, refused, err := q.readResults(m)
	if err != nil { // it is read again: nobody sends it a second time
		r.note(at, false)
		_ = m.NakWithDelay(q.c.Times.Redeliver / 4)
		return
	}
	object := m.Headers().Get(objectHeader)
	p := &parcel{ack: func() {
		_ = m.Ack() // else it comes again, and does not count
		if object != "" {
			q.link.drop(q.ctx, object)
		}
	}}
	p.left.Store(int64(len(list)) + 1)
	done := 1
	for _, res := range list {
		e := &ending{result: res, parcel: p}
		e.outcome = fleet.Outcome{Value: res.Value, Error: res.Error, Untouched: res.Untouched, Took: max(res.Took, 1), Recorded: e.recorded}
		if !q.take(res, e) {
			done++
		}
	}
	if refused > 0 {
		q.mu.Lock()
		q.refused += refused
		q.mu.Unlock()
		q.told.once(tellResults, "a result was refused: it does not come from a worker that had the job")
	}
	r.note(at, true)
	p.done(done)
}

// recorded says that the result is in the journal, or is not the host's last. All that is
// kept of it is whose it was, as it may come twice.
func (e *ending) recorded() {
	if !e.kept.Swap(true) {
		e.parcel.done(1)
		e.parcel, e.outcome.Value, e.outcome.Error = nil, nil, nil
		e.result.Value, e.result.Error, e.result.Said = nil, nil, nil
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
	case j.over && j.taken.result.Ticket.Attempt == r.Ticket.Attempt: // it comes twice
		return !j.taken.kept.Load()
	case j.over || j.try > 1 && r.Ticket.Attempt.Number < j.first:
		return false
	case r.Cut && !j.cancelled:
		if j.granted && j.attempt == r.Ticket.Attempt { // else somebody else has it
			j.granted = false
			q.renumber(j)
			q.spawn(func() { q.publish(q.ctx, j) })
		}
		return false
	default:
		j.end(e)
	}
	return true
}

// mostReads is how often a message is read whose object cannot be fetched.
const mostReads = 50

// readResults checks and reads a message with results. It leaves out those that no worker has
// sent which had the job, and counts them; its error says that this cannot be told now.
func (q *Queue) readResults(m jetstream.Msg) (list []*result, refused int, err error) {
	data, err := q.link.dataOf(q.ctx, m.Headers(), m.Data())
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		if about, bad := m.Metadata(); q.ctx.Err() != nil || bad == nil && about.NumDelivered < mostReads {
			return nil, 0, err
		}
	}
	if err != nil || len(data) < publicSize+sumSize {
		return nil, 1, nil
	}
	public := data[:publicSize]
	p := q.peerOf(public)
	if p == nil || !p.channel.openUp(data, kindResults, &list) {
		return nil, 1, nil
	}
	good := list[:0]
	for _, r := range list {
		if r != nil && q.tickets.made(public, &r.Ticket) {
			good = append(good, r)
		} else {
			refused++
		}
	}
	return good, refused, nil
}
