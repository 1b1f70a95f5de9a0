//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/luabind"
)

// errRested ends the call by which a task tells that it has logged in, and at the end the
// script.
var errRested = errors.New("rested")

// taskLogins is logins by the tasks of one script: the first of n calls starts it, and each
// stands for one of its tasks, which waits for its host when it has logged in.
func taskLogins(cache *patterns.Cache, n int, host, port string) func(ctx context.Context, begun func(), rest <-chan struct{}) error {
	type slot struct {
		begun func()
		rest  <-chan struct{}
		done  chan error
	}
	slots := make(chan slot, n)
	var mu sync.Mutex
	var resting []slot // their tasks have logged in
	var once sync.Once
	return func(ctx context.Context, begun func(), rest <-chan struct{}) error {
		mine := slot{begun, rest, make(chan error, 1)}
		slots <- mine
		once.Do(func() {
			go func() {
				ctx, cancel := context.WithCancelCause(ctx)
				in := luabind.New(luabind.Config{Patterns: cache, Dial: func(ctx context.Context, a dial.Address, o dial.Options) (dial.Conn, error) {
					if a.Host != "rest" {
						return dial.Dial(ctx, a, o)
					}
					s := <-slots // this task has logged in
					s.begun()
					mu.Lock()
					defer mu.Unlock()
					if resting = append(resting, s); len(resting) == 1 {
						go func() {
							<-s.rest
							cancel(errRested)
						}()
					}
					return nil, errRested
				}})
				err := in.Run(ctx, fmt.Appendf(nil, `
					local function login(...) %s pcall(connect, "tcp://rest:1") s:read_until("never", 3600) end
					local list = {}
					for i = 1, %d do list[i] = i end
					local function each() login(%q, %q) end
					for _, r in ipairs(parallel(list, each, { limit = %d })) do error(r.error or "no rest") end`,
					luaScript, n, host, port, n), "tasks")
				err = errors.Join(err, in.Close())
				for _, s := range resting {
					s.done <- nil
				}
				for range n {
					select {
					case s := <-slots:
						s.begun()
						s.done <- errors.Join(err, errors.New("of "+strconv.Itoa(n)+" tasks this one came to nothing"))
					default:
					}
				}
			}()
		})
		return <-mine.done
	}
}
