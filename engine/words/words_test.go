package words

import (
	"errors"
	"slices"
	"testing"
)

// TestSplit splits as sh does.
func TestSplit(t *testing.T) {
	for command, want := range map[string][]string{
		"":                        nil,
		" \t\n":                   nil,
		"nc  %h\t%p ":             {"nc", "%h", "%p"},
		`a 'b c' "d e"f`:          {"a", "b c", "d ef"},
		`'' ""`:                   {"", ""},
		`a\ b \\ \"`:              {"a b", `\`, `"`},
		`"a\"b\\c\d"`:             {`a"b\c\d`},
		`'a\'b`:                   {`a\b`},
		`$HOME *.c ; rm | x`:      {"$HOME", "*.c", ";", "rm", "|", "x"},
		"sh -c 'echo \"$1\"' x y": {"sh", "-c", `echo "$1"`, "x", "y"},
	} {
		if got, err := Split(command); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", command, got, err, want)
		}
	}
	for command, want := range map[string]error{
		`a "b`: ErrQuote, `'`: ErrQuote, `a\`: ErrBackslash, "a\x00b": ErrNUL,
	} {
		if got, err := Split(command); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v; want %v", command, got, err, want)
		}
	}
}
