// Package syntax reads Lua's source: the grammar of Lua 5.1 with goto, mistakes in the
// words of Lua's own parser, and one walk over the tree that scripts are compiled from
// and checked by.
//
// [Parse] gives gopher-lua's tree of a chunk. A [Visitor] is what is done on a walk over
// it: package baselib changes the tree so that gopher-lua's compiler makes of it what
// Lua means, package check looks for mistakes. The walk knows where blocks open and close
// and where names are declared, so that its users need not.
//
// Nothing here runs Lua.
package syntax
