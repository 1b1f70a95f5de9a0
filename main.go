// Command moonwire runs Expect-style Lua scripts against hosts, programs and serial ports.
package main

import (
	"os"

	"github.com/moonwire/moonwire/internal/cli"
)

func main() { os.Exit(cli.Main()) }
