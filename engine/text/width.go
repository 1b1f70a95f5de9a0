package text

import (
	"unicode"

	"golang.org/x/text/width"
)

// runeWidth returns how many columns a terminal shows r in: 2 for the wide characters
// of East Asia and for emoji, 0 for those that are drawn over the one before, else 1.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1160 && r <= 0x11FF: // the vowels and finals of Hangul's jamo
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
