package session

import (
	"context"
	"time"
)

// Clock is the time that a session lives in. Real sessions have [RealClock]; a
// replay gives one that jumps over the pauses in which nothing happens.
type Clock interface {
	// Now is the present time.
	Now() time.Time
	// Wait blocks until wake has a value (which it takes), until has come, or
	// ctx is done. The zero time never comes. It returns the context's cause if
	// ctx is done, else nil: the caller looks for itself which it was. wake is
	// buffered. A clock that knows that nothing will ever happen may return an
	// error of its own, unless ctx is Patient.
	Wait(ctx context.Context, wake <-chan struct{}, until time.Time) error
	// Go runs f in a goroutine of its own. A clock that jumps does not do so
	// while f runs, but only while it blocks in Wait with the context that f is
	// given, or in a Read of a connection that belongs to the clock.
	Go(f func(ctx context.Context))
	// AfterFunc calls f in a goroutine of its own after d, unless stop is
	// called before.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// RealClock is the machine's time.
type RealClock struct{}

// Now implements Clock.
func (RealClock) Now() time.Time { return time.Now() }

// Wait implements Clock.
func (RealClock) Wait(ctx context.Context, wake <-chan struct{}, until time.Time) error {
	select { // what has happened already needs no timer
	case <-wake:
		return nil
	default:
	}
	var strikes <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		strikes = timer.C
	}
	select {
	case <-wake:
		return nil
	case <-strikes:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Go implements Clock.
func (RealClock) Go(f func(ctx context.Context)) { go f(context.Background()) }

// AfterFunc implements Clock.
func (RealClock) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

type patient struct{}

// Patient marks a Wait that may be ended by what no clock can foresee: an operator
// at a terminal.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patient{}, true) }

// IsPatient reports whether a context was marked by Patient.
func IsPatient(ctx context.Context) bool { return ctx.Value(patient{}) != nil }

type task struct{}

// Task marks the context of a script's goroutine that is one of several: what a clock
// that jumps ends where nothing can happen any more is its wait, not only the first's.
func Task(ctx context.Context) context.Context { return context.WithValue(ctx, task{}, true) }

// IsTask reports whether a context was marked by Task.
func IsTask(ctx context.Context) bool { return ctx.Value(task{}) != nil }
