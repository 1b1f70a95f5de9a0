// Package ssh is the line to a host that speaks ssh: a shell or a command there, on a
// terminal or without one.
//
// [Open] makes a [Line]. On the way it reads ssh_config (config.go), opens the
// connection, checks the host's key against known_hosts (hostkey.go) and logs in
// (auth.go). What only a person or a script can know is asked by [Config.Ask]. Lines to
// the same host share a connection if they are given the same [Pool] (pool.go). [Jump]
// makes a connection the way to others.
//
// # Goroutines
//
// golang.org/x/crypto/ssh has some for each connection. Each channel has three more, which
// end with it: one reads each of its two streams into a [stream], one serves the requests
// of the host, for the library stops the whole connection while sixteen of them lie
// unserved. What is to be sent beside the text, such as a new window, has a goroutine
// while it is on its way (stream.go).
package ssh

import (
	"context"
	"net"
	"time"
)

// Config says how to log in, and what to run.
type Config struct {
	User       string
	Password   string
	Keys       []string // files of private keys, or the keys themselves
	Passphrase string   // of the keys
	Agent      Choice   // whether the keys of an agent are tried
	KnownHosts string   // a file in the place of the usual ones
	HostKey    string   // "" asks for unknown keys, AcceptNew adds them, "SHA256:..." is the key's fingerprint
	Legacy     []string // algorithms to allow that are not safe; LegacyAll is all
	File       string   // ssh_config, "" is the user's and the system's
	NoFile     bool     // no ssh_config is read

	System        bool   // the system's ssh is driven in place of the library, see SystemArgs
	Command       string // what to run; "" is a shell
	Pty           Choice // whether it runs on a terminal; without a word it does
	Terminal      string // the terminal's name
	Columns, Rows int
	Env           []string // variables to set there, as "NAME=value"

	// Ask asks what Config does not say. It is called in the goroutine that calls Open.
	// ErrNobody says that there is nobody to ask; a nil Ask always says so.
	Ask func(ctx context.Context, q Question) (answer string, err error)
	// Asker tells functions Ask apart: a connection is shared only where it is the same.
	Asker any
	// Timeout bounds the connection, the handshake and the login together. The time that
	// an answer takes does not count. 0 is no bound but the context's.
	Timeout time.Duration
	// Dial opens the connection; nil does it directly.
	Dial Dial
	// Route names what Dial goes through: a connection is shared only where it is the same.
	Route string
	// Pool shares connections; nil shares none.
	Pool *Pool
	// Home is the directory of the user that the files are in; "" is the system's word.
	Home string
	// LookupEnv looks a variable up; nil is os.LookupEnv.
	LookupEnv func(name string) (value string, ok bool)
}

// A Dial opens a connection.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Choice is yes, no, or nothing said.
type Choice uint8

// The choices.
const (
	Unsaid Choice = iota
	Yes
	No
)

// AcceptNew is the HostKey by which unknown keys are added to known_hosts. A key that is
// not the one which is known is refused all the same.
const AcceptNew = "accept-new"

// LegacyAll as the only word of Config.Legacy allows every algorithm that there is.
const LegacyAll = "all"

// Kind says what a Question is about.
type Kind uint8

// The kinds of questions.
const (
	HostKey     Kind = iota // whether an unknown key is the host's: "yes", or its fingerprint
	Password                // the user's password
	Passphrase              // that of a key
	Interactive             // the host's own question (keyboard-interactive)
)

// A Question is asked while a connection is made.
type Question struct {
	Kind              Kind
	Text              string // ends as a prompt does
	Echo              bool   // the answer may be seen
	Name, Instruction string // of Interactive, what the host says beside
}
