package terminal

// The modes of the terminal and the way back from them. The modes found are
// kept until the last mode entered has been left; every change is made with
// what is typed and not read yet left in place.

import "sync"

// Mode is how the terminal treats keys and output.
type Mode uint8

const (
	// Found is the terminal as it was found, usually with echo, whole lines
	// and the interrupt keys.
	Found Mode = iota
	// Edit gives each key as it is typed, without echo; "\n" in the output
	// still starts a new line. For line editing and password prompts.
	Edit
	// Raw passes every byte through in both directions.
	Raw
)

// A Lease is a mode that was entered.
type Lease struct {
	t     *Terminal
	depth int
	once  sync.Once
	err   error
}

// Enter puts the terminal in mode m until the Lease is left. Leases are left
// in the reverse order of their entering. Where the input is no terminal the
// Lease changes nothing.
func (t *Terminal) Enter(m Mode) (*Lease, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.inTTY {
		return &Lease{depth: -1}, nil
	}
	if len(t.stack) == 0 {
		s, err := getState(t.cfg.In)
		if err != nil {
			return nil, err
		}
		t.saved = s
		t.startWatchLocked()
	}
	t.stack = append(t.stack, m)
	if err := t.applyLocked(); err != nil {
		t.stack = t.stack[:len(t.stack)-1]
		_ = t.leaveLocked()
		return nil, err
	}
	return &Lease{t: t, depth: len(t.stack) - 1}, nil
}

// Mode returns the mode that the terminal is in.
func (t *Terminal) Mode() Mode {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fatal || len(t.stack) == 0 {
		return Found
	}
	return t.stack[len(t.stack)-1]
}

// Leave restores the mode before the Lease's; further calls do nothing.
func (l *Lease) Leave() error {
	l.once.Do(func() {
		if l.t == nil {
			return
		}
		l.t.mu.Lock()
		defer l.t.mu.Unlock()
		if l.depth < len(l.t.stack) {
			l.t.stack = l.t.stack[:l.depth]
			l.err = l.t.leaveLocked()
		}
	})
	return l.err
}

// leaveLocked applies what is left of the stack.
func (t *Terminal) leaveLocked() error {
	if len(t.stack) > 0 {
		return t.applyLocked()
	}
	err := t.restoreLocked()
	t.stopWatchLocked()
	t.watchStopsLocked()
	t.saved = nil
	return err
}

// applyLocked makes the terminal's mode that of the innermost Lease.
func (t *Terminal) applyLocked() error {
	if t.fatal || len(t.stack) == 0 {
		return nil
	}
	m := t.stack[len(t.stack)-1]
	err := setState(t.cfg.In, t.saved.in(m))
	t.input.setRaw(m != Found)
	return err
}

// restoreLocked puts the terminal back as it was found.
func (t *Terminal) restoreLocked() error {
	if t.saved == nil {
		return nil
	}
	err := setState(t.cfg.In, t.saved)
	t.input.setRaw(false)
	return err
}

// Pause puts the terminal as it was found until the function that it returns
// is called: for a program of somebody else's that takes the terminal over, or
// for output in lines in the middle of a raw conversation.
func (t *Terminal) Pause() (resume func() error, err error) {
	l, err := t.Enter(Found)
	if err != nil {
		return nil, err
	}
	return l.Leave, nil
}

// ending restores the terminal on a way out that ends the program, unless it
// turns out to be none.
func (t *Terminal) ending(ends func() bool) {
	t.mu.Lock()
	t.fatal = true
	_ = t.restoreLocked()
	t.mu.Unlock()
	t.undoLeft()
	if !ends() {
		t.mu.Lock()
		t.fatal = false
		_ = t.applyLocked()
		t.mu.Unlock()
	}
}
