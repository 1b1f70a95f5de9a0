package luabind_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind"
)

// tokenHost is a host that asks for a token, and then echoes.
func tokenHost(t *testing.T) (address string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ssh.ServerConfig{KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		got, err := ask("Gate", "Look at your \x1b[2Jtoken.", []string{"Token: "}, []bool{false})
		if err != nil || got[0] != "4711" {
			return nil, errors.New("no")
		}
		return &ssh.Permissions{}, nil
	}}
	cfg.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go echo(conn, cfg)
		}
	}()
	return l.Addr().String()
}

func echo(conn net.Conn, cfg *ssh.ServerConfig) {
	_, chans, reqs, err := ssh.NewServerConn(conn, cfg)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(reqs)
	for nc := range chans {
		if nc.ChannelType() != "session" {
			_ = nc.Reject(ssh.Prohibited, "no")
			continue
		}
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range reqs {
				_ = r.Reply(true, nil)
				switch r.Type {
				case "shell":
					go func() { _, _ = io.Copy(ch, ch) }()
				case "exec": // of one letter: the output ends, and later the command with that status
					_, _ = io.WriteString(ch, "first\nlast words\n\n")
					_ = ch.CloseWrite()
					switch status := r.Payload[4] - '0'; {
					case status == 9: // goes on
					case status < 9:
						time.AfterFunc(500*time.Millisecond, func() {
							_, _ = ch.SendRequest("exit-status", false, []byte{0, 0, 0, status})
							_ = ch.Close()
						})
					default:
						_ = ch.Close()
					}
				}
			}
		}()
	}
}

// TestSSH: who answers what a host asks, and options that make no sense.
func TestSSH(t *testing.T) {
	address := tokenHost(t)
	asked := ""
	in := luabind.New(luabind.Config{
		Secret: func(context.Context, string) (string, error) { return "4711", nil },
		Prompt: func(_ context.Context, prompt string, echo bool) (string, error) {
			asked += prompt
			if !strings.Contains(prompt, "Token") || echo {
				return "", terminal.ErrNoTerminal
			}
			return "4711", nil
		},
	})
	defer in.Close()
	t.Setenv("HOME", t.TempDir())
	for _, code := range []string{
		`function open(o)
		   o.config, o.host_key, o.agent = false, "accept-new", false
		   o.known_hosts = o.known_hosts or known
		   return connect("ssh://joe@" .. address, { ssh = o, timeout = 10 })
		 end
		 function fails(want, o)
		   local ok, err = pcall(open, o)
		   assert(not ok and err.message:find(want, 1, true), tostring(err))
		 end`,
		`local s = open{ on_prompt = function(q, about)
		   assert(q == "Token: " and not about.echo and about.name == "Gate")
		   return secret "token"
		 end }
		 s:write("moon") assert(s:read_until("moon")) s:close()`,
		`open{ on_prompt = function() return 4711 end }:close()`,
		`open{ on_prompt = function() return "4711" end }:close()`,
		`open{}:close()`,
		// A command that failed has no output that is whole, unless the script says that any end will do.
		`local function run(c) return open{ command = c, pty = false } end
		 assert(run("0"):read_all() == "first\nlast words\n\n")
		 assert(run("x"):read_all() == "first\nlast words\n\n") -- a host that does not tell
		 local s = run("3")
		 local ok, err = pcall(s.read_all, s)
		 assert(not ok and err.kind == "command" and err.command == "3" and err.output == "first\nlast words\n\n" and err.line == "last words", tostring(err) .. tostring(err.output) .. tostring(err.line))
		 assert(err.message:find('the command "3": it exited with status 3, and said last "last words"', 1, true), err.message)
		 assert(err.message:find("hint: s:wait() returns the status", 1, true), err.message)
		 local how, code = s:wait()
		 assert(how == "exit" and code == 3)
		 s = run("4")
		 local n = 0
		 ok, err = pcall(function() for line in s:lines() do n = n + 1 end end)
		 assert(not ok and n == 3 and err.kind == "command" and err.output == "", tostring(err))
		 ok, err = pcall(s.read_some, s)
		 assert(not ok and err.kind == "command", tostring(err))
		 s = run("5")
		 s:always{ { "first\n", function() return AGAIN end } }
		 ok, err = pcall(s.read_all, s)
		 assert(not ok and err.kind == "command" and err.output == "first\nlast words\n\n", tostring(err))
		 local _, m, text = run("6"):expect{ EOF }
		 assert(text == "first\nlast words\n\n" and m.reason == nil)
		 ok, err = pcall(s.read_all, run("9"), 0.6)
		 assert(not ok and err.kind == "timeout" and err.output == "first\nlast words\n\n", tostring(err))
		 assert(err.message:find('timeout: the command "9" waited .* s: it has closed its output and has not ended'), err.message)`,
		`open{ on_prompt = function() end }:close()`,
		`local t = task(open, {}) t:wait():close()`,
		`local ok, err = pcall(open, { on_prompt = function() error("out of tokens") end })
		 assert(not ok and err:find("out of tokens", 1, true), tostring(err))`,
		`fails("the hook must return a string, a secret or nil, not a table", { on_prompt = function() return {} end })`,
		`fails("there is no ssh.pasword", { pasword = "x" })`,
		`fails("did you mean password?", { pasword = "x" })`,
		`fails("ssh.password must be a secret, as in secret \"router\", not a number", { password = 1 })`,
		`fails("ssh.user must be a string", { user = 1 })`,
		`fails("ssh.key 1 must be a secret", { key = { 1 } })`,
		`fails("ssh.agent must be true or false", { agent = 1, known_hosts = nil }) `,
		`fails("ssh.legacy: there is no old algorithm \"rot13\"", { legacy = { "rot13" } })`,
		`fails("ssh.legacy must be a string", { legacy = 1 })`,
		`fails("ssh.client must be \"openssh\"", { client = "putty" })`,
		`local ok, err = pcall(connect, "ssh://h", { ssh = { client = "openssh", password = "x" } })
		 assert(not ok and err.message:find('password does not go with client="openssh"', 1, true), tostring(err))`,
		`fails("ssh.command is empty", { command = " " })`,
		`fails("ssh.on_prompt must be a function", { on_prompt = "4711" })`,
		`fails("ssh.pty must be true or false", { pty = "no" })`,
		`local ok, err = pcall(connect, "ssh://h", { ssh = { host_key = "no" } })
		 assert(not ok and err.message:find('ssh.host_key must be "ask"', 1, true), tostring(err))
		 ok, err = pcall(connect, "ssh://h", { ssh = true })
		 assert(not ok and err.message:find("ssh must be a table such as", 1, true), tostring(err))
		 ok, err = pcall(connect, "ssh://joe@" .. address, { ssh = { config = false, known_hosts = known .. "-other" } })
		 assert(not ok and err.message:find("Host key verification failed", 1, true), tostring(err))
		 ok, err = pcall(connect, "tcp://h:1", { ssh = {} })
		 assert(not ok and err.message:find("ssh does not go with tcp://, which is not ssh", 1, true), tostring(err))
		 ok, err = pcall(connect, "tcp://127.0.0.1:1", { via = { "ssh://joe@" .. address, { config = false, known_hosts = known, agent = false, legacy = true, on_prompt = function() return "4711" end } } })
		 assert(not ok and err.message:find("via ssh://joe@" .. address .. ": it refuses", 1, true), tostring(err))`,
	} {
		if strings.HasPrefix(code, "function open") {
			code = `address, known = "` + address + `", "` + t.TempDir() + `/known" ` + code
		}
		if strings.Contains(code, "agent = 1") {
			code = `local ok, err = pcall(connect, "ssh://h", { ssh = { agent = 1 } }) assert(not ok and err.message:find("ssh.agent must be true or false", 1, true), tostring(err))`
		}
		if err := in.Run(t.Context(), []byte(code), "test"); err != nil {
			t.Errorf("%s\n%v", code, err)
		}
	}
	if want := "(ssh://joe@" + address + ") Gate\n(ssh://joe@" + address + ") Look at your ?[2Jtoken.\n(ssh://joe@" + address + ") Token: "; !strings.HasPrefix(asked, want) {
		t.Errorf("the operator was asked %q, want %q", asked, want)
	}
}
