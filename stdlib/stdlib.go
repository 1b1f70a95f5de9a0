// Package stdlib holds the Lua modules that are part of the program, and the
// stubs that are its reference.
package stdlib

import "embed"

// Modules are the modules that require finds by their name, NAME.lua.
//
//go:embed *.lua
var Modules embed.FS
