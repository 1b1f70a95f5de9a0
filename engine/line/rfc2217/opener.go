package rfc2217

import "sync"

// An opener owns a line while its port is being set: nobody watches.
type opener struct {
	sync.Mutex
	moved *sync.Cond
}

func newOpener() *opener {
	o := &opener{}
	o.moved = sync.NewCond(o)
	return o
}

// Moved implements line.Owner.
func (o *opener) Moved() { o.moved.Broadcast() }

// Sending implements line.Owner.
func (*opener) Sending() {}

// Queued implements line.Owner.
func (*opener) Queued([]byte) {}

// Observed implements line.Owner.
func (*opener) Observed() bool { return false }

// Dry implements line.Owner.
func (*opener) Dry(int) {}

// Wait implements line.Owner.
func (o *opener) Wait() { o.moved.Wait() }
