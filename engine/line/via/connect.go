package via

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/moonwire/moonwire/engine/dial"
)

// Connect is an HTTP proxy that opens connections by the method CONNECT (RFC 9110). Names
// are looked up by the proxy.
type Connect struct{ proxy }

var connectForm = dial.Form{Scheme: "http", Port: "80", Read: dial.ReadHostPort}

// NewConnect reads what stands behind http:// in an address.
func NewConnect(rest string) (*Connect, error) {
	p, err := parse(&connectForm, rest)
	return &Connect{p}, err
}

// mostOfAHeader bounds what a proxy may say before the connection stands.
const mostOfAHeader = 64 << 10

// Through implements Hop.
func (c *Connect) Through(under Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := target(c, network, address)
		if err != nil {
			return nil, err
		}
		return c.proxy.open(ctx, c, under, func(conn net.Conn) error { return c.ask(conn, net.JoinHostPort(host, port)) })
	}
}

// ask asks the proxy for the connection.
func (c *Connect) ask(conn net.Conn, to string) error {
	request := "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n"
	if c.user != "" || c.password != "" {
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.password)) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return err
	}
	header, err := c.header(conn)
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(header, "\n")
	line = strings.TrimSuffix(line, "\r")
	version, status, _ := strings.Cut(line, " ")
	code, err := strconv.Atoi(status[:min(3, len(status))])
	switch {
	case !strings.HasPrefix(version, "HTTP/") || err != nil:
		return Failed(c, "it does not speak HTTP: it answers "+strconv.Quote(line[:min(60, len(line))]), "is it a SOCKS proxy? then write socks5://", nil)
	case code >= 200 && code < 300:
		return nil
	case code == 407 && c.user == "":
		return Failed(c, "the proxy wants a user and a password", `{"`+c.String()+`", {user=NAME, password=secret "NAME"}} gives them`, nil)
	case code == 407:
		return Failed(c, "the proxy refuses the user and the password", "", nil)
	case code == 405:
		return Failed(c, "the proxy does not open connections (CONNECT): "+status, "is it a proxy, and not a web server?", nil)
	}
	return Failed(c, "the proxy cannot reach "+to+": "+status, "", nil)
}

// header reads the answer up to its empty line, byte by byte: what follows is the host's
// already.
func (c *Connect) header(conn net.Conn) (string, error) {
	var header []byte
	var b [1]byte
	for {
		if _, err := io.ReadFull(conn, b[:]); errors.Is(err, io.EOF) {
			return "", Failed(c, "the proxy closed the connection", "", err)
		} else if err != nil {
			return "", err
		}
		header = append(header, b[0])
		switch {
		case b[0] == '\n' && (bytes.HasSuffix(header, []byte("\n\r\n")) || bytes.HasSuffix(header, []byte("\n\n"))):
			return string(header), nil
		case len(header) == 5 && string(header) != "HTTP/": // it will not end then
			return string(header) + "\n", nil
		case len(header) > mostOfAHeader:
			return "", Failed(c, "the proxy's answer does not end", "", nil)
		}
	}
}
