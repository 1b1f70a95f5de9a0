package via

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"slices"
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
	header, code, status, err := "", 100, "", error(nil)
	for code/100 == 1 { // an interim answer, before the one that counts
		if header, err = c.header(conn); err != nil {
			return err
		}
		line, _, _ := strings.Cut(header, "\n")
		line = strings.TrimSuffix(line, "\r")
		var version string
		version, status, _ = strings.Cut(line, " ")
		code, err = strconv.Atoi(status[:min(3, len(status))])
		if !strings.HasPrefix(version, "HTTP/") || err != nil {
			return Failed(c, "it does not speak HTTP: it answers "+strconv.Quote(line[:min(60, len(line))]), speaks(line), nil)
		}
	}
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == 407:
		return c.refused(header)
	case code == 405:
		return Failed(c, "the proxy does not open connections (CONNECT): "+status, "is it a proxy, and not a web server?", nil)
	case code < 500:
		return Failed(c, "the proxy refuses to connect to "+to+": "+status, "many proxies allow port 443 alone; its administrator knows", nil)
	}
	return Failed(c, "the proxy cannot reach "+to+": "+status, "", nil)
}

// speaks guesses from the first bytes of an answer what it is that speaks no HTTP.
func speaks(answer string) string {
	switch {
	case strings.HasPrefix(answer, "SSH-"):
		return "it is an ssh server: write ssh://"
	case strings.HasPrefix(answer, "\x15\x03"), strings.HasPrefix(answer, "\x16\x03"):
		return "it speaks TLS, which moonwire does not speak to proxies; is there a port without?"
	}
	return "is it a SOCKS proxy? then write socks5://"
}

// refused says why a proxy answered 407.
func (c *Connect) refused(header string) error {
	var schemes []string
	for line := range strings.Lines(header) {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Proxy-Authenticate") {
			scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			schemes = append(schemes, scheme)
		}
	}
	basic := len(schemes) == 0 || slices.ContainsFunc(schemes, func(s string) bool { return strings.EqualFold(s, "Basic") })
	switch {
	case !basic:
		wants := strings.Join(schemes, ", ")
		return Failed(c, "the proxy wants a login by "+strconv.Quote(wants[:min(60, len(wants))])+", and moonwire knows Basic alone", "a helper such as cntlm can log in to it: go through the helper", nil)
	case c.user == "":
		return Failed(c, "the proxy wants a user and a password", `{"`+c.String()+`", {user=NAME, password=secret "NAME"}} gives them`, nil)
	}
	return Failed(c, "the proxy refuses the user and the password", "", nil)
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
