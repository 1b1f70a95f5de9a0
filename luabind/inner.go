package luabind

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// An innerTasks is the tasks that were started in another one, or under a deadline of
// within, and have not ended: by what started them, which is nil for the script itself. What
// ends the context that they were started in ends them too, before anything else goes on: a
// replay must not depend on who notices first.
type innerTasks struct {
	mu sync.Mutex
	of map[*task]map[*task]struct{}
}

func (i *innerTasks) add(t *task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	of := i.of[t.parent]
	if of == nil {
		if i.of == nil {
			i.of = make(map[*task]map[*task]struct{})
		}
		of = make(map[*task]struct{})
		i.of[t.parent] = of
	}
	of[t] = struct{}{}
}

// remove forgets a task that has ended, and what it has started: that goes on.
func (i *innerTasks) remove(t *task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.of, t)
	of := i.of[t.parent]
	delete(of, t)
	if len(of) == 0 {
		delete(i.of, t.parent)
	}
}

// spread cancels those tasks of parent whose beginning was in a context that has been
// cancelled since, and theirs. The mere return of what started them is no reason. It may be
// called from anywhere.
func (i *innerTasks) spread(parent *task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.spreadLocked(parent)
}

func (i *innerTasks) spreadLocked(parent *task) {
	inOrder := func(a, b *task) int { return a.number - b.number }
	for _, t := range slices.SortedFunc(maps.Keys(i.of[parent]), inOrder) {
		if cause := context.Cause(t.from); cause != nil && cause != context.Canceled {
			t.cancel(cause)
			i.spreadLocked(t)
		}
	}
}

// innerParent is the task that runs, nil for the script itself.
func (in *Interp) innerParent() *task {
	if t := in.currentTask(); t != nil && t.number > 0 {
		return t
	}
	return nil
}
