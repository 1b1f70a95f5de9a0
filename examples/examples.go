// Package examples holds the example scripts, each with a recording of a run, as part
// of the program.
package examples

import "embed"

// Files are NAME.lua, the recordings NAME.cast, and what the scripts read.
//
//go:embed *.lua *.cast *.csv
var Files embed.FS
