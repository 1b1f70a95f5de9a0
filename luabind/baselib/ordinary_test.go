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
	{"form feeds are blanks", "print(1)\fprint(2)\v", "1\n2"},
	{"clearing while traversing both parts", `local t={10,20,30,name="x"} local n=0
		for k,v in pairs(t) do n=n+1 if v==30 then t[k]=nil end end print(n)`, "4"},
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
