// Package match finds the first match of a list of patterns in a text that comes
// piece by piece, as from a network, with a result that does not depend on the
// pieces.
//
// The result is by definition what package regexp finds in the whole text with the
// list as one alternation, (p1)|(p2)|..., under its leftmost-first rules: the match
// that starts first wins, and of those that start at the same byte the pattern that
// is listed first. Besides regular expressions a list may hold literals, globs
// ([GlobExpression] says what they mean) and events, which have their place between
// the bytes ([Matcher.Mark]).
//
// # Use
//
// [Compile] makes a [Set] of a list, which any number of goroutines may share;
// [Set.Remarks] finds what the writer of a list may not have meant. A [Matcher] is
// fed bytes ([Matcher.Feed]) and events as they come and tells what it knows, its
// [Status]: nothing yet, an open match that further bytes could change, or a decided
// one. An open match can be asked for at any time, as if the text ended there
// ([Matcher.Best]): only then do $ and \z hold. The matcher keeps nothing of the
// text; to find where a match starts and what its groups are it reads it again
// through a [Text], as far back as [Matcher.Keep] says.
//
// # How it works
//
// All patterns become one program (program.go), that of package regexp/syntax. A
// machine steps all its threads at once, in the order of their priority, over bytes
// (machine.go), with the bytes of a rune that has not ended held pending
// (pending.go). What it comes to is kept in an automaton (automaton.go), so that a
// byte costs a look into a table; a scan (scan.go) uses it, and where nothing is
// under way looks for literals instead that a match must begin with (needle.go). The
// start of a match is found by an automaton of the reversed pattern (reverse.go), its
// groups by a machine over its span (groups.go) or, if that is long, by going back
// through another automaton (trace.go).
//
// The end of a text may be taken back, as a terminal's line is edited. The matcher goes
// back to marks that it has kept (back.go), or by the last states that it has come to
// (step.go); and where no byte comes with which a match can end (last.go), it need not
// look at what the text has been meanwhile.
//
// # Bounds
//
// Time is linear in the text for every list and every cut. An automaton takes 4 MiB
// at most; one that a text makes larger is begun again, and where that gains nothing
// the machine does without it, in time that is still linear, though times the size of
// the program. [MaxPatterns], [MaxProgram], [MaxGroups] and [MaxSlots] bound what a
// list may be. A scan in a text that it has seen the like of allocates nothing.
package match
