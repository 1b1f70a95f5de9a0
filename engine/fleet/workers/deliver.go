package workers

// How a worker's results go to the server.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// An outbox holds the results of a run that are ready to be sent. What becomes ready while
// a message is on its way goes into the next.
type outbox struct {
	wake chan struct{} // something is ready
	over chan struct{} // closed when nothing more becomes ready

	mu    sync.Mutex
	ready []*outgoing
}

// An outgoing is a result that is ready.
type outgoing struct {
	h    *held
	res  *result
	body []byte // the result as JSON, once it is about to be sent
	long bool   // it is too large for the stream, though not for the server
}

func (g *outgoing) size() int {
	if g.body == nil {
		g.body = fleet.JSON(g.res)
	}
	return len(g.body)
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), over: make(chan struct{})}
}

// put adds a result.
func (o *outbox) put(g *outgoing) {
	o.mu.Lock()
	o.ready = append(o.ready, g)
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take takes what is ready.
func (o *outbox) take() []*outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.ready
	o.ready = nil
	return list
}

// fitting is how many of the results fit into a message that has room for so many bytes of
// them: one at least.
func fitting(list []*outgoing, room int) int {
	for i, g := range list {
		if room -= g.size() + 1; room < 0 {
			return max(i, 1)
		}
	}
	return len(list)
}

// listOf makes a list of results.
func listOf(list []*outgoing) []byte {
	size := 1
	for _, g := range list {
		size += g.size() + 1
	}
	body := append(make([]byte, 0, size), '[')
	for i, g := range list {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, g.body...)
	}
	return append(body, ']')
}

// send sends what the outbox holds, a message after the other, until nothing more comes.
func (r *workerRun) send() {
	for over := false; !over; {
		select {
		case <-r.out.wake:
		case <-r.out.over:
			over = true
		}
		list := r.out.take()
		for len(list) > 0 {
			n := fitting(list, r.roomForResults())
			r.hand(list[:n], nil)
			list = list[n:]
		}
	}
}

// roomForResults is how large the results in a message may be, in bytes.
func (r *workerRun) roomForResults() int {
	return int(r.w.link.conn.MaxPayload()) - payloadSpare - publicSize - sumSize - 2
}

// mostTogether is how large a result may be that is sent with others, in bytes.
const mostTogether = 64 << 10

// deliver sends a result: with others, unless it has files or is large.
func (r *workerRun) deliver(h *held, res *result, files map[string][]byte) {
	g := &outgoing{h: h, res: res}
	size := len(res.Value)
	for _, said := range res.Said {
		size += len(said.Text)
	}
	switch {
	case len(files) == 0 && size <= mostTogether:
		r.out.put(g)
		return
	case len(files) == 0:
		r.hand([]*outgoing{g}, nil)
		return
	}
	r.hand([]*outgoing{g}, func(ctx context.Context) {
		res.Files, g.body = nil, nil
		for kind, data := range files {
			if r.w.link.put(ctx, fileObject(r.b.Run, res.Ticket.Host, res.Ticket.Attempt, kind), data) == nil {
				res.Files = append(res.Files, kind) // else it is missing; the result counts
			}
		}
	})
}

// hand hands results over to the server, however long that takes, and lets their jobs go.
// prepare is called before each try; nil calls nobody.
func (r *workerRun) hand(list []*outgoing, prepare func(ctx context.Context)) {
	ctx := context.WithoutCancel(r.w.ctx)
	jobs := make([]*held, len(list))
	for i, g := range list {
		jobs[i] = g.h
	}
	within := 2 * r.w.c.Times.Patience
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, r.w.c.Times.Patience) {
		err := r.handOnce(ctx, list, prepare, within)
		if err == nil {
			break
		}
		within = min(2*within, 60*r.w.c.Times.Patience)                            // what is large may take long
		switch long := errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum); { // somebody has set a limit for the stream
		case long && len(list) == 1 && !list[0].long:
			list[0].long = true
			continue
		case long && len(list) > 1:
			half := len(list) / 2
			r.hand(list[:half], prepare)
			r.hand(list[half:], prepare)
			return
		}
		if _, is := errors.AsType[jetstream.JetStreamError](err); is {
			r.w.told.once(tellErrors, "the server does not take results, which are kept and sent again: "+err.Error())
		}
		gone := r.quietFor(30 * r.w.c.Times.Announce)
		select {
		case <-time.After(pause):
		case <-r.w.ctx.Done(): // it ends at once: the jobs are done again
			r.drop(jobs...)
			return
		}
		if gone {
			break
		}
	}
	r.drop(jobs...)
	for _, h := range jobs {
		_ = h.msg.Ack() // else it is given to others, who are told that it is over
	}
}

// quietFor reports whether the run has not been heard of for so long.
func (r *workerRun) quietFor(d time.Duration) bool {
	return r.w.link.conn.IsConnected() && time.Since(time.Unix(0, r.seen.Load())) > d
}

func (r *workerRun) handOnce(ctx context.Context, list []*outgoing, prepare func(ctx context.Context), within time.Duration) error {
	if prepare != nil { // in a time of its own: the result counts, whatever becomes of its files
		ctx, cancel := context.WithTimeout(ctx, within)
		prepare(ctx)
		cancel()
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	first := list[0].h
	name := fmt.Sprintf("%s.results.%s.%d.%d", r.b.Run, hashOf(first.ticket.Host), first.attempt.Number, first.attempt.Delivered)
	message := r.w.link.message
	if list[0].long {
		message = r.w.link.messageApart
	}
	m, err := message(ctx, subjectResults+r.b.Run, name, r.channel.sealUp(r.public, kindResults, listOf(list)))
	if err != nil {
		return err
	}
	said := make(chan error, 1)
	r.w.link.out.publish(m, func(_ uint64, err error) { said <- err })
	select {
	case err := <-said:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
