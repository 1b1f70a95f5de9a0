//go:build !unix

package ssh

// closedToOthers has nothing to look at here.
func closedToOthers(string) error { return nil }
