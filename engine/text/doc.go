// Package text turns what a peer sends, with the telnet commands already
// removed, into the text that scripts see:
//
//   - CR LF becomes "\n", CR NUL becomes "\r" (RFC 854); a CR before anything
//     else stays, so CR CR LF is "\r\n". NULs between are padding and dropped.
//     CR NUL LF is "\n" as well: it does to a terminal what CR LF does, and some
//     servers (inetutils' telnetd) send it where a newline straddles the end of
//     their buffer. Under telnet's BINARY option (RFC 856) NULs are data and stay.
//   - ANSI and VT escape sequences are dropped: CSI, OSC (ended by BEL or ST),
//     DCS, SOS, PM, APC, designations of charsets and the two-byte kind. In
//     the encodings that have the C1 controls (ISO 8859) their eight-bit forms
//     are, too.
//   - The peer's encoding becomes UTF-8. Bytes that are not valid pass as they
//     are, one at a time; the encodings with shift states and those that don't
//     contain ASCII (ISO-2022-JP, HZ, UTF-16, UTF-32, EBCDIC) have U+FFFD
//     instead.
//
// A [View] does that as a stream. What it appends, taken together, depends on
// the bytes alone and never on how they were cut into calls. An [Encoder] is
// the way back, for what a script writes.
//
// A sequence that never ends can not swallow a session: CAN and SUB abort it,
// a second ESC begins a new one, a byte that can't be part of it (a newline in
// a CSI or in a title) ends it and is text, and at a bound ([MaxSequence],
// [MaxString]) it is given up. What is given up has been dropped all the same.
// A letter that follows SS2 or SS3 (ESC N, ESC O) is text, as on a terminal.
//
// Tests whose names begin with TestItem and a number check one line each of the
// list of what a telnet core must get right: 13 is carriage returns, 31 a change
// of the encoding in mid-stream.
//
// The package is pure: no goroutine, no clock, no input or output of its own.
package text
