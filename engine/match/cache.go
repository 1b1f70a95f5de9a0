package match

import (
	"container/list"
	"encoding/binary"
	"sync"
)

// Cache keeps the Sets of the lists compiled last, with what their automata have
// learned, so that a wait in a loop compiles once. It is made with [NewCache] and
// may be used by many goroutines at once.
type Cache struct {
	mu   sync.Mutex
	size int
	sets map[string]*list.Element
	used list.List // of *cached, the one used last first
	key  []byte
}

type cached struct {
	key string
	set *Set
}

// NewCache returns a Cache of at most size Sets, and at least one. A Set
// takes as much memory as its texts make it: up to about 4 MiB for its automaton, and
// for that of each pattern whose matches' starts have to be looked for.
func NewCache(size int) *Cache {
	return &Cache{size: max(size, 1), sets: map[string]*list.Element{}}
}

// Compile is the function [Compile], but for a list that is kept gives the Set
// made before. Errors are not kept.
func (c *Cache) Compile(patterns []Pattern) (*Set, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = appendList(c.key[:0], patterns)
	if e := c.sets[string(c.key)]; e != nil {
		c.used.MoveToFront(e)
		return e.Value.(*cached).set, nil
	}
	set, err := Compile(patterns)
	if err != nil {
		return nil, err
	}
	if c.used.Len() >= c.size {
		last := c.used.Back()
		delete(c.sets, last.Value.(*cached).key)
		c.used.Remove(last)
	}
	n := &cached{key: string(c.key), set: set}
	c.sets[n.key] = c.used.PushFront(n)
	return set, nil
}

// appendList appends what tells a list from any other.
func appendList(key []byte, patterns []Pattern) []byte {
	for _, p := range patterns {
		key = append(key, byte(p.Kind), byte(p.Event))
		for _, s := range [...]string{p.Source, p.Flags} {
			key = binary.AppendUvarint(key, uint64(len(s)))
			key = append(key, s...)
		}
	}
	return key
}
