// Package diagnose says why a wait failed.
//
// A script waited for one of several patterns and none came. [Diagnose] takes
// what is known of that wait (the [Facts]: patterns, text, wire bytes, options,
// the last write) and gives a [Report]: the tail of what came, the nearest
// [Miss] of each pattern, and the best one or two [Hint] values, each with a
// fix that can be pasted into the script. [Why] does the same for one pattern
// on a live conversation. [Quote] and its kin show a peer's bytes to people;
// traces, errors and the REPL share them.
//
// The package is pure: no input or output, no clock, no state. It costs nothing
// until a wait fails, and then at most a fixed count of steps (well below a
// second), over at most [MaxText] bytes of text, whatever the patterns and the
// text are. The count is of work done and not of time, so the same facts give
// the same report everywhere.
//
// # How a hint is found
//
// A hint about a pattern is a proof, not a guess: the pattern or the text is
// changed in one way (another case, a metacharacter escaped, no anchor, ...)
// and searched for again. Only a change that makes it match is told, and only
// if the match is telling: at the end of the text, where prompts are, or long
// enough not to be chance. Hints from the wire (a pager is showing, an option
// was refused, the write had no newline) are read off the facts. All compete by
// [Hint].Confidence.
package diagnose
