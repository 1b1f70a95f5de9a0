package text_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// No byte of any encoding, alone or behind another, comes out as a control or as a character
// that turns the direction of text.
func TestNoEncodingHasUnseenCharacters(t *testing.T) {
	for _, name := range encodings() {
		v := newView(t, name)
		for a := range 256 {
			for _, b := range []int{-1, 0x30, 0x40, 0x80, 0xA1, 0xFE} {
				in := []byte{byte(a)}
				if b >= 0 {
					in = append(in, byte(b))
				}
				v.Reset()
				out := v.Flush(v.Append(nil, in))
				if bytes.Equal(out, in) { // what is not valid passes as it is
					continue
				}
				for _, r := range string(out) {
					if r < ' ' && r != '\n' && r != '\t' || 0x7F <= r && r < 0xA0 || 0x200E <= r && r <= 0x200F || r == 0x061C {
						t.Errorf("%s: % X becomes %q", name, in, r)
					}
				}
			}
		}
	}
}

// encodings is one name of each encoding.
func encodings() []string {
	names := map[string]bool{}
	for _, form := range []string{"windows-%d", "iso-8859-%d", "cp%d", "ibm%03d"} {
		for page := range 1300 {
			if name, ok := text.Canonical(fmt.Sprintf(form, page)); ok {
				names[name] = true
			}
		}
	}
	for _, name := range []string{
		"utf-8", "us-ascii", "koi8-r", "koi8-u", "macintosh", "x-mac-cyrillic", "shift_jis", "euc-jp", "euc-kr", "gbk", "gb18030", "big5",
		"iso-2022-jp", "hz-gb-2312", "utf-16", "utf-32", "x-user-defined",
	} {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
