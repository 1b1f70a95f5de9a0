package terminal

import "context"

// Peer is the conversation that Interact joins the terminal to. Interact calls
// Output and Consume from one goroutine and the other methods from another, or
// from the same.
type Peer interface {
	// Output waits until the peer has sent something that nobody has taken
	// and returns it as it came, with nothing removed but the telnet commands:
	// what was there before Interact first. The bytes are valid until
	// the next call and stay with the peer until they are consumed. After the
	// last of them it returns io.EOF, and ctx's error when ctx is done.
	Output(ctx context.Context) ([]byte, error)
	// Consume takes the first n bytes of what Output returned last.
	Consume(n int)

	// Write sends keys as text under the conversation's newline rules: "\n"
	// is its newline, "\r" alone the Enter key of a terminal. It waits while
	// the peer takes nothing, until ctx is done.
	Write(ctx context.Context, p []byte) error
	// CloseWrite tells the peer that nothing more will be sent. What it sends
	// still arrives.
	CloseWrite() error

	// Command sends the telnet command of that name, such as "AYT".
	Command(name string) error
	// Resize tells the peer the size of the window, if it wants to know.
	Resize(columns, rows int)
	// Echo reports whether the peer shows what it is sent.
	Echo() bool
	// Lines reports whether the peer takes whole lines: it neither echoes nor
	// has it agreed to work character by character (SGA, RFC 858).
	Lines() bool
	// Telnet reports whether the peer speaks telnet, where the end of the
	// input is usually taken for the end of the conversation.
	Telnet() bool
	// Calls receives when Serve has something to do that belongs to the
	// goroutine that Interact was called on, such as a script's hooks.
	Calls() <-chan struct{}
	// Serve does it.
	Serve(ctx context.Context) error
	// Status describes the options in force, a line each.
	Status() []string
}
