//go:build unix

package cli

import "golang.org/x/sys/unix"

// roomForHosts reports whether as many files may be open as so many hosts at once need.
func roomForHosts(hosts int, recorded bool) error {
	each := 1
	if recorded {
		each = 3
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return nil // no test: then it shows when it happens
	}
	if need := uint64(hosts*each + spareFiles); uint64(limit.Cur) < need {
		return wrong("fleet: %d hosts at once need %d open files, and %d are allowed; lower -at, or raise the limit by ulimit -n", hosts, need, limit.Cur)
	}
	return nil
}

// spareFiles are those that are open beside those of hosts.
const spareFiles = 50
