//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind"
)

// errRested ends the call by which a task tells that it has logged in.
var errRested = errors.New("rested")

// taskLogins is logins by the tasks of one script: the first of n calls starts it, and each
// stands for one of its tasks.
func taskLogins(cache *session.Cache, n int, host, port string) func(ctx context.Context, begun func(), rest <-chan struct{}) error {
	type slot struct {
		begun func()
		rest  <-chan struct{}
		done  chan error
	}
	slots := make(chan slot, n)
	var once sync.Once
	return func(ctx context.Context, begun func(), rest <-chan struct{}) error {
		mine := slot{begun, rest, make(chan error, 1)}
		slots <- mine
		once.Do(func() {
			go func() {
				in := luabind.New(luabind.Config{Patterns: cache, Dial: func(ctx context.Context, a dial.Address, o dial.Options) (dial.Conn, error) {
					if a.Host != "rest" {
						return dial.Dial(ctx, a, o)
					}
					s := <-slots // this task has logged in
					s.begun()
					<-s.rest
					s.done <- nil
					return nil, errRested
				}})
				err := in.Run(ctx, fmt.Appendf(nil, `
					local function login(...) %s end
					local list = {}
					for i = 1, %d do list[i] = i end
					local function each() login(%q, %q) pcall(connect, "tcp://rest:1") end
					for _, r in ipairs(parallel(list, each, { limit = %d })) do if not r.ok then error(r.error) end end`,
					luaScript, n, host, port, n), "tasks")
				err = errors.Join(err, in.Close())
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
