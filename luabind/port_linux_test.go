package luabind_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/moonwire/moonwire/engine/line/via/proxytest"
	"github.com/moonwire/moonwire/luabind"
)

// TestSerialPort talks to what hangs on a port, and hears Enter as the key sends it.
func TestSerialPort(t *testing.T) {
	host, port, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	defer port.Close()
	go func() {
		in := bufio.NewReader(host)
		for {
			line, err := in.ReadString('\r')
			if err != nil {
				return
			}
			if line == "bye\r" {
				_ = host.Close()
				return
			}
			_, _ = io.WriteString(host, line+"\ngot "+line+"\n> ")
		}
	}()
	script := strings.ReplaceAll(`
local s = connect("serial:PORT", {baud = 115200, bits = 8, parity = "none", stop = 1, flow = "software", timeout = 5})
s:writeln("hello")
s:expect{ "got hello\n> $" }
s:command "BRK"
local function fails(want, kind, f, ...)
  local ok, e = pcall(f, ...)
  assert(not ok and tostring(e):find(want, 1, true), tostring(e))
  assert(kind == nil or e.kind == kind, e.kind)
end
fails("the port has no control lines", nil, s.modem, s)
fails("the port has no control lines", nil, s.modem, s, {dtr = true, purge = "in"})
fails("rts must be true or false, not a number", "usage", s.modem, s, {rts = 5})
fails("purge must be", "usage", s.modem, s, {purge = "all"})
fails("there is no control line \"cts\" to set", "usage", s.modem, s, {cts = true})
fails("lines must be a table", "usage", s.modem, s, 5)
fails("cannot open PORT: the port is in use", "connect", connect, "serial:PORT")
fails("cannot open /dev/null: it is no serial port", "connect", connect, "serial:/dev/null")
fails("the serial port is missing", "usage", connect, "serial:")
fails("a serial port has no port number", "usage", connect, "serial:PORT", 9600)
fails("baud must be a whole number from 1 to 12000000, not \"fast\"", "usage", connect, "serial:PORT", {baud = "fast"})
fails("bits must be a whole number from 5 to 8, not 9", "usage", connect, "serial:PORT", {bits = 9})
fails("parity must be one of none, odd, even, mark, space, not true", "usage", connect, "serial:PORT", {parity = "true"})
fails("stop must be one of 1, 2, 1.5, not \"3\"", "usage", connect, "serial:PORT", {stop = 3})
fails("flow must be one of none, software, hardware", "usage", connect, "serial:PORT", {flow = "xon"})
fails("baud does not go with tcp://, which has no serial port", "usage", connect, "tcp://x:1", {baud = 9600})
local d = connect("demo://")
fails("the line is no serial port and has no control lines", "usage", d.modem, d)
d:close()
s:writeln("bye")
fails("the serial port is gone; was it unplugged?", "eof", s.read_until, s, "never")
`, "PORT", port.Name())
	script = strings.Replace(script, "space, not true", `space, not \"true\"`, 1)
	if err := runWithSecret(t, script, ""); err != nil {
		t.Error(err)
	}
}

// TestUnpluggedPort: the error of a port that goes away before it has said anything tells
// of the port, with no hint that is for hosts.
func TestUnpluggedPort(t *testing.T) {
	host, port, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	go func() {
		_, _ = bufio.NewReader(host).ReadString('\r')
		_ = host.Close()
	}()
	err = runWithSecret(t, `
local s = connect("serial:`+port.Name()+`", { timeout = 5 })
s:write("\r")
s:read_until("never")`, "")
	if err == nil || !strings.Contains(err.Error(), "was it unplugged?") || len(luabind.HintsOf(err)) > 0 || strings.Contains(err.Error(), "address") {
		t.Errorf("%v, %q", err, luabind.HintsOf(err))
	}
}

// TestStoppedPort: a write that flow control holds is told as that.
func TestStoppedPort(t *testing.T) {
	stops := proxytest.Listen(t, func(conn net.Conn) {
		// It does RFC 2217, answers the speed, and has us send nothing more.
		_, _ = io.WriteString(conn, "\xff\xfd\x2c\xff\xfa\x2c\x65\x00\x00\x25\x80\xff\xf0\xff\xfa\x2c\x6c\xff\xf0ready\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	err := runWithSecret(t, `local s = connect("rfc2217://`+stops+`", {baud = 9600}) s:read_until("ready") s.timeout = 0.1 s:writeln("x")`, "")
	if err == nil || !strings.Contains(err.Error(), "bytes wait): the port's server has asked to send nothing more (flow control)\nhint: what hangs on the port") {
		t.Error(err)
	}
	host, port, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	defer port.Close()
	err = runWithSecret(t, `local s = connect("serial:`+port.Name()+`", {flow = "hardware", timeout = 0.1}) s:write(("x"):rep(1e6))`, "")
	if err == nil || !strings.Contains(err.Error(), `the port sends nothing (flow=hardware)`) {
		t.Error(err)
	}
}

// TestRemotePortMistakes: an rfc2217 server that is none, or says nothing.
func TestRemotePortMistakes(t *testing.T) {
	refuses := proxytest.Listen(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "\xff\xfe\x2c")
		_, _ = io.Copy(io.Discard, conn)
	})
	silent := proxytest.Listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	for address, want := range map[string]string{
		refuses: "cannot connect to rfc2217://" + refuses + ": the server does not do RFC 2217 (COM-PORT): is it a plain telnet port?",
		silent:  "cannot connect to rfc2217://" + silent + ": the server does not answer RFC 2217 within 100ms",
	} {
		limit := "10"
		if address == silent {
			limit = "0.1"
		}
		err := runWithSecret(t, `connect("rfc2217://`+address+`", {connect_timeout = `+limit+`, baud = 9600})`, "")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
	err := runWithSecret(t, `within(0.05, function() connect("rfc2217://`+silent+`") end)`, "")
	if err == nil || !strings.Contains(err.Error(), "within(0.05) is over") {
		t.Error(err)
	}
}
