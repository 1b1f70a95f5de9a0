//go:build darwin || freebsd

package pty

import "syscall"

// A watcher learns when a program has ended.
type watcher struct{}

func newWatcher() *watcher { return &watcher{} }

// attributes adds what the start of the program has to know: nothing.
func (*watcher) attributes(a *syscall.SysProcAttr) *syscall.SysProcAttr { return a }

// until returns when ended reports true.
func (*watcher) until(ended func() bool) { bySignals(ended) }
