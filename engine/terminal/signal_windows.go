package terminal

import "errors"

type signalWatch struct{}

func (t *Terminal) startWatchLocked() {}

func (t *Terminal) stopWatchLocked() {}

func (t *Terminal) watchStopsLocked() {}

func (t *Terminal) endStopsLocked() {}

// Suspend stops the program; this system cannot.
func (t *Terminal) Suspend() error { return errors.New("this system can not suspend a program") }
