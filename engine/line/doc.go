// Package line is what a session talks over: a telnet connection, a plain socket, a
// program on a terminal.
//
// A [Line] turns the bytes that come into items, in order: data, events, questions. It
// turns text that is written into bytes, and says how the conversation ended. Most of
// that is the same for every line and lies in a [Carrier], which a line embeds: the
// connection with the layers over it (TLS, compression) in one direction, and the queue
// of bytes that wait to go out in the other.
//
// What only some lines can do, they offer by small interfaces beside: [Windowed],
// [Breaker], [Negotiator], [Fencer], [KeepAliver], [Securer], [Stopper], [Program]. A
// session asks what a line can do, never of which kind it is.
//
// # To add a line
//
// Make a type that embeds *Carrier over a net.Conn; write Next, WriteText, WriteData and
// Newline, or embed [Bytes] for a line without commands of its own; run
// [github.com/moonwire/moonwire/engine/line/linetest] on it; add its scheme to the table
// of package kinds.
//
// # The lock
//
// A line has no lock of its own. It is used under its [Owner]'s: every method is called
// with that lock held, but for those that say otherwise, which are the ones that block.
// Where a line has to block it gives the lock up.
package line
