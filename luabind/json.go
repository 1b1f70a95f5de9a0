package luabind

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/luabind/args"
)

// JSON of Lua values, by the same rules as the module json: a table whose keys are 1 to n
// is an array, as is one that json.array made; json.null stands for null.

// deepestValue is how deep tables may be nested in a value that becomes JSON.
const deepestValue = 200

// jsonWriter makes JSON of a value.
type jsonWriter struct {
	out  []byte
	null lua.LValue // json.null, if the module is loaded
	seen map[*lua.LTable]bool
	hide func(text string) string // secrets
	most int                      // bytes
}

// toJSON is a value as JSON, of at most so many bytes, with secrets hidden; what names it
// in errors.
func (in *Interp) toJSON(v lua.LValue, what string, most int) ([]byte, error) {
	w := &jsonWriter{null: in.jsonNull(), seen: make(map[*lua.LTable]bool), most: most}
	w.hide = func(text string) string {
		if in.config.Secrets.Len() == 0 {
			return text
		}
		return in.config.Secrets.Mask(text)
	}
	err := w.value(v, what)
	return w.out, err
}

// jsonNull is json.null, nil where no script has loaded the module.
func (in *Interp) jsonNull() lua.LValue {
	loaded, ok := in.L.G.Registry.RawGetString("_LOADED").(*lua.LTable)
	if !ok {
		return nil
	}
	if module, ok := loaded.RawGetString("json").(*lua.LTable); ok {
		return module.RawGetString("null")
	}
	return nil
}

func (w *jsonWriter) value(v lua.LValue, at string) error {
	if len(w.out) > w.most {
		return &args.UsageError{Message: fmt.Sprintf("%s is larger than %d MB as JSON", at, w.most>>20)}
	}
	switch v := v.(type) {
	case *lua.LNilType:
		w.out = append(w.out, "null"...)
	case lua.LBool:
		w.out = strconv.AppendBool(w.out, bool(v))
	case lua.LString:
		w.text(string(v))
	case lua.LNumber:
		n := float64(v)
		text := strconv.FormatFloat(n, 'g', -1, 64)
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			text = strconv.FormatInt(int64(n), 10)
		}
		switch {
		case w.hide(text) != text:
			w.text(text)
		case math.IsNaN(n) || math.IsInf(n, 0):
			return &args.UsageError{Message: at + " is " + text + ", which JSON does not have"}
		default:
			w.out = append(w.out, text...)
		}
	case *lua.LTable:
		if lua.LValue(v) == w.null {
			w.out = append(w.out, "null"...)
			return nil
		}
		return w.table(v, at)
	default:
		hint := ""
		if isSecret(v) {
			hint = "a secret is in no result"
		}
		return &args.UsageError{Message: at + " is " + args.Kind(v) + ", which JSON does not have", Hint: hint}
	}
	return nil
}

// text writes a string. What is not UTF-8 becomes U+FFFD.
func (w *jsonWriter) text(s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	w.out = append(w.out, fleet.JSON(w.hide(s))...)
}

func (w *jsonWriter) table(t *lua.LTable, at string) error {
	switch {
	case w.seen[t]:
		return &args.UsageError{Message: at + " contains itself"}
	case len(w.seen) == deepestValue:
		return &args.UsageError{Message: at[:min(len(at), 60)] + "... is nested more than " + strconv.Itoa(deepestValue) + " deep"}
	}
	w.seen[t] = true
	defer delete(w.seen, t)
	texts := make(map[string]lua.LValue)
	count, n := 0, t.Len()
	var wrong lua.LValue
	t.ForEach(func(k, v lua.LValue) {
		count++
		switch k := k.(type) {
		case lua.LString:
			texts[string(k)] = v
		case lua.LNumber:
			texts[k.String()] = v
		default:
			wrong = k
		}
	})
	if isArray(t) || n > 0 && count == n && len(texts) == n && onlyNumbers(t) {
		w.out = append(w.out, '[')
		for i := 1; i <= n; i++ {
			if i > 1 {
				w.out = append(w.out, ',')
			}
			if err := w.value(t.RawGetInt(i), at+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		w.out = append(w.out, ']')
		return nil
	}
	if wrong != nil {
		return &args.UsageError{Message: at + " has " + args.Kind(wrong) + " as a key; JSON has names alone"}
	}
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	w.out = append(w.out, '{')
	for i, name := range names {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.text(name)
		w.out = append(w.out, ':')
		if err := w.value(texts[name], at+"."+name); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// isArray reports whether json.array has made the table.
func isArray(t *lua.LTable) bool {
	mt, ok := t.Metatable.(*lua.LTable)
	return ok && mt.RawGetString("__name") == lua.LString("json.array")
}

func onlyNumbers(t *lua.LTable) bool {
	only := true
	t.ForEach(func(k, _ lua.LValue) {
		if _, ok := k.(lua.LNumber); !ok {
			only = false
		}
	})
	return only
}

// fromJSON is what JSON says as a Lua value.
func (in *Interp) fromJSON(text []byte) (lua.LValue, error) {
	if len(text) == 0 {
		return lua.LNil, nil
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return lua.LNil, err
	}
	return in.toLua(v), nil
}

// toLua is a value as package json makes it, as a Lua value.
func (in *Interp) toLua(v any) lua.LValue {
	switch v := v.(type) {
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case []any:
		t := in.L.CreateTable(len(v), 0)
		for i, e := range v {
			t.RawSetInt(i+1, in.toLua(e))
		}
		return t
	case map[string]any:
		t := in.L.CreateTable(0, len(v))
		for k, e := range v {
			t.RawSetString(k, in.toLua(e))
		}
		return t
	}
	if null := in.jsonNull(); null != nil {
		return null
	}
	return lua.LNil
}
