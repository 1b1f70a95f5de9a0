package telnetlib

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAsInCPython runs random dialogues on CPython's telnetlib and on ours.
func TestAsInCPython(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's is 3.11, the last but one that has the module
	if out, err := exec.Command(python, "-W", "ignore", "-c", "import telnetlib").CombinedOutput(); err != nil {
		if os.Getenv("MOONWIRE_REAL") == "1" {
			t.Fatalf("CPython's telnetlib is missing: %v\n%s", err, out)
		}
		t.Skip("there is no python3 with telnetlib")
	}
	seeds := 1500
	if testing.Short() {
		seeds = 200
	}
	cases := make([]testCase, seeds)
	for i := range cases {
		cases[i] = generate(uint64(i))
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/reference.py")
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	failures := 0
	for i, c := range cases {
		source := c.lua()
		got, err := run(t, source, false)
		if got = strings.ReplaceAll(got, "\t", " "); err == nil && got == want[i] {
			continue
		}
		t.Errorf("seed %d: %v\n%s\ngot:\n%s\nwant:\n%s", i, err, source[strings.Index(source, "t:set_debuglevel"):], got, want[i])
		if failures++; failures == 5 {
			t.Fatal("and so on")
		}
	}
}
