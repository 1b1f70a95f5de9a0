// Package text turns what a peer sends, with the telnet commands already removed,
// into the text that a person would see: what a terminal shows in the line that the
// cursor is in, made streaming.
//
// # Lines
//
// LF ends a line, after any number of CRs; a CR at the line's beginning does nothing,
// so CR CR LF, LF CR and CR LF CR are one newline each. NEL, IND, VT and FF end a line,
// too. So do a movement to another row and scrolling (IL, DL, SU, SD), by which hosts
// that paint their screen begin a new line; those add no newline to an empty line. No
// control character but "\n" and "\t" is ever text. An LF in a row behind which the line
// has wrapped goes down in the line.
//
// # Edits
//
// CR, BS, HT and the cursor movements and erasures of ECMA-48 move and edit within the
// line, so an erased "--More--" is gone, and a progress bar is its last state. Columns
// count as on a terminal, where a wide character takes two ([View.SetWindow] says how
// wide the terminal is); a row that wraps by itself joins the next. Edits reach back
// [Reach] columns. A blank printed over a character erases it, and erased columns at a
// line's end are no text once the cursor has left them; other blanks that were printed
// are.
//
// What is seen of the open line is the line up to the cursor: half a redraw is never
// seen, and a right-hand prompt does not hide the prompt. A movement acts when a
// character is printed or erased, or at [View.Flush]; a CR only with the next character
// or movement. What is right of the cursor is text again when the cursor passes it, or
// at the newline, where blanks that end the line there are left out.
//
// # A log of text and edits
//
// [View.Append] appends text and never takes a byte back. Where the terminal's line
// changes, it tells an [Edit] in addition: so many bytes before this place are not seen
// any more. So a reader that applies text and edits in their order sees at each moment
// what a person would, and one that comes late sees it as one that came early. All of
// it depends on the bytes alone, not on how they were cut into calls.
//
// A host that has the same columns told again and again for a few bytes each does not make
// the log many times as long as what it sends: beyond a bound, what it prints is told a few
// characters later, at [View.Flush] at the latest.
//
// # Encodings
//
// The peer's encoding becomes UTF-8. Bytes that are not valid pass as they are, one at
// a time; the encodings with shift states and those that don't contain ASCII
// (ISO-2022-JP, HZ, UTF-16, UTF-32, EBCDIC) have U+FFFD instead. An escape sequence
// between the bytes of one character does not break it. The controls that an encoding
// has in eight bits (C1) act as their seven-bit forms do. An [Encoder] is the way back,
// for what a script writes.
//
// Tests whose names begin with TestItem and a number check one line each of the list
// of what a telnet core must get right: 13 is carriage returns, 31 a change of the
// encoding in mid-stream.
//
// The package is pure: no goroutine, no clock, no input or output of its own.
package text
