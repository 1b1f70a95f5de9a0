package via

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"

	"github.com/moonwire/moonwire/engine/dial"
)

// Socks5 is a proxy that speaks SOCKS version 5 (RFC 1928). Names are looked up by the
// proxy.
type Socks5 struct{ proxy }

var socksForm = dial.Form{Scheme: "socks5", Port: "1080", Read: dial.ReadHostPort}

// NewSocks5 reads what stands behind socks5:// in an address.
func NewSocks5(rest string) (*Socks5, error) {
	p, err := parse(&socksForm, rest)
	return &Socks5{p}, err
}

// Through implements Hop.
func (s *Socks5) Through(under Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := target(s, network, address)
		if err != nil {
			return nil, err
		}
		return s.proxy.open(ctx, s, under, func(conn net.Conn) error { return s.ask(conn, host, port) })
	}
}

// What SOCKS's bytes mean.
const (
	socksVersion  = 5
	loginVersion  = 1
	withoutLogin  = 0
	withLogin     = 2
	noMethod      = 0xff
	socksConnect  = 1
	addressIPv4   = 1
	addressName   = 3
	addressIPv6   = 4
	mostOfAString = 255
)

// ask asks the proxy for the connection.
func (s *Socks5) ask(conn net.Conn, host, port string) error {
	methods := []byte{socksVersion, 1, withoutLogin}
	if s.user != "" || s.password != "" {
		methods = []byte{socksVersion, 2, withoutLogin, withLogin}
	}
	if _, err := conn.Write(methods); err != nil {
		return err
	}
	method, err := s.answer(conn, socksVersion)
	if err != nil {
		return err
	}
	switch method {
	case withoutLogin:
	case withLogin:
		if err := s.login(conn); err != nil {
			return err
		}
	case noMethod:
		if len(methods) > 3 {
			return Failed(s, "the proxy takes no password", "it may want a way of login that moonwire does not have", nil)
		}
		return Failed(s, "the proxy wants a user and a password", `{"`+s.String()+`", {user=NAME, password=secret "NAME"}} gives them`, nil)
	default:
		return Failed(s, "the proxy wants a login that was not offered, method "+strconv.Itoa(int(method)), "", nil)
	}
	request, err := s.request(host, port)
	if err != nil {
		return err
	}
	if _, err := conn.Write(request); err != nil {
		return err
	}
	return s.reply(conn, net.JoinHostPort(host, port))
}

// answer reads an answer of two bytes, and returns the second.
func (s *Socks5) answer(conn net.Conn, version byte) (byte, error) {
	var b [2]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return 0, s.ended(err)
	}
	if b[0] != version {
		return 0, Failed(s, fmt.Sprintf("it does not speak SOCKS 5: it answers %q", b[:]), "is it an HTTP proxy? then write http://", nil)
	}
	return b[1], nil
}

// ended explains a proxy that ends the conversation.
func (s *Socks5) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Failed(s, "the proxy closed the connection", "", err)
	}
	return err
}

func (s *Socks5) login(conn net.Conn) error {
	if len(s.user) > mostOfAString || len(s.password) > mostOfAString {
		return Failed(s, "user and password may have 255 bytes each at most", "", nil)
	}
	login := append([]byte{loginVersion, byte(len(s.user))}, s.user...)
	login = append(append(login, byte(len(s.password))), s.password...)
	if _, err := conn.Write(login); err != nil {
		return err
	}
	status, err := s.answer(conn, loginVersion)
	if err == nil && status != 0 {
		err = Failed(s, "the proxy refuses the user and the password", "", nil)
	}
	return err
}

func (s *Socks5) request(host, port string) ([]byte, error) {
	b := []byte{socksVersion, socksConnect, 0}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil && ip.Unmap().Is4():
		b = append(append(b, addressIPv4), ip.Unmap().AsSlice()...)
	case err == nil:
		b = append(append(b, addressIPv6), ip.AsSlice()...)
	case len(host) > mostOfAString:
		return nil, Failed(s, "the name "+host+" is too long for SOCKS", "", nil)
	default:
		b = append(append(b, addressName, byte(len(host))), host...)
	}
	n, _ := strconv.ParseUint(port, 10, 16) // target has seen to that
	return binary.BigEndian.AppendUint16(b, uint16(n)), nil
}

// socksReplies are the errors of RFC 1928, from 1 on.
var socksReplies = [...]string{
	"it failed", "its rules do not allow it", "the network is unreachable", "the host is unreachable",
	"connection refused", "the way there is too long (TTL)", "it does not do that", "it does not know such addresses",
}

// reply reads the answer to the request, with the address that follows.
func (s *Socks5) reply(conn net.Conn, to string) error {
	status, err := s.answer(conn, socksVersion)
	if err != nil {
		return err
	}
	if status != 0 {
		why := "error " + strconv.Itoa(int(status))
		if int(status) <= len(socksReplies) {
			why = socksReplies[status-1]
		}
		return Failed(s, "the proxy cannot reach "+to+": "+why, "", nil)
	}
	var b [2]byte // reserved, the address's kind
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return s.ended(err)
	}
	size := 0
	switch b[1] {
	case addressIPv4:
		size = 4
	case addressIPv6:
		size = 16
	case addressName:
		if _, err := io.ReadFull(conn, b[:1]); err != nil {
			return s.ended(err)
		}
		size = int(b[0])
	default:
		return Failed(s, "the proxy answers with an address of the unknown kind "+strconv.Itoa(int(b[1])), "", nil)
	}
	if _, err := io.CopyN(io.Discard, conn, int64(size)+2); err != nil {
		return s.ended(err)
	}
	return nil
}
