package mask

import (
	"slices"
	"strings"
)

// OnWire gives the other ways in which a value may stand among the bytes of a
// connection: 0xFF doubled (RFC 854), a newline as a session or a host writes it, and
// without what a [Veil] does not look at.
func OnWire(value string) []string {
	forms := []string{value}
	if strings.ContainsAny(value, "\n\r") {
		lines := strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
		for _, newline := range []string{"\r\n", "\n", "\r", "\r\x00", "\r\r\n", "\n\r"} {
			forms = append(forms, strings.ReplaceAll(lines, "\n", newline))
		}
	}
	for _, form := range forms {
		forms = append(forms, strings.ReplaceAll(form, "\xff", "\xff\xff"))
	}
	for _, form := range forms {
		forms = append(forms, seen(form))
	}
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slices.DeleteFunc(forms, func(form string) bool { return form == value || form == "" })
}

// seen is what a Veil looks at of a value.
func seen(value string) string {
	v := &Veil{}
	if !v.special([]byte(value)) {
		return value
	}
	var out []byte
	for p := []byte(value); len(p) > 0; {
		n, seen := v.next(p)
		if seen {
			out = append(out, p[:n]...)
		}
		p = p[n:]
	}
	return string(out)
}
