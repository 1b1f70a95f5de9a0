package demo_test

import (
	"bufio"
	"fmt"
	"net"

	"github.com/moonwire/moonwire/engine/demo"
)

// The host says who it is to a client that knows nothing of telnet, too. The
// first twelve bytes are its offers.
func ExampleStart() {
	address, stop, err := demo.Start()
	if err != nil {
		panic(err)
	}
	defer stop()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	banner, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q\n", banner)
	// Output: "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1fmoonwire demo host\r\n"
}
