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
//     [github.com/moonwire/moonwire/engine/line/pty] for programs,
//     [github.com/moonwire/moonwire/engine/line/ssh],
//     [github.com/moonwire/moonwire/engine/line/serial] for the ports of this machine,
//     [github.com/moonwire/moonwire/engine/line/rfc2217] for those of console servers,
//     [github.com/moonwire/moonwire/engine/line/via] for what connections go through, and the table of all
//     of them, [github.com/moonwire/moonwire/engine/line/kinds]. Programs and ports share
//     [github.com/moonwire/moonwire/engine/line/device], descriptors that do not block. Any line is
//     tested by [github.com/moonwire/moonwire/engine/line/linetest], proxies by
//     [github.com/moonwire/moonwire/engine/line/via/proxytest].
//   - [github.com/moonwire/moonwire/engine/telnet] takes the telnet protocol apart: data
//     and events in their order, and replies by RFC 1143. It does no I/O.
//   - [github.com/moonwire/moonwire/engine/text] makes of the data the text that a
//     person would see: character sets, and the edits of a terminal's line, which
//     [github.com/moonwire/moonwire/engine/vt] reads out of control sequences. Pure,
//     and streaming.
//   - [github.com/moonwire/moonwire/engine/match] looks for patterns in the text as
//     it comes. Its result never depends on how the network cut the bytes.
//   - [github.com/moonwire/moonwire/engine/patterns] has what a wait looks for: text and
//     events, in compiled lists.
//   - [github.com/moonwire/moonwire/engine/buffer] keeps the text that is unread, with the
//     edits, events and pauses between its bytes.
//   - [github.com/moonwire/moonwire/engine/session] ties them together: one
//     conversation with its buffer, its waits and its writes.
//
// The other way, what is written passes through the session, which knows the host's
// encoding, and the line, which knows its newline and escapes and has one queue that all
// writers share.
//
// # Around it
//
//   - [github.com/moonwire/moonwire/engine/command] knows prompts, echoes and pagers, for
//     commands and their output. Pure.
//   - [github.com/moonwire/moonwire/engine/diagnose] explains why a wait failed.
//   - [github.com/moonwire/moonwire/engine/mask] hides secrets in what is shown, wherever
//     they are cut.
//   - [github.com/moonwire/moonwire/engine/trace] shows a conversation as it happens.
//   - [github.com/moonwire/moonwire/engine/record] keeps it, and plays it back.
//   - [github.com/moonwire/moonwire/engine/terminal] owns the operator's terminal
//     and joins it to a session.
//   - [github.com/moonwire/moonwire/engine/fleet] runs one piece of work on many hosts:
//     inventory, plan, journal, results. It knows no session.
//     [github.com/moonwire/moonwire/engine/fleet/report] makes a page of a run, and
//     [github.com/moonwire/moonwire/engine/fleet/workers] has the work done elsewhere, by a queue
//     of NATS JetStream.
//   - [github.com/moonwire/moonwire/engine/words] splits a command as a shell does, and finds what
//     a misspelt word was meant to be.
//   - [github.com/moonwire/moonwire/engine/demo] is a small telnet host for
//     examples and tests.
//
// # Goroutines
//
// Whoever calls does the work, but for these:
//
//   - the pump of a session reads the line while nobody waits. It starts with the first
//     wait or write and ends with the line; session/pump.go. While a wait is in progress
//     the waiting goroutine may read in its place; session/handover.go.
//   - the flusher of a line writes what a peer did not take at once, and ends when all is
//     out; line/outbox.go. The same goes for the end of our side and for hanging up, which
//     may wait for a peer; line/carrier.go.
//   - a program's end is awaited until it has come, without a thread (but on Windows), and
//     one that does not hang up is killed a second later; line/pty.
//   - a command that a connection goes through has one that reads its standard error, and
//     one that reaps it when it ends; line/via.
//   - a recorder writes its file, from its making to Close; record/recorder.go. A replay's
//     clock starts what is due in virtual time; record/clock.go.
//   - a conversation at the terminal has one that carries keys, one that shows output, and a
//     sender; they end with it; terminal/goroutines.go, sender.go. Signals and the window's
//     size have one each, while somebody follows them.
//   - a fleet has one for each host that runs, and its journal has one; fleet/doc.go.
//   - a task of a Lua script is a goroutine, of which one at a time runs Lua; package
//     luabind says how they take turns.
//
// A session's state is guarded by its lock, which is its line's as well. A function whose
// name ends in Locked is called with the lock of its type. Nothing blocks under it.
//
// # Rules
//
// The pure stages (telnet, text, match, mask, diagnose, patterns, buffer) import nothing of ours but each other and know
// no clock, no goroutine and no socket. A session has one goroutine of its own, the
// pump; everything else runs in the goroutine that calls. Every call that can block
// takes a context. Time comes from the session's Clock, so that a replay can run in
// virtual time.
package engine
