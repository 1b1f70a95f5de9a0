package luabind

import (
	"runtime"
	"strconv"
	"testing"
)

// BenchmarkHandOver is the time of a sleep(0) in a script alone, and where each hands over
// to another task: the difference is the hand-over.
func BenchmarkHandOver(b *testing.B) {
	for _, bench := range []struct{ name, script string }{
		{"alone", "for i = 1, 2 * n do sleep(0) end"},
		{"two", "local function f() for i = 1, n do sleep(0) end end task(f) task(f)"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			in := New(Config{})
			defer in.Close()
			n := strconv.Itoa(b.N/2 + 1)
			b.ResetTimer()
			if err := in.Run(b.Context(), []byte("local n = "+n+" "+bench.script), "b.lua"); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkTaskMemory is what a task that waits takes.
func BenchmarkTaskMemory(b *testing.B) {
	for range b.N {
		in := New(Config{})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		in.L.SetGlobal("measure", in.bind("measure", 1, func(*call) int {
			runtime.GC()
			runtime.ReadMemStats(&after)
			return 0
		}))
		if err := in.Run(b.Context(), []byte(`
			for i = 1, 10000 do task(function() sleep(3600) end):detach() end
			sleep(0) sleep(0.2) measure()`), "b.lua"); err != nil {
			b.Fatal(err)
		}
		used := after.HeapAlloc + after.StackInuse - before.HeapAlloc - before.StackInuse
		b.ReportMetric(float64(used)/10000, "B/task")
		_ = in.Close()
	}
}
