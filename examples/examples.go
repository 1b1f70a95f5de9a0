// Package examples holds the example scripts, each with a recording of a run, as part
// of the program.
package examples

import "embed"

// Files are NAME.lua and NAME.cast.
//
//go:embed *.lua *.cast
var Files embed.FS
