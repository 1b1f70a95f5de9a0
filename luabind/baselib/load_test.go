package baselib_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct {
		source, want string
		incomplete   bool
	}{
		{"x = = 1", "script.lua:1: unexpected symbol near '='", false},
		{"import pexpect", `script.lua:1: '=' expected near 'pexpect' (scripts are in Lua: local x = require "x")`, false},
		{"def f(x)", `script.lua:1: '=' expected near 'f' (scripts are in Lua: local function f() ... end, local x = 1)`, false},
		{"send 'x'\nspawn telnet r1", `script.lua:2: '=' expected near 'telnet' (scripts are in Lua; moonwire doc "porting expect" has the words of Expect)`, false},
		{"f(1, b=2)", "script.lua:1: ')' expected near '=' (options go into a table: {name = value})", false},
		{"s:close", "script.lua:1: function arguments expected near '<eof>' (a method is called with parentheses, as in s:close())", true},
		{"\n\nend", "script.lua:3: '<eof>' expected near 'end'", false},
		{"#!/bin/x\nx = )", "script.lua:2: unexpected symbol near ')'", false},
		{"if x then\n  y()\n", "script.lua:2: 'end' expected (to close 'if' at line 1) near '<eof>'", true},
		{"function f()", "script.lua:1: 'end' expected near '<eof>'", true},
		{"while true", "script.lua:1: 'do' expected near '<eof>'", true},
		{"for i = 1, 2 do\nfor j = 1, 2 do end", "script.lua:2: 'end' expected (to close 'for' at line 1) near '<eof>'", true},
		{"repeat\n\n\n", "script.lua:3: 'until' expected (to close 'repeat' at line 1) near '<eof>'", true},
		{"f(1,\n2", "script.lua:2: ')' expected (to close '(' at line 1) near '<eof>'", true},
		{"x = {", "script.lua:1: '}' expected near '<eof>'", true},
		{"x =", "script.lua:1: unexpected symbol near '<eof>'", true},
		{"x = 'abc", "script.lua:1: unfinished string near ''abc'", false},
		{"x = 'abc\ny = 1", "script.lua:1: unfinished string near ''abc'", false},
		{"x = 'abc\\", "script.lua:1: unfinished string near ''abc\\'", true},
		{"x = [[abc\n", "script.lua:2: unfinished long string (starting at line 1) near '<eof>'", true},
		{"--[[ abc", "script.lua:1: unfinished long comment (starting at line 1) near '<eof>'", true},
		{"x = 3x", "script.lua:1: malformed number near '3x'", false},
		{"x = 1..2", "script.lua:1: malformed number near '1..2'", false},
		{"x = '\\xg0'", `script.lua:1: two hexadecimal digits expected after '\x'`, false},
		{"x = '\\300'", `script.lua:1: escape sequence too large near '\300'`, false},
		{"if x != 1 then end", "script.lua:1: unexpected symbol near '!=' (Lua writes ~=)", false},
		{"x = 1 ? 2", "script.lua:1: unexpected symbol near '?'", false},
		{"break", "script.lua:1: no loop to break near '<eof>'", false},
		{"goto nowhere", "script.lua:2: no visible label 'nowhere' for <goto> at line 1", false},
		{"local function f() return ... end", "script.lua:1: cannot use '...' outside a vararg function near '...'", false},
		{"x = " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), "script.lua:1: chunk has too many syntax levels", false},
		{"x = 1" + strings.Repeat("+1", 60_000), "script.lua:1: chunk has too many syntax levels", false},
		{"f" + strings.Repeat("()", 1e6), "script.lua:1: chunk has too many syntax levels", false},
		{"if x then " + strings.Repeat("elseif x then ", 1e5) + "end", "script.lua:1: chunk has too many syntax levels", false},
		{"x = " + strings.Repeat("not ", 1e6) + "1", "script.lua:1: chunk has too many syntax levels", false},
		{"x = 'a'" + strings.Repeat(" .. 'a'", 1e5), "script.lua:1: chunk has too many syntax levels", false},
		{"return " + strings.Repeat("1, ", 300) + "1", "script.lua:1: function or expression too complex (too many local variables or values at once)", false},
	} {
		_, err := baselib.Compile([]byte(c.source), "script.lua")
		var syntax *baselib.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", c.source, err)
			continue
		}
		if syntax.Error() != c.want || syntax.Incomplete != c.incomplete {
			t.Errorf("%q\n got %s, incomplete %v\nwant %s, incomplete %v", c.source, syntax, syntax.Incomplete, c.want, c.incomplete)
		}
	}
}

func TestLinesAreKept(t *testing.T) {
	for source, want := range map[string]string{
		"#!/x\n\nerror 'here'":                                 "script:3: here",
		"\ufeff#!/x\nerror 'here'":                             "script:2: here",
		"local s = 'a\\z\n\n  b'\nerror 'here'":                "script:4: here",
		"local s = 'a\\\nb'\nerror 'here'":                     "script:3: here",
		"local s = [==[\n]]\n]==] --[[\n\n]] error 'here'":     "script:5: here",
		"x = 1\r\ny = 2\r\nerror 'here'":                       "script:3: here",
		"local a, b = 1, 2\na, b = b, a\nlocal c = nil .. 'x'": "script:3: attempt to concatenate a nil value",
		"local a, b, c\na, b = 1,\nc.x":                        "script:3: attempt to index local 'c' (a nil value)",
	} {
		L := baselib.New(baselib.Config{})
		fn, err := baselib.Load(L, []byte(source), "script")
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		_, err = baselib.Call(context.Background(), L, fn)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}

// TestSharedChunk runs one compiled chunk in several states at once.
func TestSharedChunk(t *testing.T) {
	proto, err := baselib.Compile([]byte("local n = ... return n .. '/' .. n / 2"), "shared")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	for range 4 {
		go func() {
			L := baselib.New(baselib.Config{})
			var last string
			for range 100 {
				values, err := baselib.Call(context.Background(), L, L.NewFunctionFromProto(proto), lua.LNumber(7))
				if err != nil {
					last = err.Error()
					break
				}
				last = values[0].String()
			}
			done <- last
		}()
	}
	for range 4 {
		if got := <-done; got != "7/3.5" {
			t.Error(got)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"x = 1", "a, b = b, a or {}", "'\\x41\\z  \n' --[==[", "0x10 .. 1e5 .. '\\300'", "for i = 1, 2 do end", "f{...}.x:y'z'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		_, err := baselib.Compile([]byte(source), "fuzz")
		var syntax *baselib.SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.Line < 1 || syntax.Message == "" || strings.Contains(syntax.Message, "too complex (")) {
			t.Errorf("%q: %v", source, err)
		}
	})
}
