//go:build unix

package real

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// chatRoom starts libtelnet's chat room. It does not survive a client that leaves
// at once, so it is not asked whether it listens: it says so.
func chatRoom(t *testing.T) (address string) {
	t.Helper()
	chatd, stdbuf := needs(t, "telnet-chatd"), needs(t, "stdbuf")
	port := freePort(t)
	out, told := io.Pipe()
	start(t, told, stdbuf, "-oL", chatd, port)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "LISTENING") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return "127.0.0.1:" + port
		}
	}
	t.Fatal("the chat room does not open")
	return ""
}

// TestChatRoom talks in it: compressed if the script asks for that, and in clear by
// default.
func TestChatRoom(t *testing.T) {
	script(t, chatRoom(t), `
local function enter(name, options)
  local t = connect(arg[1], {timeout = 10, options = options, name = name})
  t:read_until(":")
  t:writeln(name)
  return t
end
local a = enter("ann", {MCCP2 = "accept"})
a:expect{ [=[(?i)ann.*\n]=] }
assert(a:options().MCCP2.him == true, "MCCP2 is not on")
local b = enter("ben")
b:expect{ [=[(?i)ben.*\n]=] }
assert(not b:options().MCCP2)
for i = 1, 200 do
  local line = ("message %d "):format(i) .. ("moon"):rep(20)
  b:writeln(line)
  a:expect{ exact(line) }
end
a:writeln("hello \255 there")
b:expect{ exact "hello \255 there" }
a:close()
b:close()`)
}
