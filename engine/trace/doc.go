// Package trace shows people what happens on sessions: a [Tracer] prints the
// dialogue and the decisions behind it as it happens, a [Log] keeps the text that a
// user would have seen, and an [EchoGuard] tells when a peer shows a secret. All are
// taps, see [session.Tap].
//
// # The format of a trace
//
// Every line is for itself:
//
//	TIME SESSION DIRECTION WHAT
//
// TIME is 15:04:05.000, the session's own time. SESSION is its name; a name with
// blanks in it is quoted. DIRECTION is "<" for what came from the peer, ">" for
// what went to it, and "=" for what moonwire decided or noticed. What a script
// caused ends with its place, "(login.lua:3)". A text is quoted, with its control
// characters escaped as in Lua; of a long one the middle is left out and counted:
//
//	12:00:00.000 demo:// = connected to demo://
//	12:00:00.012 demo:// < "login: "
//	12:00:00.013 demo:// > "brandon\n" (login.lua:4)
//	12:00:00.020 demo:// > "<secret password>\n" (login.lua:6)
//	12:00:00.100 demo:// < "first of it" ... 14000 bytes ... "and the last"
//	12:00:00.200 demo:// < ... 1200 lines, 90000 bytes left out
//	12:00:00.300 demo:// > typed 5 bytes
//	12:00:00.400 demo:// = closed by the peer
//
// The peer's text is shown line by line, a line without an end when the peer pauses
// (100 ms), the script writes, or a wait ends. Of a flood the first 20 lines of each
// second are shown and the last 4. What is typed at a terminal that is joined to the
// session is counted and not shown: it may be a password, and the peer echoes the
// rest. (The bytes of [Bytes] have it.)
//
// [Decisions] adds the negotiation of options, each answer with who decided it
// (default, options, hook, or the rule of the protocol), and the waits:
//
//	12:00:00.001 demo:// < DO TTYPE
//	12:00:00.001 demo:// > WILL TTYPE (default)
//	12:00:00.001 demo:// = our TTYPE on
//	12:00:00.002 demo:// < SB TTYPE "\x01"
//	12:00:00.002 demo:// > SB TTYPE "\0vt100" (standard answer)
//	12:00:00.003 demo:// = peer ECHO on
//	12:00:00.010 demo:// = wait expect {"Login incorrect", "[$#] $"} for 10 s (login.lua:7)
//	12:00:00.010 demo:// = note pattern 2 "[$#]*" can match the empty text
//	12:00:00.130 demo:// = match 2 "[$#] $" got "$ ", settled: quiet for 0.1 s, after 0.120 s (login.lua:7)
//	12:00:09.000 demo:// = timeout of read_until after 5.000 s (login.lua:9)
//
// The rules of a match are "decided" (no further byte could have changed it),
// "settled" (the peer paused while more could have changed it), "closed" (the peer
// closed) and "timeout" (time was up, and it was the best so far).
//
// [Bytes] adds the bytes of the connection, below telnet and above TLS, sixteen to a
// line, secrets hidden:
//
//	12:00:00.001 demo:// < hex ff fd 18
//	12:00:00.020 demo:// > hex <secret password> 0d 0a
//	12:00:00.030 demo:// < hex ... 65536 bytes left out
//
// # Secrets
//
// Every secret that a script has asked for is hidden in all of this, however the
// stream is cut: bytes that may be the beginning of one are held back until they
// cannot be. What the script itself reads is never changed.
package trace
