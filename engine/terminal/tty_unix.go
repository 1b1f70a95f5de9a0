//go:build unix

package terminal

const controllingTerminal = "/dev/tty"
