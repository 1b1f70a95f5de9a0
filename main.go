// Command moonwire runs Expect-style Lua scripts against hosts that speak telnet.
package main

import "os"

func main() { os.Exit(0) }
