package tests

import (
	"bytes"
	"compress/zlib"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/dial"
)

// A dialogue is a script, and what its peer says and wants to hear in turn, the
// peer's words first.
type dialogue struct {
	name, script string
	turns        []string
}

// optionDialogues are those over every kind of connection, the first, and those
// about single options and commands.
var optionDialogues = [...]dialogue{
	{
		"together", `
local t = connect(arg[1], {timeout = 10, on_option = function(_, command, option, data)
  if option == "GMCP" or option == "MSDP" then
    if command == "WILL" then return "accept" end
    if command == "SB" and data == "Core.Ping" then return "Core.Pong" end
  end
end})
t:read_until("one")
assert(t:options().GMCP.him == true and not t.echo)
t:negotiate("DO", "SGA")
assert(t:options().SGA.him == "asked")
t:subnegotiate("MSDP", "\1LIST\2COMMANDS\255")
t:command "AYT"
assert(t:expect{ ECHO_OFF } == 1 and t.echo)
assert(t:expect{ PROMPT } == 1)
t:fence(5)
assert(t:expect{ ECHO_ON } == 1 and not t.echo)
t:read_until("end")`, []string{
			"\xff\xfb\xc9", "\xff\xfd\xc9", "\xff\xfa\xc9Core.Ping\xff\xf0", "\xff\xfa\xc9Core.Pong\xff\xf0", "one",
			"\xff\xfd\x03\xff\xfa\x45\x01LIST\x02COMMANDS\xff\xff\xff\xf0\xff\xf6",
			"\xff\xfb\x03\xff\xfb\x01", "\xff\xfd\x01", "> \xff\xf9", "\xff\xfd\x06",
			"\xff\xfc\x06\xff\xfc\x01", "\xff\xfe\x01", "end",
		},
	},
	{
		"MSSP", `
local status
local t = connect(arg[1], {timeout = 10, options = {MSSP = "accept"}, on_option = function(_, command, option, data)
  if command == "SB" and option == "MSSP" then status = data end
end})
t:read_until("end")
assert(status == "\1NAME\2Moon\1PLAYERS\0025", status)`, []string{
			"\xff\xfb\x46", "\xff\xfd\x46", "\xff\xfa\x46\x01NAME\x02Moon\x01PLAYERS\x025\xff\xf0end",
		},
	},
	{
		"keepalive", `
local t = connect(arg[1], {timeout = 10, keepalive = 0.01})
t:read_until("alive")`, []string{"", "\xff\xf1\xff\xf1", "alive"},
	},
	{
		"every command", `
local t = connect(arg[1], {timeout = 10})
for _, name in ipairs{ "AYT", "BRK", "IP", "AO", "EC", "EL", "NOP", "GA", "EOR", "ayt", "SYNCH" } do t:command(name) end
t:read_until("end")
assert(not pcall(t.command, t, "WILL") and not pcall(t.command, t, "DM") and not pcall(t.command, t, "HELLO"))`, []string{
			"", "\xff\xf6\xff\xf3\xff\xf4\xff\xf5\xff\xf7\xff\xf8\xff\xf1\xff\xf9\xff\xef\xff\xf6\xff\xf4\xff\xf2", "end",
		},
	},
	{
		"resize", `
local t = connect(arg[1], {timeout = 10})
t:resize(100, 50)
t:read_until("on ")
t:resize(80, 24)
t:resize(80, 24)
t:read_until("off")
t:resize(90, 30)
t:write("x")
t:read_until("end")`, []string{
			"\xff\xfd\x1fon ", "\xff\xfb\x1f\xff\xfa\x1f\x00\x64\x00\x32\xff\xf0\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0",
			"\xff\xfe\x1foff", "\xff\xfc\x1fx", "end",
		},
	},
	{
		"the window by default and as set", `
local t = connect(arg[1], {timeout = 10, window = {columns = 255, rows = 65535}})
t:read_until("end")`, []string{
			"\xff\xfd\x1f", "\xff\xfb\x1f\xff\xfa\x1f\x00\xff\xff\xff\xff\xff\xff\xff\xf0", "end",
		},
	},
	{
		"CHARSET in mid-stream", `
local t = connect(arg[1], {timeout = 10})
assert(t:read_until("!") == "größe größe!")
t:write("ö\n")
t:read_until("end")`, []string{
			"gr\xc3\xb6\xc3\x9fe \xff\xfb\x2a", "\xff\xfd\x2a", "\xff\xfa\x2a\x01;klingon;ISO-8859-1\xff\xf0gr\xf6\xdfe!",
			"\xff\xfa\x2a\x02ISO-8859-1\xff\xf0\xf6\r\n", "end",
		},
	},
	{
		"CHARSET that the script asks for", `
local t = connect(arg[1], {timeout = 10, encoding = "cp437"})
t:negotiate("WILL", "CHARSET")
assert(t:read_until("!") == "ö!")
t:write("ö")
t:read_until("end")`, []string{
			"", "\xff\xfb\x2a", "\xff\xfd\x2a", "\xff\xfa\x2a\x01;CP437\xff\xf0", "\xff\xfa\x2a\x02CP437\xff\xf0\x94!", "\x94", "end",
		},
	},
	{
		"an encoding of two bytes", `
local t = connect(arg[1], {timeout = 10, encoding = "big5"})
assert(t:read_until("文") == "中文")
t:writeln("許")
t:read_until("end")`, []string{"\xa4\xa4\xa4\xe5", "\xb3\x5c\r\n", "end"},
	},
	{
		"BINARY", `
local t = connect(arg[1], {timeout = 10})
t:write("a\rb\n")
t:negotiate("WILL", "BINARY")
t:read_until("now")
t:write("a\rb\n") -- Enter is CR under BINARY
assert(t:read_until("end") == "end")`, []string{
			"", "a\r\x00b\r\n\xff\xfb\x00", "\xff\xfd\x00now", "a\rb\r", "\xff\xfb\x00", "\xff\xfd\x00", "\r\x00\x00end",
		},
	},
	{
		"BINARY and a newline of the script's choice", `
local t = connect(arg[1], {timeout = 10, newline = "\r\n"})
t:negotiate("WILL", "BINARY")
t:read_until("now")
t:write("a\n")
t:read_until("end")`, []string{"", "\xff\xfb\x00", "\xff\xfd\x00now", "a\r\n", "end"},
	},
	{
		"EOR marks prompts", `
local t = connect(arg[1], {timeout = 10})
local _, _, text = t:expect{ PROMPT }
assert(text == "moon> ")
t:read_until("end")`, []string{"\xff\xfb\x19", "\xff\xfd\x19", "moon> \xff\xefend"},
	},
	{
		"TTYPE in turn", `
local t = connect(arg[1], {timeout = 10, terminal = {"xterm", "vt100"}})
t:read_until("end")`, []string{
			"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfa\x18\x01\xff\xf0\xff\xfa\x18\x01\xff\xf0",
			"\xff\xfb\x18\xff\xfa\x18\x00xterm\xff\xf0\xff\xfa\x18\x00vt100\xff\xf0\xff\xfa\x18\x00vt100\xff\xf0", "end",
		},
	},
	{
		"NEW-ENVIRON tells what it may", `
local t = connect(arg[1], {timeout = 10, environ = {LANG = "C", USER = "\1me\255"}})
t:read_until("end")`, []string{
			"\xff\xfd\x27\xff\xfa\x27\x01\xff\xf0",
			"\xff\xfb\x27\xff\xfa\x27\x00\x03LANG\x01C\x00USER\x01\x02\x01me\xff\xff\xff\xf0", "end",
		},
	},
	{
		"what is told of a terminal, if accepted", `
local flow
local t = connect(arg[1], {timeout = 10, environ = {USER = "me", DISPLAY = "host:0"},
  options = {SNDLOC = true, XDISPLOC = "accept", TSPEED = "accept", LFLOW = "accept", STATUS = "accept", ["OLD-ENVIRON"] = "accept"},
  on_option = function(s, command, option, data)
    if command == "SB" and option == "LFLOW" then flow = data end
  end})
t:read_until("all")
t:subnegotiate("SNDLOC", "rack 7")
t:read_until("end")
assert(flow == "\1")
local options = t:options()
for _, name in ipairs{ "SNDLOC", "XDISPLOC", "TSPEED", "LFLOW", "STATUS", "OLD-ENVIRON" } do assert(options[name].us == true, name) end`, []string{
			"\xff\xfd\x17\xff\xfd\x23\xff\xfd\x20\xff\xfd\x21\xff\xfd\x05\xff\xfd\x24",
			"\xff\xfb\x17\xff\xfb\x23\xff\xfb\x20\xff\xfb\x21\xff\xfb\x05\xff\xfb\x24",
			"\xff\xfa\x20\x01\xff\xf0\xff\xfa\x23\x01\xff\xf0\xff\xfa\x21\x01\xff\xf0\xff\xfa\x05\x01\xff\xf0\xff\xfa\x24\x01\xff\xf0all",
			"\xff\xfa\x20\x0038400,38400\xff\xf0\xff\xfa\x23\x00host:0\xff\xf0" +
				"\xff\xfa\x05\x00\xfb\x05\xfb\x17\xfb\x20\xfb\x21\xfb\x23\xfb\x24\xff\xf0\xff\xfa\x24\x00\x00DISPLAY\x01host:0\x00USER\x01me\xff\xf0\xff\xfa\x17rack 7\xff\xf0",
			"end",
		},
	},
	{
		"what is refused unless accepted", `
local t = connect(arg[1], {timeout = 10, options = {NAWS = "refuse", SGA = false}})
t:read_until("end")
assert(next(t:options()) == nil)`, []string{
			"\xff\xfd\x17\xff\xfd\x23\xff\xfd\x20\xff\xfd\x21\xff\xfd\x05\xff\xfd\x24\xff\xfd\x27\xff\xfd\x22\xff\xfd\x2e\xff\xfd\x12\xff\xfd\x1f",
			"\xff\xfc\x17\xff\xfc\x23\xff\xfc\x20\xff\xfc\x21\xff\xfc\x05\xff\xfc\x24\xff\xfc\x27\xff\xfc\x22\xff\xfc\x2e\xff\xfc\x12\xff\xfc\x1f",
			"\xff\xfb\x56\xff\xfb\x46\xff\xfb\x45\xff\xfb\xc9\xff\xfb\x63\xff\xfb\x03",
			"\xff\xfe\x56\xff\xfe\x46\xff\xfe\x45\xff\xfe\xc9\xff\xfe\x63\xff\xfe\x03", "end",
		},
	},
	{
		"TIMING-MARK each time", `
local t = connect(arg[1], {timeout = 10})
t:read_until("end")`, []string{"\xff\xfd\x06\xff\xfd\x06\xff\xfd\x06", "\xff\xfb\x06\xff\xfb\x06\xff\xfb\x06", "end"},
	},
	{
		"a fence after one that ran out", `
local t = connect(arg[1], {timeout = 10})
local ok, err = pcall(t.fence, t, 0.02)
assert(not ok and err.kind == "timeout", err)
t:fence()
t:read_until("end")`, []string{
			"", "\xff\xfd\x06", "", "\xff\xfd\x06", "\xff\xfc\x06", "\xff\xfd\x06", "\xff\xfc\x06end",
		},
	},
	{
		"LOGOUT, if accepted", `
local t = connect(arg[1], {timeout = 10, options = {LOGOUT = "accept"}})
t:read_until("go")
local ok, err = pcall(t.writeln, t, "stay")
assert(not ok and tostring(err):find("logged us out"), err)
assert(t:read_all() == "bye")`, []string{"\xff\xfd\x12go", "\xff\xfb\x12", "bye"},
	},
	{
		"LOGOUT that the script asks for", `
local t = connect(arg[1], {timeout = 10})
t:negotiate("DO", "LOGOUT")
assert(t:read_all() == "bye")`, []string{"", "\xff\xfd\x12", "\xff\xfb\x12bye"},
	},
	{
		"LINEMODE's mode, if accepted", `
local t = connect(arg[1], {timeout = 10, options = {LINEMODE = "accept"}})
t:read_until("end")`, []string{
			"\xff\xfd\x22", "\xff\xfb\x22", "\xff\xfa\x22\x01\x03\xff\xf0", "\xff\xfa\x22\x01\x07\xff\xf0", "end",
		},
	},
	{
		"MCCP2, if accepted", `
local t = connect(arg[1], {timeout = 10, options = {MCCP2 = "accept"}})
assert(t:read_until("plain") == "squeezed, then plain")
assert(t:options().MCCP2.him == true)
t:read_until("end")`, []string{
			"\xff\xfb\x56", "\xff\xfd\x56", "\xff\xfa\x56\xff\xf0" + squeezed("squeezed, then ") + "plain", "", "end",
		},
	},
}

func squeezed(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.String()
}

// converse says each piece to a client once it has heard what stands before it, and
// returns what the client said in place of what was due, "" if it said that.
func converse(conn net.Conn, turns []string) (wrong string) {
	for i, text := range turns {
		if i%2 == 0 {
			_, _ = io.WriteString(conn, text) // a client that is gone is heard to be silent
			continue
		}
		heard := make([]byte, len(text))
		if n, err := io.ReadFull(conn, heard); string(heard[:n]) != text {
			return string(heard[:n]) + errorText(err)
		}
	}
	return ""
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ")"
}

// holds runs the script against a peer that listens there and is played by play,
// which returns what was wrong.
func holds(t *testing.T, network, address, scheme, script string, play func(net.Conn) string, args ...string) scriptRun {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skip(err) // a machine without IPv6
	}
	defer l.Close()
	wrong := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			wrong <- err.Error()
			return
		}
		defer conn.Close()
		dial.KeepUrgent(conn) // a DM in its place
		wrong <- play(conn)
	}()
	r := runScript(t, script+"\nprint('ok')", append([]string{scheme + l.Addr().String()}, args...)...)
	if r.status != 0 || r.stdout != "ok\n" {
		t.Errorf("ended with %d: %s%s", r.status, r.stdout, r.stderr)
	}
	_ = l.Close() // should the script never have come
	if heard := <-wrong; heard != "" {
		t.Errorf("the peer heard %q", heard)
	}
	return r
}

// TestOptionsFromLua drives options and commands by the methods of a session and the
// options of connect, over TCP, IPv6 and a Unix socket.
func TestOptionsFromLua(t *testing.T) {
	for _, d := range optionDialogues {
		t.Run(d.name, func(t *testing.T) {
			play := func(conn net.Conn) string { return converse(conn, d.turns) }
			holds(t, "tcp", "127.0.0.1:0", "", d.script, play)
		})
	}
	d := optionDialogues[0]
	play := func(conn net.Conn) string { return converse(conn, d.turns) }
	t.Run("tcp6", func(t *testing.T) { holds(t, "tcp6", "[::1]:0", "", d.script, play) })
	t.Run("unix", func(t *testing.T) {
		holds(t, "unix", filepath.Join(t.TempDir(), "socket"), "unix://", d.script, play)
	})
}

// TestPlainTCP: tcp:// has no telnet, in neither direction.
func TestPlainTCP(t *testing.T) {
	turns := []string{"\xff\xfb\x01\xff\xff> ", "\xff\xfb\r\n", "end"}
	holds(t, "tcp", "127.0.0.1:0", "tcp://", `
local ok, err = pcall(connect, arg[1], {tls = true})
assert(not ok and err.kind == "usage" and tostring(err):find("telnets://"), err)
local t = connect(arg[1], {timeout = 10, keepalive = 0.01})
assert(t:read_until("> ") == "\255\251\255\255> ") -- \1 is a control, which no one sees
for name, args in pairs{ command = {"AYT"}, negotiate = {"DO", "SGA"}, subnegotiate = {"GMCP", "x"}, resize = {80, 24}, fence = {1} } do
  local ok, err = pcall(t[name], t, args[1], args[2])
  assert(not ok and err.kind == "usage" and tostring(err):find("not telnet"), name .. ": " .. tostring(err))
end
t:write("\255\251\n")
t:read_until("end")`, func(conn net.Conn) string { return converse(conn, turns) })
}

// TestStartTLSFromLua: a peer that offers START-TLS gets it, if the script has set
// tls, and is verified as tls says; what stood before it holds no longer.
func TestStartTLSFromLua(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	play := func(conn net.Conn) string {
		if wrong := converse(conn, []string{
			"clear \xff\xfb\x01\xff\xfd\x2e", "\xff\xfd\x01\xff\xfb\x2e\xff\xfa\x2e\x01\xff\xf0", "\xff\xfa\x2e\x01\xff\xf0",
		}); wrong != "" {
			return wrong
		}
		return converse(tls.Server(conn, a.server), []string{"secret: \xff\xfb\x03", "\xff\xfd\x03moon\r\n", "end"})
	}
	const open = `
local t = connect(arg[1], {timeout = 10, tls = {ca = arg[2], server_name = "router.test"}})
`
	holds(t, "tcp", "127.0.0.1:0", "", open+`
assert(t:read_until("secret: ") == "clear secret: ")
assert(not t.echo)
t:writeln("moon")
t:read_until("end")`, play, a.ca)

	t.Run("of anyone", func(t *testing.T) {
		r := holds(t, "tcp", "127.0.0.1:0", "", `
local t = connect(arg[1], {timeout = 10, tls = {insecure = true}})
t:read_until("secret: ")
t:writeln("moon")
t:read_until("end")`, play)
		if !strings.Contains(r.stderr, "is insecure: anyone could answer") {
			t.Errorf("no warning: %q", r.stderr)
		}
	})
	t.Run("of a stranger", func(t *testing.T) {
		holds(t, "tcp", "127.0.0.1:0", "", open+`
local ok, err = pcall(t.read_until, t, "secret: ")
assert(not ok and tostring(err):find("START%-TLS failed"), err)`, func(conn net.Conn) string {
			if wrong := play(conn); !strings.Contains(wrong, "bad certificate") {
				return "no complaint: " + wrong
			}
			return ""
		}, stranger.ca)
	})
}

// TestConnectTimeout: a host that does not go on with the connection is waited for
// no longer than the script says.
func TestConnectTimeout(t *testing.T) {
	address := hostileHost(t, false, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	r := runScript(t, `
local ok, err = pcall(connect, "telnets://" .. arg[1], {connect_timeout = 0.05})
assert(not ok and err.kind == "connect", err)
connect("telnets://" .. arg[1], {connect_timeout = 0.05})`, address)
	if r.status != 4 || !strings.Contains(r.stderr, "within 50ms") {
		t.Errorf("ended with %d: %q", r.status, r.stderr)
	}
}

// TestCompressionOverTLS is refused even if the script accepts it: what is compressed
// with a secret tells of it by its length.
func TestCompressionOverTLS(t *testing.T) {
	a := newAuthority(t)
	holds(t, "tcp", "127.0.0.1:0", "telnets://", `
local t = connect(arg[1], {timeout = 10, options = {MCCP2 = "accept"}, tls = {ca = arg[2], server_name = "router.test"}})
t:on_option(function(_, command, option) return "accept" end)
t:read_until("end")
assert(not t:options().MCCP2)`, func(conn net.Conn) string {
		return converse(tls.Server(conn, a.server), []string{"\xff\xfb\x56", "\xff\xfe\x56", "end"})
	}, a.ca)
}

// TestEnvironIsTraced: a value that begins with "-", which some servers have taken for
// an option of login, goes out only if the script has set it, and is pointed out.
func TestEnvironIsTraced(t *testing.T) {
	holds(t, "tcp", "127.0.0.1:0", "", `
local code = ("connect(%q, {timeout = 10, environ = {USER = '-froot'}}):read_until('end')"):format(arg[1])
local out = io.popen('moonwire -d -e "' .. code:gsub('"', '\\"') .. '" 2>&1'):read("*a")
assert(out:find("a value begins with -", 1, true), out)`, func(conn net.Conn) string {
		return converse(conn, []string{"\xff\xfd\x27\xff\xfa\x27\x01\xff\xf0", "\xff\xfb\x27\xff\xfa\x27\x00\x00USER\x01-froot\xff\xf0", "end"})
	})
}
