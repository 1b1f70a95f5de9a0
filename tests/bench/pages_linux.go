package main

import "syscall"

// hugePages is a wish, which makes touching p quick.
func hugePages(p []byte) { _ = syscall.Madvise(p, syscall.MADV_HUGEPAGE) }
