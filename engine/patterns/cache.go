package patterns

import (
	"encoding/binary"
	"sync"
)

// maxLists bounds a Cache. A compiled list takes some 20 KiB and grows, with what
// its automaton learns of the text, to a few MiB.
const maxLists = 256

// Cache keeps compiled lists of patterns by what is in them, so that a wait in a
// loop compiles once. Sessions of one script share one. The zero value is ready for use, by any
// number of goroutines.
type Cache struct {
	mu       sync.Mutex
	lists    map[string]*List
	literals map[string]*List // lists of one Exact pattern, by its text
	key      []byte
}

// Compile is the function [Compile], but gives what was compiled before for a list
// that is known. Errors are not kept.
func (c *Cache) Compile(list []Pattern) (*List, error) { return c.compile(list, false) }

// CompileListed is the function [CompileListed] in the same way.
func (c *Cache) CompileListed(list []Pattern) (*List, error) { return c.compile(list, true) }

func (c *Cache) compile(list []Pattern, listed bool) (*List, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = c.key[:0]
	if listed {
		c.key = append(c.key, 1)
	}
	for _, p := range list {
		c.key = append(c.key, byte(p.Kind)+2)
		for _, s := range [...]string{p.Source, p.Flags} {
			c.key = append(binary.AppendUvarint(c.key, uint64(len(s))), s...)
		}
	}
	if p := c.lists[string(c.key)]; p != nil {
		return p, nil
	}
	p, err := compile(append([]Pattern(nil), list...), listed)
	if err != nil {
		return nil, err
	}
	if c.lists == nil || len(c.lists) >= maxLists {
		c.lists = make(map[string]*List)
	}
	c.lists[string(c.key)] = p
	return p, nil
}

// Literal returns a list of one Exact pattern.
func (c *Cache) Literal(text string) (*List, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.literals[text]; p != nil {
		return p, nil
	}
	p, err := compile([]Pattern{{Kind: Exact, Source: text}}, false)
	if err != nil {
		return nil, err
	}
	if c.literals == nil || len(c.literals) >= maxLists {
		c.literals = make(map[string]*List)
	}
	c.literals[text] = p
	return p, nil
}
