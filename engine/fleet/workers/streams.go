package workers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ensureStreams makes the streams where they are missing. It returns when they were
// made: others than before have lost what was in them.
func (l *link) ensureStreams(ctx context.Context) (made [2]time.Time, err error) {
	for i, cfg := range []jetstream.StreamConfig{
		{Name: jobsStream, Subjects: []string{subjectJobs + ">"}, Description: "jobs of moonwire fleet"},
		{Name: resultsStream, Subjects: []string{subjectResults + ">"}, Description: "results of moonwire fleet"},
	} {
		s, err := l.js.Stream(ctx, cfg.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			cfg.Retention, cfg.Storage, cfg.MaxAge = jetstream.WorkQueuePolicy, jetstream.FileStorage, keptFor
			s, err = replicated(l, func(n int) (jetstream.Stream, error) {
				cfg.Replicas = n
				return l.js.CreateStream(ctx, cfg)
			})
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
				s, err = l.js.Stream(ctx, cfg.Name) // no test: somebody else was quicker
			}
		}
		if err != nil {
			return made, &Error{What: "cannot make the stream " + cfg.Name, Err: err, Hint: "the account must be allowed to make streams, and the server must have room"}
		}
		made[i] = s.CachedInfo().Created
	}
	return made, nil
}

// replicated makes something on the server: in a cluster with three copies, so that a run
// goes on without one of its servers, or with one where the cluster has no room for three.
func replicated[T any](l *link, create func(replicas int) (T, error)) (T, error) {
	if l.conn.ConnectedClusterName() != "" {
		v, err := create(3)
		var refused jetstream.JetStreamError
		if !errors.As(err, &refused) || refused.APIError() == nil {
			return v, err
		}
	}
	return create(1)
}

// ensureConsumer makes a consumer where it is missing.
func (l *link) ensureConsumer(ctx context.Context, stream string, cfg jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	cfg.AckPolicy, cfg.MaxAckPending, cfg.MaxDeliver = jetstream.AckExplicitPolicy, -1, -1
	cfg.InactiveThreshold = keptFor
	c, err := l.js.CreateOrUpdateConsumer(ctx, stream, cfg)
	if err != nil {
		return nil, &Error{What: "cannot take from the stream " + stream, Err: err}
	}
	return c, nil
}

// objects is the store of what is too large for a message.
type objects struct {
	mu    sync.Mutex
	store jetstream.ObjectStore
}

// open finds the store, or makes it.
func (l *link) objectStore(ctx context.Context) (jetstream.ObjectStore, error) {
	l.objects.mu.Lock()
	defer l.objects.mu.Unlock()
	if l.objects.store != nil {
		return l.objects.store, nil
	}
	s, err := l.js.ObjectStore(ctx, objectsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		s, err = replicated(l, func(n int) (jetstream.ObjectStore, error) {
			return l.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
				Bucket: objectsBucket, TTL: keptFor, Replicas: n, Description: "bundles and large results of moonwire fleet",
			})
		})
	}
	if err != nil {
		return nil, &Error{What: "cannot make the object store " + objectsBucket, Err: err}
	}
	l.objects.store = s
	return s, nil
}

// forget looks the store up anew: it may be another one.
func (l *link) forgetStore() {
	l.objects.mu.Lock()
	l.objects.store = nil
	l.objects.mu.Unlock()
}

// put stores an object.
func (l *link) put(ctx context.Context, name string, data []byte) error {
	s, err := l.objectStore(ctx)
	if err == nil {
		piece := uint32(min(128<<10, max(l.conn.MaxPayload()/2, 1<<10)))
		_, err = s.Put(ctx, jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: piece}}, bytes.NewReader(data))
	}
	if err != nil {
		l.forgetStore()
		return fmt.Errorf("cannot store %s: %w", name, err)
	}
	return nil
}

// get fetches an object of at most so many bytes.
func (l *link) get(ctx context.Context, name string, most uint64) ([]byte, error) {
	s, err := l.objectStore(ctx)
	if err == nil {
		var info *jetstream.ObjectInfo
		if info, err = s.GetInfo(ctx, name); err == nil && info.Size > most {
			err = fmt.Errorf("%d bytes are too many", info.Size)
		}
	}
	if err == nil {
		var o jetstream.ObjectResult
		if o, err = s.Get(ctx, name); err == nil {
			defer o.Close()
			data, err := io.ReadAll(io.LimitReader(o, int64(most)))
			if err == nil {
				return data, nil
			}
		}
	}
	l.forgetStore()
	return nil, fmt.Errorf("cannot fetch %s: %w", name, err)
}

// has reports whether there may be an object: it is false only where the server says so.
func (l *link) has(ctx context.Context, name string) bool {
	s, err := l.objectStore(ctx)
	if err != nil {
		return true
	}
	_, err = s.GetInfo(ctx, name)
	if err != nil {
		l.forgetStore()
	}
	return !errors.Is(err, jetstream.ErrObjectNotFound)
}

// drop removes an object. One that stays is removed by the server in time.
func (l *link) drop(ctx context.Context, name string) {
	if s, err := l.objectStore(ctx); err == nil {
		_ = s.Delete(ctx, name)
	}
}

// message makes a message of data, which goes to an object if it is too large. name is
// the object's.
func (l *link) message(ctx context.Context, subject, name string, data []byte) (*nats.Msg, error) {
	if int64(len(data)) > l.conn.MaxPayload()-payloadSpare {
		return l.messageApart(ctx, subject, name, data)
	}
	m := nats.NewMsg(subject)
	m.Data = data
	return m, nil
}

// messageApart makes a message of data that goes to an object.
func (l *link) messageApart(ctx context.Context, subject, name string, data []byte) (*nats.Msg, error) {
	m := nats.NewMsg(subject)
	m.Header.Set(objectHeader, name)
	return m, l.put(ctx, name, data)
}

// payloadSpare is what headers may take of a message.
const payloadSpare = 1 << 10

// dataOf is what a message holds, or what it names.
func (l *link) dataOf(ctx context.Context, header nats.Header, data []byte) ([]byte, error) {
	if name := header.Get(objectHeader); name != "" {
		return l.get(ctx, name, mostMessage)
	}
	return data, nil
}
