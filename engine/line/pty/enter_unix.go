//go:build unix

package pty

import "golang.org/x/sys/unix"

// mayEnter reports whether a program may have a directory for its own.
func mayEnter(dir string) bool { return unix.Access(dir, unix.X_OK) == nil }
