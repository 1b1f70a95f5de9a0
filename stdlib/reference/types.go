package reference

import "strings"

// Types is all stubs in one LuaCATS file, for editors: one ---@meta, and the functions
// on the current session written out beside the methods they are taken from. Modules
// that require gives are classes of their name.
func (r *Reference) Types() string {
	var b strings.Builder
	b.WriteString("---@meta\n\n-- What moonwire adds to Lua. Written by moonwire types; do not edit.\n")
	var modules []string
	for _, s := range r.stubs {
		b.WriteByte('\n')
		if s.module != "" {
			modules = append(modules, s.module)
		}
		b.WriteString(s.types())
	}
	for _, e := range r.entries {
		if e.Global {
			b.WriteString("\n" + e.globalStub())
		}
	}
	b.WriteByte('\n')
	for _, m := range modules {
		b.WriteString("---@overload fun(name: \"" + m + "\"): " + m + "\n")
	}
	b.WriteString("---@param name string\n---@return any module\nfunction require(name) end\n")
	return b.String()
}

// types is the stub without what is ours alone. A module's locals keep to themselves.
func (s stub) types() string {
	var b strings.Builder
	blank := true // so that no blank line comes first
	if s.module != "" {
		b.WriteString("do\n")
	}
	for _, line := range s.lines {
		if strings.HasPrefix(line, "---@meta") || line == "---@global" || s.module != "" && line == "return "+s.module {
			continue
		}
		if line == "" && blank {
			continue
		}
		blank = line == ""
		b.WriteString(line + "\n")
	}
	if s.module != "" {
		return strings.TrimRight(b.String(), "\n") + "\nend\n"
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// globalStub declares the function on the current session.
func (e *Entry) globalStub() string {
	var b strings.Builder
	for _, line := range e.raw {
		if line == "---@global" {
			continue
		}
		if declared, ok := strings.CutPrefix(line, "function "); ok {
			_, rest, _ := strings.Cut(declared, ":")
			line = "function " + rest
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
