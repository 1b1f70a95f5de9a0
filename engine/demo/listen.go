package demo

import "net"

// Listen opens the TCP address on which a Server is to serve, as "127.0.0.1:2323".
func Listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }
