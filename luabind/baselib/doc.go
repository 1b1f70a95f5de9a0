// Package baselib makes Lua states that can be relied on: gopher-lua with its
// known faults mended, and with the parts of Lua 5.1's library that it lacks
// or that would end, block or corrupt the process written again.
//
// It knows nothing of sessions. The packages above it add their own globals
// to the state that [New] returns and keep to three rules:
//
//   - call Lua through [Call], never through LState.PCall, which cuts the
//     captured locals of the functions that are still running off from their
//     frames when the call fails;
//   - raise Go errors with [Raise], so that a script sees a table with a
//     position and Go code above sees the same error again;
//   - flush what the script printed with [Flush] before blocking and at the
//     end.
//
// What is mended, each item with a test that shows the fault in gopher-lua
// itself: pcall and xpcall (captured locals, arguments, error values, yields,
// runaway recursion), os.exit and cancellation (neither can be caught, neither
// ends the process), numbers as text (%.14g, also under the .. operator),
// assignments that are compiled wrongly (a, b = b, a gives both the same value),
// numerals (leading zeros, large hexadecimal), tonumber, escapes in strings,
// patterns, string.format, the table library on large tables, io and os under
// a context, tracebacks whose cost is bounded, and error messages that a
// person can read.
package baselib
