package mask

import (
	"slices"
	"strings"
)

// OnWire gives the other ways in which a value may stand among the bytes of a
// connection: 0xFF doubled (RFC 854), and a newline as a session or a host writes it.
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
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slices.DeleteFunc(forms, func(form string) bool { return form == value })
}
