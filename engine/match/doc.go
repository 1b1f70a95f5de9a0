// Package match finds the first match of a list of patterns in a text that comes
// piece by piece, as from a network, with a result that does not depend on the
// pieces.
//
// The result is by definition what package regexp finds in the whole text with the
// list as one alternation, (p1)|(p2)|..., under its leftmost-first rules. Besides
// regular expressions a list may hold literals, globs and events, which have their
// place between the bytes.
//
// [Compile] makes a [Set] of a list; a [Cache] keeps those made before. A [Matcher]
// is fed bytes ([Matcher.Feed]) and events ([Matcher.Mark]) as they come and tells
// what it knows, its [Status]: nothing yet, an open match that further bytes could
// change, or a decided one. An open match can be asked for at any time, as if the
// text ended there ([Matcher.Best]): only then do $ and \z hold.
//
// A byte is looked at once, so time is linear in the data for every pattern and
// every cut; only when a match is asked for is the text of the match read again,
// to find where it starts and what its groups are.
package match
