// Package telnet is a telnet codec without input or output: bytes go in, data
// and events come out in their order, and the replies that the protocol asks
// for wait to be taken. It opens nothing, waits for nothing, reads no clock
// and starts no goroutine, so that it can be run by a live connection, a
// recording or a table of bytes alike.
//
// # A tour
//
// A [Codec] serves one connection, in the [Role] of client or server, and is
// used from one goroutine at a time. [Codec.Next] takes the bytes that came
// and returns the next [Event] with the number of bytes it used:
//
//	for {
//		event, n := codec.Next(in)
//		in = in[n:]
//		switch event.Kind {
//		case telnet.None: // all of in is used up
//			return
//		case telnet.Data: // event.Data, a part of in
//		case telnet.Request: // WILL, WONT, DO or DONT: codec.Decide may speak
//		case telnet.Changed: // an option went on or off at this very place
//		...
//		}
//	}
//
// What the codec has to say collects in a bounded buffer, which
// [Codec.AppendOutput] empties; the caller sends it, whole, before or after
// any data of its own. Outgoing data is encoded by [Codec.AppendData] or
// [Codec.AppendText].
//
// # Options
//
// Options are negotiated by the method of RFC 1143, for both sides, so that no
// peer can make the codec loop. Whether a request is granted is decided, in
// this order, by [Codec.Decide], by [Config.Policies], and by the defaults of
// the role: see [Config]. Each [Event] of kind [Request] and [Sent] carries a
// Reason that says which it was. [Codec.Ask] asks for an option,
// [Codec.Subnegotiate] sends a subnegotiation.
//
// The codec answers by itself what has a standard answer: TTYPE (RFC 1091),
// NAWS (RFC 1073), TSPEED (RFC 1079), XDISPLOC (RFC 1096), NEW-ENVIRON and
// OLD-ENVIRON (RFC 1572, RFC 1408), CHARSET (RFC 2066), STATUS (RFC 859),
// TIMING-MARK (RFC 860), LINEMODE's MODE (RFC 1184), START-TLS. Everything
// else is reported and left to the caller, GMCP and its kin among them.
//
// LINEMODE is refused: servers then fall back to SGA and ECHO, a character at a
// time, which is what a script drives them by, while LINEMODE would have the
// client edit lines and turn characters into signals. Where Policies or Decide
// grant it nevertheless, a MODE is acknowledged as it stands, a FORWARDMASK is
// refused, and SLC is not answered, however long it is.
//
// LOGOUT (RFC 727) and TIMING-MARK have no state: each request is answered. A
// LOGOUT that is granted is told by a Changed event, upon which the caller closes
// the connection.
//
// A server answers AYT, visibly as RFC 854 has it: "[Yes]". A client does not,
// since what it sent would be taken for input typed by its user.
//
// # Layers
//
// Two options change what the bytes are from some byte on: MCCP2 compresses them
// (event [Compress], see [Inflater]), and START-TLS encrypts them (event
// [Secure]). Next stops right there, and the caller changes what it reads from.
// By CHARSET ([CharsetChanged]) and BINARY ([Changed]) the bytes stay bytes, and
// the events stand at the byte from which they mean something else.
//
// # Bounds
//
// Nothing a peer sends makes the codec grow beyond fixed bounds. The payload of
// a subnegotiation is kept up to 64 KiB; beyond it is discarded, up to IAC SE
// or another command, but for no more than 1 MiB, so that a peer which never
// ends one does not silence the session for ever. Replies that nobody takes are
// kept up to 64 KiB, and over time no more than 16 bytes are replied for each
// byte received; what goes beyond is dropped and counted ([Codec.Dropped]).
//
// # Numbers in the tests
//
// Tests whose names begin with TestItem and a number check one line each of the
// list of what a telnet core must get right: 1 to 9 negotiation, 10 to 20
// framing, 21 to 24 what goes out, 25 to 29 hostile peers, 30 to 34 SYNCH and
// single options, 35 and 36 how connections begin and end. So do the wires in
// testdata, and the tests of the packages that have a part in it: text, session, dial.
package telnet
