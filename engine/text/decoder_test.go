package text

import (
	"errors"
	"testing"
)

// What a decoder gives does not depend on how the bytes were cut.
func TestDecoder(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"", "caf\xc3\xa9 \x1b[1m\xff!", "café \x1b[1m\uFFFD!"},
		{"cp437", "\xc9\xcd\xbb\x1b[0m\r\n\x00", "╔═╗\x1b[0m\r\n\x00"},
		{"latin1", "caf\xe9", "café"},
		{"big5", "\xa4\xa4\xa4\xe5 ok", "中文 ok"},
		{"shift_jis", "\x93\xfa\x96\x7b", "日本"},
	} {
		for cut := range len(test.in) + 1 {
			d, err := NewDecoder(test.name)
			if err != nil {
				t.Fatal(err)
			}
			got := d.Append(d.Append(nil, []byte(test.in[:cut])), []byte(test.in[cut:]))
			if string(got) != test.want || d.Held() {
				t.Errorf("%s cut at %d: %q, want %q", test.name, cut, got, test.want)
			}
		}
	}
	if _, err := NewDecoder("klingon"); !errors.Is(err, ErrUnknownEncoding) {
		t.Errorf("got %v", err)
	}
}
