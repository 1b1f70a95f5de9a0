// Package record writes sessions to files and plays them back: at a terminal, as a
// telnet host, or to a script, in virtual time.
//
// A [Recorder] is a tap of one or more sessions. [Open] reads what it wrote, and
// what asciinema wrote. A [Clock] and its [Conn]s are a recording as the peer of a
// live session, with its bytes cut as one likes ([Cuts]); a [Host] serves it to any
// telnet client.
//
// # The format
//
// A recording is an asciicast file, version 2: a line of JSON for the header, then
// one line for each event, [time, code, data], where time is in seconds since the
// beginning and data is a string. asciinema and its kin play it: they show the
// events "o" and pass over codes that they do not know. The header's member
// "moonwire" holds the version of what is described here.
//
//	o  bytes that the peer sent, which are UTF-8: to be shown
//	=  bytes that the peer sent, which the event "o" after this one shows as UTF-8;
//	   that event itself stands for no bytes
//	<  bytes that the peer sent and that are not to be shown: telnet commands
//	i  bytes that we sent, which are UTF-8
//	>  other bytes that we sent
//	r  the window's size from now on, "80x24"
//	m  a mark: the script's place, and the wait or the write that begins there
//	w  the end of a wait, a JSON object: where, op, index, rule, seconds, matched
//	n  a telnet option's event
//	e  what the line told beside its bytes: "echo off", "echo on", "window 80x24",
//	   "exit 3", "signal TERM"
//	S  a session begins, a JSON object: session, name, address, telnet, encoding
//	@  the events that follow are those of the session with that number
//	x  the connection has ended; data says how
//
// In "=", "<" and ">" a byte is the character of that number, U+0000 to U+00FF.
// The events "o" without a "=" before them, "=" and "<" of a session, put together
// in their order, are the bytes that came, exactly; "i" and ">" those that went.
// They are the bytes within TLS and after decompression, and the announcement of a
// compression or of TLS in mid-stream is left out.
//
// Secrets are replaced by "<secret NAME>". Bytes that may be the beginning of one
// wait in memory, with what comes after them, until that is decided; everything
// else is in the file as soon as the system takes it, so a script that is killed
// leaves whole lines.
package record

// formatVersion is the version of moonwire's own part of the format.
const formatVersion = 1
