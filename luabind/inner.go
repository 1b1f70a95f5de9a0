package luabind

import (
	"context"
	"slices"
	"sync"
)

// An innerTasks is the tasks that were started in another one or under a deadline of
// within, and have not ended. What ends the context that they were started in ends them
// too, before anything else goes on: a replay must not depend on who notices first.
type innerTasks struct {
	mu   sync.Mutex
	list []*task // in the order of their numbers
}

func (i *innerTasks) add(t *task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.list = append(i.list, t)
}

func (i *innerTasks) remove(t *task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if at, found := slices.BinarySearchFunc(i.list, t.number, func(have *task, n int) int { return have.number - n }); found {
		i.list = slices.Delete(i.list, at, at+1)
	}
}

// spread cancels those whose beginning was in a context that has been cancelled since. The
// mere return of what started them is no reason. It may be called from anywhere.
func (i *innerTasks) spread() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, t := range i.list { // those that a task has started come after it
		if cause := context.Cause(t.from); cause != nil && cause != context.Canceled {
			t.cancel(cause)
		}
	}
}
