package telnetlib

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/moonwire/moonwire/engine/telnet"
)

// A testCase is a dialogue for both modules: what the peer does and what is called.
// It keeps away from what is mended: the peer's bytes come to fewer than the 50
// that CPython reads at once, and are fetched by the first call after them.
type testCase struct {
	Debug    int     `json:"debug"`
	Callback bool    `json:"callback"`
	Steps    [][]any `json:"steps"`
}

func (c *testCase) add(step ...any) { c.Steps = append(c.Steps, step) }

var (
	texts    = []string{"a", "b", "ab", "ba", "login: ", "$ ", "\r\n", "\r\n", "# ", "\xff\xff", "\x00", "\x11", "\r\x00", "a'b", `"`, "\\", "\t", "\x7f", "\x1b[m"}
	literals = []string{"a", "b", "ab", "aa", ":", "login: ", "$ ", "\n", "\xff", "# \r", "", "zzz"}
	regexes  = []string{"a", "b", "ab", "ba", "[ab]+", "b+a", `\$ `, `(a)(b)?`, "^a", "a|b", `\r\n`, `[$#] `, "zzz", "(?i)LOGIN", `[^a]b`, "(a|(b))a", `\x1b\[m`}
	options  = []byte{0, 1, 3, 5, 24, 31, 39, 200, 255}
)

// speaker makes what a peer says.
type speaker struct {
	*rand.Rand
	denied map[string]bool // refusals that were answered
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (r *speaker) piece() string {
	switch r.IntN(8) {
	case 0, 1:
		return r.request()
	case 2: // a subnegotiation without what CPython drops from it
		payload := strings.ReplaceAll(pick(r.Rand, []string{"", "x", "\x01", "vt100", "\xff", "\xff\xff"}), "\xff", "\xff\xff")
		return "\xff\xfa" + pick(r.Rand, []string{"\x18", "\x1f", "\xff\xff"}) + payload + "\xff\xf0"
	case 3: // a command of two bytes, known or not
		return "\xff" + string(rune(pick(r.Rand, []byte{3, 65, 100}))) + pick(r.Rand, []string{"", "\xff\xf1", "\xff\xf9", "\xff\xf6", "\xff\xf0"})
	}
	return pick(r.Rand, texts)
}

// request is WILL, WONT, DO or DONT. A refusal is not repeated: that is mended.
func (r *speaker) request() string {
	verb, option := pick(r.Rand, []telnet.Command{telnet.WILL, telnet.WONT, telnet.DO, telnet.DONT}), pick(r.Rand, options)
	refusal := verb == telnet.WONT || verb == telnet.DONT
	key := fmt.Sprint(verb == telnet.WILL || verb == telnet.WONT, option)
	if refusal && r.denied[key] {
		return ""
	}
	r.denied[key] = refusal
	return string([]byte{255, byte(verb), option})
}

// generate makes the case of a seed.
func generate(seed uint64) testCase {
	r := &speaker{rand.New(rand.NewPCG(seed, 1)), make(map[string]bool)}
	c := testCase{Callback: r.IntN(3) == 0, Debug: r.IntN(3) / 2}
	said, gone := 0, false
	for range 1 + r.IntN(4) {
		if gone {
			break
		}
		var words string
		for range r.IntN(7) {
			if p := r.piece(); said+len(words)+len(p) < 50 {
				words += p
			} else {
				r.denied = nil // what was not said was not answered
				break
			}
		}
		if r.denied == nil {
			r.denied = make(map[string]bool)
			for _, o := range options { // nothing is known: no more refusals
				r.denied[fmt.Sprint(true, o)], r.denied[fmt.Sprint(false, o)] = true, true
			}
		}
		said += len(words)
		if words != "" {
			c.add("call", "read_very_lazy") // the queue is empty, so the next call fetches
			c.add("say", hex.EncodeToString([]byte(words)))
		}
		if gone = r.IntN(5) == 0; gone {
			c.add("hangup")
		}
		for range 1 + r.IntN(4) {
			r.call(&c, gone)
		}
		if c.Debug > 0 { // what is fetched in two pieces shows as two
			c.add("call", "read_very_eager")
		}
		c.add("heard")
	}
	return c
}

// generateLong makes a case of more bytes than CPython reads at once. Its calls are
// those whose results do not depend on that.
func generateLong(seed uint64) testCase {
	r := &speaker{rand.New(rand.NewPCG(seed, 2)), make(map[string]bool)}
	var c testCase
	for range 1 + r.IntN(3) {
		var words strings.Builder
		for range 20 + r.IntN(80) {
			words.WriteString(r.piece())
		}
		c.add("say", hex.EncodeToString([]byte(words.String())))
	}
	c.add("hangup")
	for range r.IntN(30) {
		if r.IntN(2) == 0 {
			c.add("read_until", hex.EncodeToString([]byte(pick(r.Rand, literals))), 5)
		} else {
			c.add("expect", []string{pick(r.Rand, []string{"ab", `\$ `, "login: ", `\r\n`})}, 5)
		}
	}
	c.add("call", "read_all")
	return c
}

// call adds a call. Once the peer has hung up, waits have time to see that.
func (r *speaker) call(c *testCase, gone bool) {
	timeout := 0
	if gone {
		timeout = 5
	}
	switch r.IntN(12) {
	case 0, 1, 2:
		c.add("read_until", hex.EncodeToString([]byte(pick(r.Rand, literals))), timeout)
	case 3, 4, 5:
		var list []string
		for range 1 + r.IntN(3) {
			list = append(list, pick(r.Rand, regexes))
		}
		c.add("expect", list, timeout)
	case 6:
		c.add("call", "read_very_eager")
	case 7:
		c.add("call", "read_eager")
	case 8:
		c.add("call", pick(r.Rand, []string{"read_lazy", "read_very_lazy", "read_sb_data"}))
	case 9:
		c.add("call", "read_some")
	case 10:
		if gone {
			c.add("call", "read_all")
		} else {
			c.add("write", hex.EncodeToString([]byte(pick(r.Rand, texts))))
		}
	case 11:
		c.add("write", hex.EncodeToString([]byte(pick(r.Rand, texts)+pick(r.Rand, texts))))
	}
}

// lua is the case as a script that prints what the reference prints.
func (c testCase) lua() string {
	var b strings.Builder
	fmt.Fprintf(&b, `
local t = Telnet(0.01)
local function hex(s) return type(s) == "string" and s:gsub(".", function(c) return ("%%02x"):format(c:byte()) end) or "none" end
local function call(name, ...)
  local ok, result = pcall(t[name], t, ...)
  if not ok and not tostring(result):find("^%%u%%a+Error: ") then error(result, 0) end
  print(name, ok and hex(result) or tostring(result):match("^%%a+"))
  print("eof", t.eof)
end
local function expect(list, timeout)
  local ok, i, m, text = pcall(t.expect, t, list, timeout)
  if not ok then
    print("expect", tostring(i):match("^EOFError") or error(i, 0))
    return
  end
  print("expect", i, hex(text))
  if m then
    local groups = { "match", hex(m[0]) }
    while m[#groups - 1] ~= nil do groups[#groups + 1] = hex(m[#groups - 1]) end
    print(unpack(groups))
  end
end
t:set_debuglevel(%d)
`, c.Debug)
	if c.Callback {
		b.WriteString(`
t:set_option_negotiation_callback(function(sock, command, option)
  print("callback", hex(command), hex(option))
  if command == telnetlib.SE then
    print("sb", hex(t:read_sb_data()))
  elseif option == telnetlib.TTYPE then
    sock:sendall(telnetlib.IAC .. telnetlib.WILL .. telnetlib.TTYPE)
  end
end)
`)
	}
	bytesOf := func(v any) string { p, _ := hex.DecodeString(v.(string)); return quoted(string(p)) }
	for _, step := range c.Steps {
		switch step[0] {
		case "say":
			fmt.Fprintf(&b, "say(%s)\n", bytesOf(step[1]))
		case "hangup":
			b.WriteString("hangup()\n")
		case "heard":
			b.WriteString("print(\"heard\", hex(heard()))\n")
		case "call":
			fmt.Fprintf(&b, "call(%q)\n", step[1])
		case "read_until":
			fmt.Fprintf(&b, "call(\"read_until\", %s, %d)\n", bytesOf(step[1]), step[2])
		case "write":
			fmt.Fprintf(&b, "call(\"write\", %s)\n", bytesOf(step[1]))
		case "expect":
			var list []string
			for _, p := range step[1].([]string) {
				list = append(list, quoted(p))
			}
			fmt.Fprintf(&b, "expect({%s}, %d)\n", strings.Join(list, ", "), step[2])
		}
	}
	b.WriteString("print(\"heard\", hex(heard()))\nt:close()\npeer:close()\n")
	return b.String()
}
