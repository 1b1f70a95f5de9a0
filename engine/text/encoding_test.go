package text_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"

	"github.com/moonwire/moonwire/engine/text"
)

func TestEncodings(t *testing.T) {
	for _, c := range []struct{ name, encoding, in, want string }{
		{"UTF-8", "utf-8", "é漢🌙", "é漢🌙"},
		{"not UTF-8", "utf-8", "a\xffb\xc3\xe2\x82", "a\xffb\xc3\xe2\x82"},
		{"overlong", "utf-8", "\xc0\x80\xed\xa0\x80", "\xc0\x80\xed\xa0\x80"},
		{"latin1", "latin1", "caf\xe9\xff", "caféÿ"},
		{"cp437", "CP437", "\xc9\xcd\xbb \x9b\xe3", "╔═╗ ¢π"},
		{"cp1252", "windows-1252", "\x80\x93\x94\x81", "€“”\x81"},
		{"no such byte", "iso-8859-7", "\xe1\xff\xd2", "α\xff\xd2"},
		{"koi8-r", "koi8-r", "\xc7\xcf\xd4\xcf\xd7\xcf", "готово"},
		{"big5", "big5", "\xa4\xa4\xa4\xe5\r\n\xb3\x5c\x88\x62", "中文\n許\u00ca\u0304"},
		{"big5, broken", "big5", "\xa4\r\n\xff\xa4", "\xa4\n\xff\xa4"},
		{"gbk", "gb2312", "\xd6\xd0\x80", "中€"},
		{"gb18030", "gb18030", "\x81\x30\x85\x38\x84\x31\xa4\x37", "\u00b5\ufffd"},
		{"gb18030, a sequence within", "gb18030", "\x81\x30\x1b[m\x85\x38\x81", "\u00b5\x81"},
		{"gb18030, a newline within", "gb18030", "\x81\x30\n\x85\x38\x81", "\x810\n\x858\x81"},
		{"big5, a sequence within", "big5", "\xa4\x1b[1m\xa4\xa4\x1b[31m\x00\xe5", "中文"},
		{"utf-8, a sequence within", "utf-8", "\xe4\x1b[1m\xb8\x1b[K\xad", "中"},
		{"gb18030, broken within", "gb18030", "\x81\x30\x81\x20\xd6\xd0", "\x810\x81 中"},
		{"euc-jp", "EUC_JP", "\xb4\xc1\x8e\xb1\x8f\xb0\xa1", "漢ｱ丂"},
		{"shift_jis", "sjis", "\x8a\xbf\xb1\x83\x5c", "漢ｱソ"},
		{"euc-kr", "cp949", "\xc7\xd1", "한"},
		{"ascii", "US-ASCII", "a\xe9", "a\xe9"},
		{"iso-2022-jp", "iso-2022-jp", "\x1b[1m\x1b$B4A;z\x1b(B\r\na", "漢字\na"},
		{"iso-2022-jp, kana", "iso-2022-jp", "\x1b(I1\x1b(J\x1b$@4A\x1b$(D0!\x1b(Bx\x1b(0", "ｱ漢丂x"},
		{"hz", "hz-gb-2312", "~{VPND~}\x1b[m~~", "中文~"},
		{"hz, cut off", "hz-gb-2312", "~{VPN", "中N"},
		{"utf-16", "utf-16", "\x00a\x00\r\x00\n\x4e\x2d\xd8\x3c\xdf\x19", "a\n中🌙"},
		{"utf-16le", "UTF-16LE", "a\x00\x1b\x00[\x00m\x00-\x4e", "a中"},
		{"utf-16, cut off", "utf-16", "\x00a\x4e", "aN"},
		{"utf-32le", "utf-32le", "a\x00\x00\x00", "a"},
		{"EBCDIC", "cp037", "\x88\x85\x93\x93\x96", "hello"},
	} {
		t.Run(c.name, func(t *testing.T) { everyWay(t, c.encoding, c.in, c.want) })
	}
}

func TestCharactersAreToldWhole(t *testing.T) {
	for encoding, in := range map[string]string{"utf-8": "\xf0\x9f\x8c\x99", "gb18030": "\x94\x39\xbc\x33"} {
		v, err := text.NewView(encoding)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if got := v.Append(nil, []byte(in[i:i+1])); len(got) > 0 || !v.Held() {
				t.Errorf("%s: byte %d: got %q", encoding, i, got)
			}
		}
		if got := v.Append(nil, []byte(in[3:]+"!")); !utf8.Valid(got) || v.Held() {
			t.Errorf("%s: got %q", encoding, got)
		}
	}
}

func TestItem31SwitchOfEncoding(t *testing.T) {
	v, err := text.NewView("")
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	feed := func(encoding, s string) {
		t.Helper()
		for i := range len(s) {
			out = v.Append(out, []byte{s[i]})
		}
		if err := v.SetEncoding(encoding); err != nil {
			t.Fatal(err)
		}
		if err := v.SetEncoding("klingon"); !errors.Is(err, text.ErrUnknownEncoding) {
			t.Fatalf("got %v", err)
		}
	}
	feed("koi8-r", "caf\xc3\xa9 ")    // UTF-8 until here
	feed("gb18030", "\xc7\xcf\x1b[3") // a sequence goes on over the switch
	feed("utf-16", "1mx\xd6\xd0\x81\x30\x81")
	feed("latin1", "\x00y\x00")
	feed("utf-8", "\xe9\r") // so does a CR
	feed("latin1", "\n\xc3")
	out = v.Flush(v.Append(out, []byte("\xa9")))
	want := "café гоx中\x810\x81yé\n\xc3©"
	if string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if v.Encoding() != "iso-8859-1" {
		t.Errorf("the encoding is called %q", v.Encoding())
	}
}

// Names as people write them, and all that the registries have.
func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"UTF8": "utf-8", "utf_8": "utf-8", "Latin 1": "iso-8859-1", "latin_1": "iso-8859-1", "8859-1": "iso-8859-1",
		"iso8859_15": "iso-8859-15", "latin9": "iso-8859-15", "437": "cp437", "ibm437": "cp437", "IBM00858": "cp858",
		"cp1252": "windows-1252", "win1251": "windows-1251", "x-cp1250": "windows-1250", "cp874": "windows-874",
		"sjis": "shift_jis", "x-sjis": "shift_jis", "x-x-big5": "big5", "cp950": "big5", "big5-hkscs": "big5", "cp932": "shift_jis",
		"x-mac-ukrainian": "x-mac-cyrillic", "x-user-defined": "x-user-defined", "iso-8859-6-e": "iso-8859-6-e",
		"iso-8859-6-i": "iso-8859-6-i", "iso-8859-8-e": "iso-8859-8-e", "latin7": "iso-8859-13", "latin4": "iso-8859-4",
		"eucjp": "euc-jp", "mac-roman": "macintosh", "koi8_u": "koi8-u", "csKOI8R": "koi8-r", "utf-32": "utf-32be",
	} {
		if got, ok := text.Canonical(name); !ok || got != want || !text.Known(name) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if got, ok := text.Canonical(want); !ok || got != want {
			t.Errorf("%s, a canonical name, is called %q", want, got)
		}
	}
	for _, name := range []string{"", "klingon", "x", "utf-9", "cp9999", "iso-8859-12", "replacement"} {
		if text.Known(name) {
			t.Errorf("%q is known", name)
		}
		if _, err := text.NewEncoder(name); (err == nil) != (name == "") {
			t.Errorf("an encoder for %q: %v", name, err)
		}
	}
	if _, err := text.NewView("klingon"); err == nil || err.Error() != `unknown encoding "klingon"` {
		t.Errorf("got %v", err)
	}
}

func TestNamesOfTheRegistries(t *testing.T) {
	var names []string
	for page := range 2000 {
		names = append(names, fmt.Sprintf("IBM%03d", page), fmt.Sprintf("IBM%05d", page), fmt.Sprintf("windows-%d", page),
			fmt.Sprintf("ISO-8859-%d", page), fmt.Sprintf("latin%d", page), fmt.Sprintf("l%d", page), fmt.Sprintf("iso-ir-%d", page))
	}
	names = append(names, "US-ASCII", "ANSI_X3.4-1968", "ISO_8859-1:1987", "ISO_8859-9:1989", "ISO-8859-6-E", "ISO-8859-8-I",
		"csISOLatin2", "csISOLatinCyrillic", "ISO_8859-5:1988", "ECMA-118", "ELOT_928", "csISO885913", "iso-celtic",
		"KOI8-R", "KOI8-U", "macintosh", "csMacintosh", "Big5", "csBig5", "GBK", "GB18030", "HZ-GB-2312", "EUC-JP", "EUC-KR",
		"Shift_JIS", "MS_Kanji", "ISO-2022-JP", "csISO2022JP", "UTF-8", "UTF-16BE", "UTF-16LE", "PC-Multilingual-850+euro",
		"cspc850multilingual", "csPCp852", "cspc862latinhebrew", "ebcdic-cp-us", "ebcdic-us-37+euro", "arabic", "visual")
	for _, name := range names {
		registered, err := ianaindex.IANA.Encoding(name)
		if err != nil || registered == nil {
			if registered, err = htmlindex.Get(name); err != nil {
				continue
			}
		}
		if !text.Known(name) {
			t.Errorf("%s is registered, and unknown here", name)
			continue
		}
		in := []byte("Az\xe1\xa4\xc4\xa1\xfd")
		if n := name; n == "UTF-16BE" || n == "UTF-16LE" || n == "UTF-8" {
			continue
		}
		want, _ := registered.NewDecoder().Bytes(in)
		want = bytes.ReplaceAll(bytes.ReplaceAll(want, []byte("\u200e"), nil), []byte("\u200f"), nil) // nobody sees them
		if got := view(t, name, in); !strings.Contains(string(want), "\uFFFD") && got != string(want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestEncoder(t *testing.T) {
	for _, c := range []struct{ encoding, in, want string }{
		{"", "é\xff", "é\xff"},
		{"utf-8", "é", "é"},
		{"latin1", "café", "caf\xe9"},
		{"cp437", "π\xe9\xe9π", "\xe3\xe9\xe9\xe3"},
		{"big5", "中文\r\n", "\xa4\xa4\xa4\xe5\r\n"},
		{"gb18030", "\ufffd\xff", "\x84\x31\xa4\x37\xff"},
		{"iso-2022-jp", "漢", "\x1b$B4A\x1b(B"},
		{"utf-16", "中", "\x4e\x2d"},
		{"us-ascii", "a\xff", "a\xff"},
	} {
		e, err := text.NewEncoder(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // each call begins afresh
			got, err := e.Append([]byte("> "), c.in)
			if err != nil || string(got) != "> "+c.want {
				t.Errorf("%s %q: got %q and %v, want %q", c.encoding, c.in, got, err, c.want)
			}
		}
	}
}

func TestEncoderRefuses(t *testing.T) {
	for _, c := range []struct {
		encoding, in, message string
	}{
		{"latin1", "5 €", `'€' (U+20AC) at offset 2 does not exist in iso-8859-1`},
		{"us-ascii", "ab\xffé", `'é' (U+00E9) at offset 3 does not exist in us-ascii`},
		{"iso-2022-jp", "漢\xff", `the byte at offset 3 is not UTF-8 and can not be written in iso-2022-jp`},
		{"cp437", "\xff\ufffd", `'�' (U+FFFD) at offset 1 does not exist in cp437`},
	} {
		e, err := text.NewEncoder(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Append([]byte("kept"), c.in)
		var refused *text.EncodeError
		if !errors.As(err, &refused) || err.Error() != c.message || string(got) != "kept" {
			t.Errorf("%s %q: got %q and %v", c.encoding, c.in, got, err)
		}
		if got, err := e.Append(nil, "a"); err != nil || string(got) != "a" {
			t.Errorf("%s, the next write: %q and %v", c.encoding, got, err)
		}
	}
}
