package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A lock is an entry of the locks' bucket. It is there until it is given up, or until the
// server removes it, Times.Lock after it was last renewed. Only the server's clock counts
// there; the holder counts from before it renews, by its own clock, how long it may stay.
type lock struct {
	key      string
	owner    owner
	revision uint64
	renewed  time.Time // before the last renewal that came through
	tried    time.Time // before the first renewal since whose answer has not come; zero for none
}

// An owner is who holds a lock.
type owner struct {
	Worker string `json:"worker"`
	Run    string `json:"run"`
	Number uint64 `json:"n"`
}

// locks are those of a worker.
type locks struct {
	link  *link
	times Times
	told  *teller

	mu         sync.Mutex
	bucket     jetstream.KeyValue
	settled    bool   // the bucket is so old that no lock of an older one is held
	reconnects uint64 // when that was found
	last       uint64 // the newest revision that was seen
}

// open finds the bucket, or makes it.
func (l *locks) open(ctx context.Context) (jetstream.KeyValue, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bucket != nil {
		return l.bucket, nil
	}
	b, err := l.link.js.KeyValue(ctx, locksBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		b, err = replicated(l.link, func(n int) (jetstream.KeyValue, error) {
			return l.link.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
				Bucket: locksBucket, TTL: l.times.Lock, History: 1, Replicas: n, Description: "devices that moonwire fleet is at",
			})
		})
		if errors.Is(err, jetstream.ErrBucketExists) {
			b, err = l.link.js.KeyValue(ctx, locksBucket) // no test: somebody else was quicker
		}
	}
	if err != nil {
		return nil, &Error{What: "cannot make the bucket " + locksBucket, Err: err}
	}
	l.bucket, l.settled = b, false
	return b, nil
}

// forget looks the bucket up anew.
func (l *locks) forget() {
	l.mu.Lock()
	l.bucket = nil
	l.mu.Unlock()
}

// A taking is the attempt to take a lock.
type taking struct {
	key   string
	owner owner
	took  func(k *lock) // is called at once when it is taken; nil calls nobody
	lock  *lock         // nil where somebody else has it, or it failed
	err   error
}

// end notes how it has ended.
func (t *taking) end(k *lock, err error) {
	if t.lock, t.err = k, err; k != nil && t.took != nil {
		t.took(k)
	}
}

// takeAll takes locks. The messages for all of them are on their way at once.
func (l *locks) takeAll(ctx context.Context, list []*taking) {
	b, err := l.open(ctx)
	if err != nil {
		for _, t := range list {
			t.err = err
		}
		return
	}
	l.mu.Lock()
	since := l.last
	l.mu.Unlock()
	l.create(ctx, list)
	var slow sync.WaitGroup
	for _, t := range list {
		switch {
		case t.err != nil && isWrongLast(t.err): // somebody has it, or had it a moment ago
			slow.Go(func() { t.end(l.take(ctx, t.key, t.owner)) })
		case t.err != nil:
			l.forget()
			t.err = &Error{What: "cannot lock", Err: t.err}
		case l.known(t.lock, since):
			t.end(t.lock, nil)
		default:
			slow.Go(func() { t.end(l.rested(ctx, b, t.lock)) })
		}
	}
	slow.Wait()
}

// create makes the entries of locks of which there is none.
func (l *locks) create(ctx context.Context, list []*taking) {
	type said struct {
		t        *taking
		revision uint64
		err      error
	}
	answers := make(chan said, len(list))
	before := time.Now()
	for _, t := range list {
		t.err = errUnconfirmed
		m := lockMessage(t.key, 0)
		m.Data = fleet.JSON(t.owner)
		l.link.out.publish(m, func(sequence uint64, err error) { answers <- said{t, sequence, err} })
	}
	late := time.NewTimer(l.times.Patience)
	defer late.Stop()
	for range list {
		select {
		case a := <-answers:
			if a.t.err = a.err; a.err == nil {
				a.t.lock = &lock{key: a.t.key, owner: a.t.owner, revision: a.revision, renewed: before}
			}
		case <-late.C: // those that were taken all the same expire
			return
		case <-ctx.Done():
			return
		}
	}
}

// lockMessage is a message for the entry of a lock, if its revision is still this one.
func lockMessage(key string, revision uint64) *nats.Msg {
	m := nats.NewMsg("$KV." + locksBucket + "." + key)
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(revision, 10))
	return m
}

// isWrongLast reports whether there is an entry with another revision.
func isWrongLast(err error) bool {
	e, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// take takes a lock. It returns nil where somebody else has it.
func (l *locks) take(ctx context.Context, key string, o owner) (*lock, error) {
	b, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	since := l.last
	l.mu.Unlock()
	before := time.Now()
	revision, err := b.Create(ctx, key, fleet.JSON(o))
	switch {
	case errors.Is(err, jetstream.ErrKeyExists):
		return nil, nil
	case err != nil:
		l.forget()
		return nil, &Error{What: "cannot lock", Err: err}
	}
	k := &lock{key: key, owner: o, revision: revision, renewed: before}
	if l.known(k, since) {
		return k, nil
	}
	return l.rested(ctx, b, k)
}

// known reports whether the bucket in which a lock was taken has settled. since is the newest
// revision that was seen before.
func (l *locks) known(k *lock, since uint64) bool {
	reconnects := l.link.conn.Stats().Reconnects
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.settled || l.reconnects != reconnects || k.revision <= since {
		return false
	}
	l.last = max(l.last, k.revision)
	return true
}

// rested returns a lock once its bucket has settled. Else it gives it up.
func (l *locks) rested(ctx context.Context, b jetstream.KeyValue, k *lock) (*lock, error) {
	if err := l.settle(ctx, b, k); err != nil {
		l.release(k)
		return nil, err
	}
	return k, nil
}

// settle waits where the bucket is new. A server that has lost its store has lost locks
// whose holders do not know it yet: they do once half of their time is over.
func (l *locks) settle(ctx context.Context, b jetstream.KeyValue, k *lock) error {
	reconnects := l.link.conn.Stats().Reconnects
	status, err := b.Status(ctx)
	if err != nil {
		l.forget()
		return &Error{What: "cannot lock", Err: err}
	}
	entry, err := b.Get(ctx, k.key)
	if err != nil {
		l.forget()
		return &Error{What: "cannot lock", Err: err}
	}
	info, _ := status.(*jetstream.KeyValueBucketStatus)
	young := min(l.times.Rest-entry.Created().Sub(info.StreamInfo().Created), l.times.Rest) // the server's clock may have been set back
	if young > 0 {
		l.told.once(tellErrors, fmt.Sprintf("the locks of devices are new on this server: none is used for %s, in which those of older locks give up", young.Round(time.Second)))
	}
	for young > 0 {
		pause := min(young, l.times.Lock/4)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		young -= pause
		if err := l.renew(ctx, k); err != nil {
			return err
		}
	}
	l.mu.Lock()
	l.settled, l.reconnects, l.last = true, reconnects, k.revision
	l.mu.Unlock()
	return nil
}

// renew makes a lock last. Where the answer to an earlier renewal was lost, that one counts
// from when it was sent.
func (l *locks) renew(ctx context.Context, k *lock) error {
	b, err := l.open(ctx)
	if err != nil {
		return err
	}
	for { // twice at most
		before := time.Now()
		revision, err := b.Update(ctx, k.key, fleet.JSON(k.owner), k.revision)
		if err == nil {
			k.revision, k.renewed, k.tried = revision, before, time.Time{}
			return nil
		}
		e, lost := b.Get(ctx, k.key)
		var o owner
		if lost != nil || e.Revision() == k.revision || k.tried.IsZero() || json.Unmarshal(e.Value(), &o) != nil || o != k.owner {
			if k.tried.IsZero() {
				k.tried = before
			}
			l.forget()
			return &Error{What: "cannot renew a lock", Err: err}
		}
		k.revision, k.renewed, k.tried = e.Revision(), k.tried, time.Time{}
	}
}

// release gives a lock up, if it was taken. One that cannot be given up expires: nobody waits
// for the server to say so.
func (l *locks) release(k *lock) {
	if k.revision == 0 {
		return
	}
	m := lockMessage(k.key, k.revision)
	m.Header.Set("KV-Operation", "DEL")
	_ = l.link.conn.PublishMsg(m)
}
