package luabind_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/line/via/proxytest"
	"github.com/moonwire/moonwire/luabind"
)

func runWithSecret(t *testing.T, source, secret string) error {
	t.Helper()
	var out strings.Builder
	in := luabind.New(luabind.Config{Stdout: &out, Secret: func(context.Context, string) (string, error) { return secret, nil }})
	err := in.Run(t.Context(), []byte(source), "via.lua")
	return errors.Join(err, in.Close())
}

// TestVia goes to a telnet host through proxies, written in each way.
func TestVia(t *testing.T) {
	address, stop, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	names := map[string]string{"router1:23": strings.TrimPrefix(address, "telnet://")}
	if _, _, err := net.SplitHostPort(names["router1:23"]); err != nil {
		t.Fatal(err)
	}
	socks, web := "socks5://"+proxytest.Socks(t, "", "", names), "http://joe@"+proxytest.Web(t, "joe", "sesame", names)
	for _, via := range []string{
		`"` + socks + `"`, `{"` + socks + `"}`, `{"` + socks + `", {}}`,
		`{"` + web + `", {password = secret "p"}}`,
		`{"` + web + `", {user = "joe", password = secret "p"}}`,
		`{"` + socks + `", {"` + web + `", {password = secret "p"}}}`,
		`{{"` + web + `", {password = secret "p"}}, "` + socks + `", "` + socks + `"}`,
	} {
		if err := runWithSecret(t, `connect("router1", {via = `+via+`}):read_until("login: ", 5)`, "sesame"); err != nil {
			t.Errorf("via = %s: %v", via, err)
		}
	}
}

// TestViaMistakes tells what is wrong with a hop, and never a password.
func TestViaMistakes(t *testing.T) {
	nobody := proxytest.Listen(t, func(net.Conn) {})
	for via, want := range map[string]string{
		`5`:                                   "via must be an address, {address, options}, or a list of them, not a number",
		`{}`:                                  "via is an empty table",
		`{"x", 5}`:                            `the address "x" is wrong: no connection goes through that`,
		`"telnet://x"`:                        `the address "telnet://x" is wrong: no connection goes through that`,
		`{"socks5://p", 5}`:                   "via[2] must be an address, {address, options}, or a list of them, not a number",
		`{{"socks5://p", 5}}`:                 "via[1][2] must be a table of options, not a number",
		`{{"socks5://p", user="joe"}}`:        `via[1] has an entry "user"`,
		`{"socks5://p", {usr="joe"}}`:         `via: socks5:// has no option "usr"`,
		`{"command:nc %h", {user="joe"}}`:     `via: command: has no option "user"`,
		`{"socks5://p", {password="sesame"}}`: "via.password must be a secret, not a string",
		`{"socks5://p", {user=5}}`:            "via.user must be a string, not a number",
		`"socks5://joe:sesame@p"`:             `the address "socks5://...@p" is wrong: a password does not belong into an address`,
		`{"socks5://p", "command:nc %h %p"}`:  "via[2]: command: can only be the first hop",
		`"command:"`:                          `the address "command:" is wrong: the command is missing`,
		`{"socks5://` + nobody + `", {password=secret "p", user="x"}}`: "cannot connect to router1: via socks5://" + nobody + ": ",
	} {
		err := runWithSecret(t, `connect("router1", {via = `+via+`})`, "sesame")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("via = %s: %v; want %s", via, err, want)
		}
	}
	err := runWithSecret(t, `connect("ssh://joe@router1", {ssh = {config = false}, via = "socks5://`+nobody+`"})`, "")
	if want := "cannot connect to ssh://joe@router1: via socks5://" + nobody + ": "; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; want %s", err, want)
	}
	for prefix, address := range map[string]string{"demo://": "demo://", "unix://": "unix:///run/x", "spawn:": "spawn:cat"} {
		err := runWithSecret(t, `connect("`+address+`", {via = "socks5://p"})`, "")
		if err == nil || !strings.Contains(err.Error(), "via does not go with "+prefix+", which is on this machine") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
