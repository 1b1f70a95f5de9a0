package telnet_test

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/telnet"
)

// A client takes apart what a server says, and collects what is to be answered.
func ExampleCodec_Next() {
	codec := telnet.New(telnet.Config{Terminal: []string{"vt100"}, Columns: 80, Rows: 24})
	in := []byte("\xff\xfd\x18\xff\xfb\x01login: \xff\xfa\x18\x01\xff\xf0")
	for {
		event, n := codec.Next(in)
		in = in[n:]
		if event.Kind == telnet.None {
			break
		}
		fmt.Println(event)
	}
	fmt.Printf("%q\n", codec.AppendOutput(nil))
	// Output:
	// request DO TTYPE: accept (default)
	// sent WILL TTYPE (default)
	// changed us TTYPE on
	// request WILL ECHO: accept (default)
	// sent DO ECHO (default)
	// changed him ECHO on
	// data "login: "
	// subnegotiation TTYPE "\x01"
	// sent SB TTYPE "\x00vt100" (standard answer)
	// "\xff\xfb\x18\xff\xfd\x01\xff\xfa\x18\x00vt100\xff\xf0"
}

// A caller speaks to the requests it cares about, and leaves the others to the
// defaults.
func ExampleCodec_Decide() {
	codec := telnet.New(telnet.Config{})
	in := []byte("\xff\xfb\xc9\xff\xfb\x01")
	for {
		event, n := codec.Next(in)
		in = in[n:]
		if event.Kind == telnet.None {
			break
		}
		if event.Kind == telnet.Request && event.Option == telnet.GMCP {
			codec.Decide(true, "we speak GMCP")
		}
		if event.Kind == telnet.Sent {
			fmt.Println(event)
		}
	}
	// Output:
	// sent DO GMCP (we speak GMCP)
	// sent DO ECHO (default)
}

// Text goes out with its newlines as the network virtual terminal has them.
func ExampleCodec_AppendText() {
	codec := telnet.New(telnet.Config{})
	fmt.Printf("%q\n", codec.AppendText(nil, []byte("uptime\n"), "\r\n"))
	// Output:
	// "uptime\r\n"
}
