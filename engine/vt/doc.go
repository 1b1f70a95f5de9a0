// Package vt takes terminal control sequences apart: escape sequences, control
// sequences (CSI) and control strings (OSC, DCS, SOS, PM, APC) as ECMA-48 (ISO
// 6429), section 5, defines them, and what terminals do beyond it.
//
// A [Parser] is fed the bytes behind an introducer, in pieces of any size, and says
// where the sequence ends and what it is. It knows nothing of text: its caller looks
// for ESC, or for the eight-bit controls of its encoding, and decides what a sequence
// does. [Strip] is for callers that want none of them.
//
// A sequence that never ends cannot swallow a stream. CAN and SUB abort it, a second
// ESC begins a new one, a byte that cannot be part of it (a newline in a CSI or in a
// title) ends it and is not part of it, and at a bound ([MaxSequence], [MaxString])
// it is given up.
//
// The package is pure and allocates nothing.
package vt
