package telnetlib

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// ask has CPython answer; the test is skipped where its telnetlib is missing.
func ask(t *testing.T, answer any, input []byte, args ...string) {
	const python = "/usr/bin/python3" // Debian's is 3.11; 3.13 has the module no more
	if out, err := exec.Command(python, "-W", "ignore", "-c", "import telnetlib").CombinedOutput(); err != nil {
		if os.Getenv("MOONWIRE_REAL") == "1" {
			t.Fatalf("CPython's telnetlib is missing: %v\n%s", err, out)
		}
		t.Skip("there is no python3 with telnetlib")
	}
	cmd := exec.Command(python, append([]string{"testdata/reference.py"}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, answer); err != nil {
		t.Fatal(err)
	}
}

// TestConstants holds the constants to CPython's.
func TestConstants(t *testing.T) {
	var want map[string]int
	ask(t, &want, nil, "constants")
	printed, err := run(t, `
		for name, value in pairs(telnetlib) do
			if type(value) == "string" then print(name, #value == 1 and value:byte() or "is not one byte") end
		end`, false)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for line := range strings.Lines(printed) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if got[name], err = strconv.Atoi(value); err != nil {
			t.Errorf("%s %s", name, value)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestAsInCPython runs random dialogues on CPython's telnetlib and on ours.
func TestAsInCPython(t *testing.T) {
	seeds := uint64(200)
	if os.Getenv("MOONWIRE_REAL") == "1" {
		seeds = 1000
	}
	var cases []testCase
	for seed := range seeds {
		cases = append(cases, generate(seed))
		if seed%5 == 0 {
			cases = append(cases, generateLong(seed))
		}
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ask(t, &want, input)
	failures := 0
	for i, c := range cases {
		source := c.lua()
		got, err := run(t, source, false)
		if got = strings.ReplaceAll(got, "\t", " "); err == nil && got == want[i] {
			continue
		}
		t.Errorf("case %d: %v\n%s\ngot:\n%s\nwant:\n%s", i, err, source[strings.Index(source, "t:set_debuglevel"):], got, want[i])
		if failures++; failures == 5 {
			t.Fatal("and so on")
		}
	}
}
