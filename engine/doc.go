// Package engine is the Go library under moonwire. [Open] opens a session to a host; each
// stage below it is a package of its own, and none of them knows Lua.
//
// # The way of a byte
//
// What a host sends passes through these stages, each of which looks at a byte
// once:
//
//   - [github.com/moonwire/moonwire/engine/dial] reads an address and opens the
//     connection: telnet, TLS, plain TCP, Unix sockets.
//   - [github.com/moonwire/moonwire/engine/line] is what a session talks over: bytes
//     and events in, bytes out. Below it lie the kinds of lines:
//     [github.com/moonwire/moonwire/engine/line/telnet],
//     [github.com/moonwire/moonwire/engine/line/pty] for programs, and the table of all
//     of them, [github.com/moonwire/moonwire/engine/line/kinds].
//   - [github.com/moonwire/moonwire/engine/telnet] takes the telnet protocol apart: data
//     and events in their order, and replies by RFC 1143. It does no I/O.
//   - [github.com/moonwire/moonwire/engine/text] makes of the data the text that a
//     person would see: character sets, and the edits of a terminal's line, which
//     [github.com/moonwire/moonwire/engine/vt] reads out of control sequences. Pure,
//     and streaming.
//   - [github.com/moonwire/moonwire/engine/match] looks for patterns in the text as
//     it comes. Its result never depends on how the network cut the bytes.
//   - [github.com/moonwire/moonwire/engine/session] ties them together: one
//     conversation with its buffer, its waits and its writes.
//
// The other way, what is written passes through the session, which knows the host's
// encoding, and the line, which knows its newline and escapes and has one queue that all
// writers share.
//
// # Around it
//
//   - [github.com/moonwire/moonwire/engine/diagnose] explains why a wait failed.
//   - [github.com/moonwire/moonwire/engine/mask] hides secrets in what is shown, wherever
//     they are cut.
//   - [github.com/moonwire/moonwire/engine/trace] shows a conversation as it happens.
//   - [github.com/moonwire/moonwire/engine/record] keeps it, and plays it back.
//   - [github.com/moonwire/moonwire/engine/terminal] owns the operator's terminal
//     and joins it to a session.
//   - [github.com/moonwire/moonwire/engine/demo] is a small telnet host for
//     examples and tests.
//
// # Rules
//
// The pure stages (telnet, text, match, mask, diagnose) import nothing of ours and know
// no clock, no goroutine and no socket. A session has one goroutine of its own, the
// pump; everything else runs in the goroutine that calls. Every call that can block
// takes a context. Time comes from the session's Clock, so that a replay can run in
// virtual time.
package engine
