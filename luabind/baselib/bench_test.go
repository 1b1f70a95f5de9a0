package baselib_test

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// benchmark runs a chunk that loops n times, its argument.
func benchmark(b *testing.B, source string) {
	for _, variant := range []struct {
		name string
		ctx  func() context.Context
	}{
		{"free", func() context.Context { return context.Background() }},
		{"context", func() context.Context { return b.Context() }},
	} {
		b.Run(variant.name, func(b *testing.B) {
			L := baselib.New(baselib.Config{Context: variant.ctx()})
			fn, err := baselib.Load(L, []byte(source), "bench.lua")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := baselib.Call(variant.ctx(), L, fn, lua.LNumber(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
	b.Run("gopher-lua", func(b *testing.B) {
		L := lua.NewState(lua.Options{RegistrySize: 1 << 20})
		defer L.Close()
		fn, err := L.LoadString(source)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		b.ResetTimer()
		if err := L.CallByParam(lua.P{Fn: fn, Protect: true}, lua.LNumber(b.N)); err != nil {
			b.Fatal(err)
		}
	})
	if path, err := exec.LookPath("lua5.1"); err == nil {
		b.Run("lua5.1", func(b *testing.B) {
			cmd := exec.Command(path, "-", strconv.Itoa(b.N))
			cmd.Stdin = strings.NewReader(source)
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
		})
	}
}

func BenchmarkCall(b *testing.B) {
	benchmark(b, "local function f(x) return x end local n = 0 for i = 1, ... do n = n + f(i) end")
}

func BenchmarkMethod(b *testing.B) {
	benchmark(b, "local o = {n = 0} function o:add(x) self.n = self.n + x end for i = 1, ... do o:add(i) end")
}

func BenchmarkTable(b *testing.B) {
	benchmark(b, "for i = 1, ... do local t = {} for j = 1, 10 do t[j] = j end t.x = #t end")
}

func BenchmarkPairs(b *testing.B) {
	benchmark(b, "local t = {1, 2, 3, 4, 5, a = 1, b = 2, c = 3} for i = 1, ... do for k, v in pairs(t) do end end")
}

func BenchmarkGsub(b *testing.B) {
	benchmark(b, "for i = 1, ... do ('interface GigabitEthernet0/1'):gsub('%d+', '<%0>') end")
}

func BenchmarkCoroutine(b *testing.B) {
	benchmark(b, "for i = 1, ... do coroutine.wrap(function() coroutine.yield(1) end)() end")
}

func BenchmarkPcallSucceeding(b *testing.B) {
	benchmark(b, "local function f() end for i = 1, ... do pcall(f) end")
}

func BenchmarkPcallFailing(b *testing.B) {
	benchmark(b, "local function f() error 'x' end for i = 1, ... do pcall(f) end")
}

func BenchmarkFind(b *testing.B) {
	benchmark(b, "local s = ('x'):rep(1000) .. 'login: ' for i = 1, ... do s:find('%a+: $') end")
}

func BenchmarkFindPlain(b *testing.B) {
	benchmark(b, "local s = ('x'):rep(1000) .. 'login: ' for i = 1, ... do s:find('login: ', 1, true) end")
}

func BenchmarkTableConcat(b *testing.B) {
	benchmark(b, "local t = {} for i = 1, 1000 do t[i] = 'item' end for i = 1, ... do table.concat(t, ',') end")
}

func BenchmarkConcatOperator(b *testing.B) {
	benchmark(b, "local a, b = 'x', 5 for i = 1, ... do local s = a .. ' is ' .. b end")
}

func BenchmarkLoop(b *testing.B) {
	benchmark(b, "local x = 0 for i = 1, ... do x = x + i % 7 end")
}

func BenchmarkFormat(b *testing.B) {
	benchmark(b, "for i = 1, ... do string.format('%5d %s %.2f', i, 'name', 1.5) end")
}

func BenchmarkNew(b *testing.B) {
	b.Run("mended", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			baselib.New(baselib.Config{})
		}
	})
	b.Run("gopher-lua", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			lua.NewState().Close()
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	source := []byte("local t = {}\nfor i = 1, 10 do\n  t[i] = ('line %d'):format(i) .. \"\\n\" .. i\nend\nreturn table.concat(t)\n")
	b.Run("mended", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := baselib.Compile(source, "bench.lua"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gopher-lua", func(b *testing.B) {
		L := lua.NewState(lua.Options{SkipOpenLibs: true})
		defer L.Close()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := L.LoadString(string(source)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
