package linetest

import "sync"

// An Owner owns a line and does nothing: for tests that look at the line alone.
type Owner struct{ sync.Mutex }

// Moved implements line.Owner.
func (*Owner) Moved() {}

// Sending implements line.Owner.
func (*Owner) Sending() {}

// Queued implements line.Owner.
func (*Owner) Queued([]byte) {}

// Observed implements line.Owner.
func (*Owner) Observed() bool { return false }

// Dry implements line.Owner.
func (*Owner) Dry(int) {}

// Wait implements line.Owner.
func (*Owner) Wait() {}
