package telnet

// NEW-ENVIRON (RFC 1572) and OLD-ENVIRON (RFC 1408): what of our environment
// the peer is told.

import "strings"

// The bytes that give an environment payload its structure.
const (
	envVar     byte = 0
	envValue   byte = 1
	envESC     byte = 2
	envUserVar byte = 3
)

// EnvironEntry is a variable in an environment payload. Defined is false for one
// that has no VALUE: asked for by SEND, or reported as not defined.
type EnvironEntry struct {
	EnvVar
	Defined bool
}

// AppendEnviron appends the body of a NEW-ENVIRON payload, what follows IS, SEND
// or INFO: each entry with its VAR or USERVAR, and its VALUE if it is defined,
// the bytes that have a meaning there escaped (RFC 1572).
func AppendEnviron(dst []byte, entries ...EnvironEntry) []byte {
	for _, e := range entries {
		dst = appendEnv(dst, e.code(), e.Name)
		if e.Defined {
			dst = appendEnv(dst, envValue, e.Value)
		}
	}
	return dst
}

// code returns the byte that introduces the variable.
func (v EnvVar) code() byte {
	if v.User || !wellKnown(v.Name) {
		return envUserVar
	}
	return envVar
}

func appendEnv[T string | []byte](dst []byte, code byte, text T) []byte {
	dst = append(dst, code)
	for i := range len(text) {
		if text[i] <= envUserVar {
			dst = append(dst, envESC)
		}
		dst = append(dst, text[i])
	}
	return dst
}

// ParseEnviron reads the body of a NEW-ENVIRON payload, what follows IS, SEND or
// INFO. Bytes before the first VAR or USERVAR, and a VALUE without one, are
// passed over; an ESC at the very end escapes nothing.
func ParseEnviron(body []byte) []EnvironEntry {
	var entries []EnvironEntry
	for code, text := range environItems(body, envVar, envValue) {
		switch {
		case code != envValue:
			entries = append(entries, EnvironEntry{EnvVar: EnvVar{Name: string(text), User: code == envUserVar}})
		case len(entries) > 0 && !entries[len(entries)-1].Defined:
			last := &entries[len(entries)-1]
			last.Value, last.Defined = string(text), true
		}
	}
	return entries
}

// environItems yields the items of an environment payload, each by its code and
// its unescaped text, which is valid until the next one. The codes of the peer's
// VAR and VALUE are given, those yielded are the standard ones.
func environItems(body []byte, asVar, asValue byte) func(yield func(byte, []byte) bool) {
	return func(yield func(byte, []byte) bool) {
		var text []byte
		var code byte
		begun := false
		for i := 0; i < len(body); i++ {
			switch b := body[i]; {
			case b == envESC:
				if i++; i < len(body) {
					text = append(text, body[i])
				}
			case b > envUserVar:
				text = append(text, b)
			default:
				if begun && !yield(code, text) {
					return
				}
				text, begun = text[:0], true
				switch b {
				case asVar:
					code = envVar
				case asValue:
					code = envValue
				default:
					code = envUserVar
				}
			}
		}
		if begun {
			yield(code, text)
		}
	}
}

// SetEnviron replaces the variables that NEW-ENVIRON may reveal.
func (c *Codec) SetEnviron(environ []EnvVar) {
	c.config.Environ = append([]EnvVar(nil), environ...)
}

const reasonDash = "standard answer; a value begins with -"

// answerEnviron answers SEND. With no list, or where the list has a VAR or
// USERVAR without a name, all of that kind are meant; a name that we do not
// reveal is answered as not defined. However often the list names a variable, it
// is sent once, so that the answer is bounded by what we have and what was
// asked.
func (c *Codec) answerEnviron(o Option, list []byte) {
	asVar, asValue := envVar, envValue
	if o == OldEnviron && len(list) > 0 && list[0] == envValue {
		// RFC 1571: some have VAR and VALUE the wrong way round. No SEND begins
		// with VALUE, so this is one of them, and is answered in kind.
		asVar, asValue = envValue, envVar
	}
	wire := [...]byte{envVar: asVar, envValue: asValue, envUserVar: envUserVar}
	body := append(c.body[:0], IS)
	told := make(map[string]bool)
	dash := false
	tell := func(v EnvVar) {
		if told[v.Name] {
			return
		}
		told[v.Name] = true
		dash = dash || strings.HasPrefix(v.Value, "-")
		body = appendEnv(body, wire[v.code()], v.Name)
		body = appendEnv(body, asValue, v.Value)
	}
	all := func(code byte) {
		for _, v := range c.config.Environ {
			if v.code() == code {
				tell(v)
			}
		}
	}
	if len(list) == 0 {
		for _, v := range c.config.Environ {
			tell(v)
		}
	}
	for code, name := range environItems(list, asVar, asValue) {
		switch {
		case code == envValue: // no meaning in a SEND
		case len(name) == 0:
			all(code)
		case told[string(name)]:
		default:
			found := false
			for _, v := range c.config.Environ {
				if v.Name == string(name) {
					tell(v)
					found = true
					break
				}
			}
			if !found {
				told[string(name)] = true
				body = appendEnv(body, wire[code], name)
			}
		}
	}
	c.body = body
	reason := reasonStandard
	if dash {
		reason = reasonDash
	}
	mark := c.open(o)
	c.out = appendEscaped(c.out, body)
	c.close(mark, o, reason)
}
