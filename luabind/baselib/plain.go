package baselib

// What the interpreter says when something goes wrong, in Lua's words and with
// the names of variables.

import (
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// plain puts an error's value as a script is to see it; only texts that the
// interpreter itself made change.
func (m *shared) plain(L *lua.LState, value lua.LValue) lua.LValue {
	verbatim := m.verbatim
	m.verbatim = false
	text, ok := value.(lua.LString)
	if !ok || verbatim {
		return value
	}
	s := string(text)
	where, positioned := threadWhere(L)
	if isOverflow(s) {
		return lua.LString(where + "stack overflow")
	}
	// The interpreter puts a position before its text; where no Lua function
	// runs it is empty, but for a blank.
	head, body := "", s
	if positioned && strings.HasPrefix(s, where) {
		head, body = where, s[len(where):]
	} else if !positioned {
		body = strings.TrimPrefix(s, " ")
	}
	if better := rephrase(L, body); better != "" {
		body = better
	}
	return lua.LString(head + body)
}

// threadWhere is the position that the interpreter puts before a text: that of
// the innermost Lua function of this thread.
func threadWhere(L *lua.LState) (string, bool) {
	for level := 0; ; {
		dbg, ok := L.GetStack(level)
		if !ok {
			return "", false
		}
		if _, err := L.GetInfo("Sl", dbg, lua.LNil); err == nil && dbg.CurrentLine > 0 {
			return dbg.Source + ":" + strconv.Itoa(dbg.CurrentLine) + ": ", true
		}
		level += 1 + tailCalls(dbg)
	}
}

// rephrase returns a better text for one of gopher-lua's, or "".
func rephrase(L *lua.LState, body string) string {
	var typ, key, other string
	switch {
	case body == "registry overflow":
		return "stack overflow"
	case body == "attempt to call a non-function object":
		return callError(L)
	case match(body, "attempt to index a non-table object(", &typ, ") with key '", &key, "'"):
		name := operandName(L, func(inst uint32, op int) int {
			if op == lua.OP_SETTABLE || op == lua.OP_SETTABLEKS {
				return argA(inst)
			}
			return argB(inst)
		})
		if name == "" {
			return fmt.Sprintf("attempt to index a %s value (with '%s')", typ, key)
		}
		return "attempt to index " + culprit(typ, name)
	case match(body, "cannot perform ", &key, " operation between ", &typ, " and ", &other, ""):
		return operationError(L, key, typ, other)
	case body == "__unm undefined":
		return "attempt to perform arithmetic on " + operand(L)
	case body == "__len undefined":
		return "attempt to get length of " + operand(L)
	case match(body, "attempt to compare ", &typ, " with ", &other, ""):
		if typ == other {
			return "attempt to compare two " + typ + " values"
		}
	case match(body, "for statement ", &key, " must be a number", nil, ""):
		if key == "init" {
			key = "initial value"
		}
		return "'for' " + key + " must be a number"
	case match(body, "bad argument #", &key, " to ", &other, " (", &typ, ""):
		if !strings.HasPrefix(other, "'") {
			if n, err := strconv.Atoi(key); err == nil {
				name := shortName(other)
				if name == "?" {
					name = functionName(L)
				}
				return argumentText(L, n, name) + strings.TrimSuffix(typ, ")") + ")"
			}
		}
	}
	return ""
}

// match takes a text apart: fixed pieces and what stands between them.
func match(s, prefix string, rest ...any) bool {
	s, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return false
	}
	for i := 0; i+1 < len(rest); i += 2 {
		field, _ := rest[i].(*string)
		end := rest[i+1].(string)
		if field == nil {
			return s == end
		}
		if end == "" {
			*field = s
			return true
		}
		var found bool
		*field, s, found = strings.Cut(s, end)
		if !found {
			return false
		}
	}
	return true
}

func argA(inst uint32) int { return int(inst>>18) & 0xff }
func argB(inst uint32) int { return int(inst & 0x1ff) }
func argC(inst uint32) int { return int(inst>>9) & 0x1ff }

// constantBit marks an operand that is a constant, not a register.
const constantBit = 1 << 8

// A spot is the instruction that is running.
type spot struct {
	dbg *lua.Debug
	fn  *lua.LFunction
	pc  int
}

func spotOf(L *lua.LState) (spot, bool) { return spotAt(L, 0) }

// spotAt is what a function further up the stack of this thread runs.
func spotAt(L *lua.LState, level int) (spot, bool) {
	dbg, ok := L.GetStack(level)
	if !ok {
		return spot{}, false
	}
	r := recordOf(dbg)
	if _, ok := r.instruction(); !ok {
		return spot{}, false
	}
	return spot{dbg, r.fn, r.pc - 1}, true
}

func callError(L *lua.LState) string {
	at, ok := spotOf(L)
	if !ok {
		return "attempt to call a value that is no function"
	}
	inst := at.fn.Proto.Code[at.pc]
	_, value := L.GetLocal(at.dbg, argA(inst)+1)
	switch int(inst >> 26) {
	case lua.OP_CALL, lua.OP_TAILCALL:
		return "attempt to call " + culprit(value.Type().String(), at.name(argA(inst)))
	case lua.OP_TFORLOOP: // for k, v in t do
		return "attempt to call a " + value.Type().String() + " value"
	}
	return "attempt to call a value that is no function"
}

// culprit says what was wrong about which value: "global 'x' (a nil value)".
func culprit(typ, name string) string {
	if name == "" {
		return "a " + typ + " value"
	}
	return name + " (a " + typ + " value)"
}

func operationError(L *lua.LState, operation, left, right string) string {
	arg, typ := argB, left
	if left == "number" || operation == "concat" && left == "string" {
		arg, typ = argC, right
	}
	if operation == "concat" {
		return "attempt to concatenate a " + typ + " value"
	}
	return "attempt to perform arithmetic on " +
		culprit(typ, operandName(L, func(inst uint32, _ int) int { return arg(inst) }))
}

// operand says which value the running instruction's operand B is.
func operand(L *lua.LState) string {
	at, ok := spotOf(L)
	if !ok {
		return "a value"
	}
	register := argB(at.fn.Proto.Code[at.pc])
	if register&constantBit != 0 {
		return "a constant"
	}
	_, value := L.GetLocal(at.dbg, register+1)
	return culprit(value.Type().String(), at.name(register))
}

// operandName names an operand of the running instruction, such as
// "global 'x'", or returns "".
func operandName(L *lua.LState, register func(inst uint32, op int) int) string {
	at, ok := spotOf(L)
	if !ok {
		return ""
	}
	inst := at.fn.Proto.Code[at.pc]
	r := register(inst, int(inst>>26))
	if r&constantBit != 0 {
		return ""
	}
	return at.name(r)
}

// name tells where a register's value came from: a local variable, or what the
// instructions before loaded into it.
func (at spot) name(register int) string {
	if name := at.local(register); name != "" {
		return name
	}
	proto := at.fn.Proto
	for pc := at.pc - 1; pc >= 0 && pc > at.pc-100; pc-- {
		inst := proto.Code[pc]
		op := int(inst >> 26)
		if op == lua.OP_FORLOOP || op == lua.OP_FORPREP {
			return "" // the value may have come another way
		}
		if !writes(op) || argA(inst) != register {
			continue
		}
		if jumpsBetween(proto, pc, at.pc) {
			return ""
		}
		switch op {
		case lua.OP_GETGLOBAL:
			return "global '" + constantName(proto, int(inst&0x3ffff)) + "'"
		case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
			if c := argC(inst); c&constantBit != 0 {
				return "field '" + constantName(proto, c&^constantBit) + "'"
			}
		case lua.OP_SELF:
			if c := argC(inst); c&constantBit != 0 {
				return "method '" + constantName(proto, c&^constantBit) + "'"
			}
		case lua.OP_GETUPVAL:
			if b := argB(inst); b < len(proto.DbgUpvalues) {
				return "upvalue '" + proto.DbgUpvalues[b] + "'"
			}
		case lua.OP_MOVE:
			return at.local(argB(inst))
		}
		return ""
	}
	return ""
}

// local names the local variable that lives in a register, if there is one.
// LFunction.LocalName does not see a variable's first instruction.
func (at spot) local(register int) string {
	for _, variable := range at.fn.Proto.DbgLocals {
		if variable.StartPc > at.pc {
			break
		}
		if at.pc < variable.EndPc {
			if register == 0 && !strings.HasPrefix(variable.Name, "(") {
				return "local '" + variable.Name + "'"
			}
			register--
		}
	}
	return ""
}

// writes reports whether an instruction changes its register A.
func writes(op int) bool {
	switch op {
	case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_JMP, lua.OP_EQ, lua.OP_LT,
		lua.OP_LE, lua.OP_TEST, lua.OP_RETURN, lua.OP_CLOSE, lua.OP_TAILCALL, lua.OP_SETLIST, lua.OP_NOP:
		return false
	}
	return true
}

// jumpsBetween reports whether a jump from elsewhere leads behind from, up to to.
func jumpsBetween(proto *lua.FunctionProto, from, to int) bool {
	for pc, inst := range proto.Code {
		if int(inst>>26) == lua.OP_JMP && (pc < from || pc > to) {
			if target := pc + 1 + int(inst&0x3ffff) - (1<<17 - 1); target > from && target <= to {
				return true
			}
		}
	}
	return false
}

func constantName(proto *lua.FunctionProto, i int) string {
	if i < len(proto.Constants) {
		if s, ok := proto.Constants[i].(lua.LString); ok {
			return string(s)
		}
	}
	return "?"
}
