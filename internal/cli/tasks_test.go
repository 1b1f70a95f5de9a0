package cli

import (
	"os"
	"path/filepath"
	"testing"
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
