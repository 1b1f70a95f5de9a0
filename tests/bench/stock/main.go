// Command stock runs a Lua script by gopher-lua as it is: what moonwire's own
// interpreter is measured against.
//
//	stock SCRIPT [ARG...]
package main

import (
	"fmt"
	"os"

	lua "github.com/yuin/gopher-lua"
)

func main() {
	L := lua.NewState()
	args := L.NewTable()
	for i, arg := range os.Args[2:] {
		args.RawSetInt(i+1, lua.LString(arg))
	}
	L.SetGlobal("arg", args)
	if err := L.DoFile(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
