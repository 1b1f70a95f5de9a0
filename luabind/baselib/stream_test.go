package baselib_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

func TestOutputThatFails(t *testing.T) {
	for _, source := range []string{
		"for i = 1, 1e6 do print(('x'):rep(100)) end",
		"for i = 1, 1e6 do io.write(('x'):rep(100)) end",
		"io.write('x') io.flush()",
		"io.stdout:write('x') io.stdout:flush()",
		"print 'x' io.read()",
	} {
		_, err := call(baselib.New(baselib.Config{Stdout: brokenPipe{}}), source)
		var output *baselib.OutputError
		if !errors.As(err, &output) || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%s: %v", source, err)
		} else if want := "test.lua:1: cannot write to standard output: broken pipe"; err.Error() != want {
			t.Errorf("%s: %q, want %q", source, err, want)
		}
	}
	L := baselib.New(baselib.Config{Stdout: brokenPipe{}})
	runIn(t, L, "print 'x'")
	if err := baselib.Flush(L); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("flush: %v", err)
	}
}

func TestStandardStreams(t *testing.T) {
	var out, errs bytes.Buffer
	L := baselib.New(baselib.Config{
		Stdin: strings.NewReader("first line\n42 0x10 rest\nlast"), Stdout: &out, Stderr: &errs,
	})
	got := runIn(t, L, `
		print('a', 1, nil, true, 0.1)
		io.write('b', 2, '\n')
		io.stderr:write('to stderr\n')
		local line = io.read()
		local n, m = io.read('*n', '*n')
		return line, n, m, io.read('*l'), io.read('*a'), io.read('*l'), io.read('*a')`)
	if err := baselib.Flush(L); err != nil {
		t.Fatal(err)
	}
	if want := "first line|42|16| rest|last|nil|"; strings.Join(got, "|") != want {
		t.Errorf("read %q, want %q", strings.Join(got, "|"), want)
	}
	if want := "a\t1\tnil\ttrue\t0.1\nb2\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
	if errs.String() != "to stderr\n" {
		t.Errorf("stderr %q", errs.String())
	}
}

func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	lines(t, [][]string{
		{"local f = assert(io.open('a', 'w')) f:write('one\\n', 2, '\\nthree') f:close() local t = {} for l in io.lines('a') do t[#t + 1] = l end return table.concat(t, ',')", "one,2,three"},
		{"local f = io.open('a') local a = f:read(3) local b = f:seek('cur') f:seek('set', 1) local c = f:read('*l') return a, b, c, f:seek('end')", "one", "3", "ne", "11"},
		{"local f = io.open('a', 'r+') f:read('*l') f:write('X') f:seek('set') return f:read('*a')", "one\nX\nthree"},
		{"local f = io.open('a', 'a') f:write('!') f:close() return io.open('a'):read('*a')", "one\nX\nthree!"},
		{"local f = io.open('a') f:close() return pcall(f.read, f)", "false", "attempt to use a closed file"},
		{"return io.type(io.stdout), tostring(io.stdout), io.type('x')", "file", "file (stdout)", "nil"},
		{"return io.open('missing')", "nil", "missing: no such file or directory", "2"},
		{"return os.rename('missing', 'b')", "nil", "missing: no such file or directory", "2"},
		{"return os.remove('a'), io.open('a')", "true", "nil", "a: no such file or directory", "2"},
		{"local f = io.popen('printf \"a\\\\nb\"') local t = {} for l in f:lines() do t[#t + 1] = l end return #t, t[2], f:close()", "2", "b", "0"},
		{"return io.popen('exit 3'):close(), os.execute('exit 4'), os.execute('true')", "3", "4", "0"},
		{"return io.popen('kill -9 $$'):close(), os.execute('kill -15 $$')", "137", "143"},
		{"local f = io.popen('cat > piped', 'w') f:write('through') f:close() return io.open('piped'):read('*a')", "through"},
		{"os.setenv('GREETING', 'hello') return io.popen('echo $GREETING'):read(), os.getenv('GREETING')", "hello", "hello"},
		{"local f = io.tmpfile() f:write('x') f:seek('set') return f:read('*a')", "x"},
	})
}

// TestCloseWritesOut leaves a file open with something in its buffer.
func TestCloseWritesOut(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	L := baselib.New(baselib.Config{})
	fn, err := baselib.Load(L, []byte("local f = io.open(..., 'w') f:write 'kept' io.popen('sleep 100')"), "test.lua")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := baselib.Call(context.Background(), L, fn, lua.LString(name)); err != nil {
		t.Fatal(err)
	}
	if err := baselib.Close(L); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "kept" {
		t.Errorf("%q %v", got, err)
	}
}

// TestCloseEndsCommands: one that the script has read to its end and not closed is no
// failure, whether it has ended by then or is ended.
func TestCloseEndsCommands(t *testing.T) {
	L := baselib.New(baselib.Config{})
	fn, err := baselib.Load(L, []byte("for i = 1, 50 do io.popen('echo x'):read('*a') end"), "test.lua")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := baselib.Call(context.Background(), L, fn); err != nil {
		t.Fatal(err)
	}
	if err := baselib.Close(L); err != nil {
		t.Error(err)
	}
}

func TestModules(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{"m.lua": "return {name = ...}", "broken.lua": "x = = 1", "raising.lua": "error 'at load'"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	L := baselib.New(baselib.Config{
		Path: dir + "/?.lua",
		LookupEnv: func(name string) (string, bool) {
			value, ok := map[string]string{"LUA_PATH": "/elsewhere/?.lua;;", "HOME": "/home/op"}[name]
			return value, ok
		},
		Searcher: func(name string) ([]byte, string, bool) {
			return []byte("return 'embedded ' .. ..."), "stdlib/" + name, name == "json"
		},
	})
	got := strings.Join(runIn(t, L, `
		local ok, broken = pcall(require, 'broken')
		local ok, raising = pcall(require, 'raising')
		return require('m').name, require 'm' == require 'm', require 'json', broken, raising, os.getenv 'HOME', os.getenv 'NOTHING',
			(package.path:gsub('^.-;', ''))`), "|")
	got = strings.ReplaceAll(got, dir, "DIR")
	want := "m|true|embedded json|error loading module from file 'DIR/broken.lua':\n\tDIR/broken.lua:1: unexpected symbol near '='|" +
		"DIR/raising.lua:1: at load|/home/op|nil|/elsewhere/?.lua;./?.lua;./?/init.lua"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	_, err := call(L, "require 'nowhere.at.all'")
	if err == nil || !strings.Contains(err.Error(), "module 'nowhere.at.all' not found:\n\tno field package.preload['nowhere.at.all']") {
		t.Error(err)
	}
}
