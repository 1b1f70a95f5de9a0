package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

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

// take takes a lock. It returns nil where somebody else has it.
func (l *locks) take(ctx context.Context, key string, o owner) (*lock, error) {
	b, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
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
	if err := l.settle(ctx, b, k); err != nil {
		l.release(ctx, k)
		return nil, err
	}
	return k, nil
}

// settle waits where the bucket is new. A server that has lost its store has lost locks
// whose holders do not know it yet: they do once half of their time is over.
func (l *locks) settle(ctx context.Context, b jetstream.KeyValue, k *lock) error {
	reconnects := l.link.conn.Stats().Reconnects
	l.mu.Lock()
	known := l.settled && l.reconnects == reconnects && k.revision > l.last
	l.last = k.revision
	l.mu.Unlock()
	if known {
		return nil
	}
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
	young := l.times.Rest - entry.Created().Sub(info.StreamInfo().Created)
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
	l.settled, l.reconnects = true, reconnects
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

// release gives a lock up. One that cannot be given up expires.
func (l *locks) release(ctx context.Context, k *lock) {
	if k == nil {
		return
	}
	if b, err := l.open(ctx); err == nil {
		_ = b.Delete(ctx, k.key, jetstream.LastRevision(k.revision))
	}
}
