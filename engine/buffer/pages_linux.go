package buffer

import (
	"os"
	"syscall"
	"unsafe"
)

// hugePage is the size of a huge page on most machines, and a multiple of the
// usual pages' size on all.
const hugePage = 2 << 20

// populateWrite is Linux's MADV_POPULATE_WRITE (5.14).
const populateWrite = 23

// useHugePages asks that memory which is going to be filled comes in huge pages:
// most of what a flood costs is else the touching of page after page.
func useHugePages(p []byte) {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	skip := -at % uintptr(os.Getpagesize())
	if len(p) < 2*hugePage {
		return
	}
	p = p[skip:]
	// It is a wish: a system that has no huge pages refuses it, and nothing is lost.
	_ = syscall.Madvise(p[:len(p)&^(hugePage-1)], syscall.MADV_HUGEPAGE)
}

// canMakeReady tells that makeReady does something.
const canMakeReady = true

// makeReady has the system give the memory of p at once, not page by page as it is
// written to. What p holds stays as it is, whoever writes to it meanwhile.
func makeReady(p []byte) {
	page := uintptr(os.Getpagesize())
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(p))) % page
	if n := uintptr(len(p)); n > skip+page {
		// It is a wish as well: an older system says EINVAL, and the page comes when it is written to.
		_ = syscall.Madvise(p[skip:n-(n-skip)%page], populateWrite)
	}
}
