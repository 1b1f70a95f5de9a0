package record

// What terminals answer to questions of programs: where the cursor is, what they are.
// Nobody typed it, and a session answers for itself.

import (
	"bytes"
	"regexp"
	"sync"
)

var reports = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\x1b\[\??\d+;\d+R|\x1b\[[?>=][\d;]*c|\x1b\[\??\d+n|\x1b\[\??[\d;]*\$y|\x1b\[[\d;]+t|\x1b\][\d;]+[^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\`)
})

// withoutReports is what was sent at once, p, without a terminal's reports.
func withoutReports(p []byte) []byte {
	if bytes.IndexByte(p, 0x1b) < 0 {
		return p
	}
	return reports().ReplaceAll(p, nil)
}
