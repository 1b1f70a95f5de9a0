package luabind_test

import (
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// TestUnconnected: an interpreter that is connected to nothing says what is missing.
func TestUnconnected(t *testing.T) {
	in := luabind.New(luabind.Config{})
	for script, want := range map[string]string{
		`connect("demo://"):interact()`:             "interact: there is no terminal and no standard input",
		`secret "x"`:                                `secret: there is no source for "x"`,
		`connect("demo://"):record("x.cast")`:       "record: nothing can be recorded here",
		`connect("demo://", { record = "x.cast" })`: "record: nothing can be recorded here",
		`help(coroutine.wrap(function() end))`:      "there is nothing about this function",
	} {
		err := in.Run(t.Context(), []byte(script), "x.lua")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", script, err, want)
		}
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}
