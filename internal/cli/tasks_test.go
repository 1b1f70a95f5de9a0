package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/moonwire/moonwire/engine/session"
)

// A script with tasks is replayed the same each time, wherever the host's text is cut, also
// where its tasks connected in another order when it was recorded.
func TestTasksReplay(t *testing.T) {
	dir := t.TempDir()
	script, cast := filepath.Join(dir, "tasks.lua"), filepath.Join(dir, "tasks.cast")
	if err := os.WriteFile(script, []byte(`
local order = {}
local results = parallel({ 1, 2, 3 }, function(n)
  if arg[1] == "backwards" then sleep(0.02 * (4 - n)) end
  local s = connect("demo://")
  order[#order + 1] = n
  s:read_until("login: ", 5)
  s:writeln("user" .. n)
  s:read_until("assword: ", 5)
  s:close()
  return "user" .. n
end)
for _, r in ipairs(results) do io.write(r.ok and r.value or tostring(r.error), " ") end
print(table.concat(order, " "))
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, status := said(t, "-record", cast, script, "backwards"); status != 0 || out != "user1 user2 user3 3 2 1\n" {
		t.Fatalf("recorded: %d %q %q", status, out, errs)
	}
	const want = "user1 user2 user3 1 2 3\n"
	for range 3 {
		if out, errs, status := said(t, "replay", cast, script); status != 0 || out != want || errs != "" {
			t.Errorf("replayed: %d %q %q", status, out, errs)
		}
	}
	if out, errs, status := said(t, "replay", "-chunks", "every", cast, script); status != 0 {
		t.Errorf("cut: %d %q %q", status, out, errs)
	}
}

// Which of two tasks goes on first may depend on a cut: what each of them does is compared.
func TestCutOrdersTasks(t *testing.T) {
	followed := func(wheres ...string) map[string][]string {
		f := follower{steps: make(map[string][]string)}
		for i, where := range wheres {
			f.Observe(&session.Observation{Kind: session.Wrote, Where: where, Text: strconv.Itoa(i / 2)})
		}
		return f.steps
	}
	whole := followed("x:1 in task 1", "x:1 in task 2", "x:2", "x:3")
	if a, b, differ := differ(whole, followed("x:1 in task 2", "x:1 in task 1", "x:2", "x:3")); differ {
		t.Errorf("%q and %q", a, b)
	}
	if a, b, _ := differ(whole, followed("x:1 in task 1", "x:1 in task 2", "x:3", "x:2")); a != `x:2: write "1"` || b != `x:3: write "1"` {
		t.Errorf("%q and %q", a, b)
	}
}
