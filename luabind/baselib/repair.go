package baselib

// The compiled code, put right where the tree could not be.

import lua "github.com/yuin/gopher-lua"

// repair puts right what the compiler lays out wrongly: what a goto closes, which
// placeGotos tells, and the parts of long constructors.
func repair(p *lua.FunctionProto) {
	type list struct{ c, b int }
	lists := map[int]list{} // the last part of the constructor in a register
	for pc := 0; pc < len(p.Code); pc++ {
		inst := p.Code[pc]
		op, a, b, c := int(inst>>26), int(inst>>18)&0xff, int(inst)&0x1ff, int(inst>>9)&0x1ff
		if p.DbgSourcePositions[pc] < 0 {
			line, live := decodeGoto(p.DbgSourcePositions[pc])
			p.DbgSourcePositions[pc] = line
			if op == lua.OP_CLOSE {
				p.Code[pc] = inst&^(0xff<<18) | uint32(live)<<18
			}
		}
		switch op {
		case lua.OP_CLOSURE:
			pc += int(p.FunctionPrototypes[inst&0x3ffff].NumUpvalues)
		case lua.OP_NEWTABLE:
			delete(lists, a)
		case lua.OP_SETLIST:
			before := lists[a]
			keyed := pc > 0 && isSetField(p.Code[pc-1], a)
			switch {
			case b == lua.FieldsPerFlush && before.b == b && keyed && (c == before.c || c == 0):
				// The same part again, its registers overwritten by a key and its value.
				p.Code[pc] = uint32(lua.OP_NOP) << 26
				if c == 0 {
					p.Code[pc+1] = uint32(lua.OP_NOP) << 26
					pc++
				}
				continue
			case c == 0:
				c = before.c + 1
				p.Code[pc+1] = uint32(c)
				pc++
			case b == 0 && before.b == lua.FieldsPerFlush && c == before.c:
				c++ // the values of a call, or of ..., behind full parts
				p.Code[pc] = inst&^(0x1ff<<9) | uint32(c)<<9
			}
			lists[a] = list{c, b}
		}
	}
	for _, inner := range p.FunctionPrototypes {
		repair(inner)
	}
}

func isSetField(inst uint32, table int) bool {
	op := int(inst >> 26)
	return (op == lua.OP_SETTABLE || op == lua.OP_SETTABLEKS) && int(inst>>18)&0xff == table
}
