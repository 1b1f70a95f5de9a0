package rfc2217

import "sync"

// An opener owns a line while its port is being set: nobody waits, nobody watches.
type opener struct{ sync.Mutex }

// Moved implements line.Owner.
func (*opener) Moved() {}

// Sending implements line.Owner.
func (*opener) Sending() {}

// Queued implements line.Owner.
func (*opener) Queued([]byte) {}

// Observed implements line.Owner.
func (*opener) Observed() bool { return false }

// Dry implements line.Owner.
func (*opener) Dry(int) {}

// Wait implements line.Owner. Nothing is laid over the connection while it is opened.
func (*opener) Wait() {}
