//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package tests

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA
