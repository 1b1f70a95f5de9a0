// Package stdlib holds the Lua modules that are part of the program, and the
// stubs and topics that are its reference.
package stdlib

import "embed"

// Modules are the modules that require finds by their name, NAME.lua.
//
//go:embed *.lua
var Modules embed.FS

// Meta holds the LuaCATS stubs, meta/NAME.lua, and the topics, meta/topics/NAME.md.
// The package reference reads them.
//
//go:embed meta/*.lua meta/topics/*.md
var Meta embed.FS
