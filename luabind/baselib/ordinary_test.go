package baselib

import (
	"bytes"
	"strings"
	"testing"
)

// Programs of ordinary Lua that gopher-lua's compiler gets wrong, with what they print.
var ordinary = []struct{ name, source, want string }{
	{"goto keeps the closures of live locals", `local n=0 local function bump() n=n+1 end
		for i=1,3 do bump() if i<3 then goto continue end ::continue:: end print(n)`, "3"},
	{"goto back closes what it leaves", `local fs, i = {}, 0
		::again:: do local x = i fs[#fs+1] = function() return x end i = i + 1 if i < 3 then goto again end end
		print(fs[1](), fs[2](), fs[3]())`, "0\t1\t2"},
	{"break closes the locals of inner blocks", `local f
		for i=1,3 do if i==2 then local x=i f=function() return x end break end end
		local a,b,c,d,e,g,h=99,99,99,99,99,99,99 print(f())`, "2"},
	{"a call as the value of the last key", `print(#{"a","b",sep=("x"):rep(2)})`, "2"},
	{"varargs as the value of the last key", `print((function(...) return #{"a", k=...} end)(1,2,3))`, "1"},
	{"a local function value does not see itself", `local print=function(...) return print("LOG",...) end print("x")`, "LOG\tx"},
	{"a local function sees itself", `local function f(n) return n == 0 and "end" or f(n-1) end print(f(3))`, "end"},
	{"a body that begins with if false", `for _,c in ipairs{"a","b"} do if false then print"dbg" end print(c) end print"out"`, "a\nb\nout"},
	{"a body that is a break", `local t={1} local f=function() for k in pairs(t) do break end return next(t)==nil end print(f())`, "false"},
	{"a body that begins with false and", `local n=0 repeat local d=false and n n=n+1 until n>2 print(n)`, "3"},
	{"while with a constant first", `local n=0 while false or n<3 do n=n+1 end print(n)`, "3"},
	{
		"a for calls its function without what lies about", `local t={f=function(...) print(...) end, two=function() return 1, 2 end, none=function() end}
		do local a,b,c,d,e,f,g,h="x","x","x","x","x","x","x","x" end
		for k in next,{x=1} do print(k) end for k in t.f do end for k,v in t.f do end for k,v,w in t.f do end for k in t.f,1 do end
		for k in t.f,t.none() do end for k in t.f,t.two() do end for k,v in t.f,t.none() do end for k in t.f,1,t.none() do end
		for k in t.f,1,t.two() do end for k in t.f,(t.two()) do end for a,b,c,d in t.f,t.two() do end for k in t.f,1,2,3 do end
		for k,v in t.f,1,(t.two()) do end for k in t.f,1,"a"..1 do end for k,v in t.f,t.two(),t.two() do end`,
		"x\nnil\tnil\nnil\tnil\nnil\tnil\n1\tnil\nnil\tnil\n1\t2\nnil\tnil\n1\tnil\n1\t1\n1\tnil\n1\t2\n1\t2\n1\t1\n1\ta1\n1\t1",
	},
	{"a for's bounds may be strings", `for i="1","2" do print(i) end`, "1\n2"},
	{"fifty items and a key", `local t={1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,
		31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,a=("x"):rep(3),b=print} print(t[1],t[2],t.a,#t)`, "1\t2\txxx\t50"},
	{"fifty items and a call", `local t={1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,
		31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,unpack{"u","v"}} print(t[1],#t,t[52])`, "1\t52\tv"},
	{"a long constructor", `local t=loadstring("return {" .. ("7,"):rep(25549) .. "8,9,10," .. ("7,"):rep(60) .. "11}")()
		print(#t, t[1], t[25550], t[25552], t[#t])`, "25613\t7\t8\t10\t11"},
	{"a yield that is resumed with nothing", `local co=coroutine.wrap(function() local a=coroutine.yield() local b,c=(coroutine.yield()) print(a,b,c) end)
		co() co() co()`, "nil\tnil\tnil"},
	{
		"deeply nested operators are an error", `local f, err = loadstring("return "..("not "):rep(1e6).."1") print(f, (err:gsub("^.*:%d+: ", "")))`,
		"nil\tchunk has too many syntax levels",
	},
	{"varargs into a local that is not the last", `print((function(...) local a, b = 1, 2 a = (...) local c a = ... return a, b, c end)())
		print((function(...) local a, b = 1, 2 a = (...) return a, b end)(5, 6))`, "nil\t2\tnil\n5\t2"},
	{"form feeds are blanks", "print(1)\fprint(2)\v", "1\n2"},
	{"clearing while traversing both parts", `local t={10,20,30,name="x"} local n=0
		for k,v in pairs(t) do n=n+1 if v==30 then t[k]=nil end end print(n)`, "4"},
	{"clearing all while traversing", `local t={10,20,30,name="x"} local n=0 for k in next,t do n=n+1 t[k]=nil end print(n, next(t))
		t={1,2,3} for k in pairs(t) do n=n+1 t[k]=nil end print(n, next(t), pairs(t)==next)`, "4\tnil\n7\tnil\ttrue"},
}

func TestOrdinary(t *testing.T) {
	for _, test := range ordinary {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			L := New(Config{Stdout: &out})
			defer L.Close()
			fn, err := Load(L, []byte(test.source), "test")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Call(t.Context(), L, fn); err != nil {
				t.Fatal(err)
			}
			if err := Flush(L); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(out.String()); got != test.want {
				t.Errorf("prints %q, want %q", got, test.want)
			}
		})
	}
}
