package baselib

// What the interpreter says when something goes wrong, in plain words.

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// plain puts an error's value as a script is to see it; only texts that the
// interpreter itself made change.
func (m *machine) plain(L *lua.LState, value lua.LValue) lua.LValue {
	text, ok := value.(lua.LString)
	if !ok {
		return value
	}
	if isOverflow(text) {
		return lua.LString(Where(L) + "stack overflow")
	}
	s := string(text)
	if strings.HasSuffix(s, "registry overflow") {
		s = strings.TrimSuffix(s, "registry overflow") + "stack overflow"
	}
	// A position that is not there leaves a blank.
	if strings.HasPrefix(s, " bad argument #") || strings.HasPrefix(s, " attempt to ") || strings.HasPrefix(s, " stack overflow") {
		s = s[1:]
	}
	return lua.LString(s)
}
