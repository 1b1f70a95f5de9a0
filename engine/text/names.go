// The names of encodings, as people and registries write them. A switch and
// not one of x/text's indexes: those build maps of a thousand names when the
// program starts, and call ISO 8859-1 by the name of windows-1252, in which
// bytes are letters that are controls to a terminal.

package text

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Known reports whether name names an encoding that a View can read and an
// Encoder can write. Case, hyphens, underscores and blanks don't matter:
// "ISO_8859-1", "iso8859-1" and "Latin 1" are one.
func Known(name string) bool {
	_, _, ok := lookup(name)
	return ok
}

// Canonical returns the name under which moonwire shows an encoding ("cp437",
// "iso-8859-1", "utf-8"), and whether the encoding is known.
func Canonical(name string) (string, bool) {
	canonical, _, ok := lookup(name)
	return canonical, ok
}

// squeeze keeps a name's letters and digits, in lower case.
func squeeze(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, name)
}

// lookup finds an encoding by any of its names. The encoding is nil for UTF-8,
// which is what text is and so needs no decoding.
func lookup(name string) (canonical string, e encoding.Encoding, ok bool) {
	key := squeeze(name)
	if canonical, e, ok = lookupKey(key); ok {
		return canonical, e, true
	}
	// "x-sjis", "csBig5": the prefixes of private names and of RFC 3808's.
	for _, prefix := range []string{"xx", "x", "cs"} {
		if rest, found := strings.CutPrefix(key, prefix); found {
			if canonical, e, ok = lookupKey(rest); ok {
				return canonical, e, true
			}
		}
	}
	return "", nil, false
}

func lookupKey(key string) (string, encoding.Encoding, bool) {
	if canonical, e := single(key); canonical != "" {
		return canonical, e, true
	}
	canonical, e := wide(key)
	return canonical, e, canonical != ""
}

// single finds the encodings with one byte to a character.
func single(key string) (string, encoding.Encoding) {
	if canonical, e := latin(key); canonical != "" {
		return canonical, e
	}
	if canonical, m := codePage(key); canonical != "" {
		return canonical, m
	}
	switch key {
	case "koi8r", "koi8", "koi":
		return "koi8-r", charmap.KOI8R
	case "koi8u", "koi8ru":
		return "koi8-u", charmap.KOI8U
	case "macintosh", "mac", "macroman":
		return "macintosh", charmap.Macintosh
	case "maccyrillic", "macukrainian":
		return "x-mac-cyrillic", charmap.MacintoshCyrillic
	case "userdefined":
		return "x-user-defined", charmap.XUserDefined
	}
	return "", nil
}

// latin finds ASCII and the parts of ISO 8859.
func latin(key string) (string, encoding.Encoding) {
	switch key {
	case "ascii", "usascii", "us", "ansix341968", "ansix341986", "ansix34", "cp367", "ibm367", "iso646irv1991", "iso646us", "isoir6", "646":
		return "us-ascii", asciiOnly{}
	case "iso88591", "iso885911987", "latin1", "l1", "cp819", "ibm819", "isoir100", "88591", "isolatin1":
		return "iso-8859-1", charmap.ISO8859_1
	case "iso88592", "iso885921987", "latin2", "l2", "isoir101", "88592", "isolatin2":
		return "iso-8859-2", charmap.ISO8859_2
	case "iso88593", "iso885931988", "latin3", "l3", "isoir109", "88593", "isolatin3":
		return "iso-8859-3", charmap.ISO8859_3
	case "iso88594", "iso885941988", "latin4", "l4", "isoir110", "88594", "isolatin4":
		return "iso-8859-4", charmap.ISO8859_4
	case "iso88595", "iso885951988", "cyrillic", "isoir144", "88595", "isolatincyrillic":
		return "iso-8859-5", charmap.ISO8859_5
	case "iso88596", "iso885961987", "arabic", "asmo708", "ecma114", "isoir127", "88596", "isolatinarabic":
		return "iso-8859-6", charmap.ISO8859_6
	case "iso88596e":
		return "iso-8859-6-e", charmap.ISO8859_6E
	case "iso88596i":
		return "iso-8859-6-i", charmap.ISO8859_6I
	case "iso88597", "iso885971987", "greek", "greek8", "ecma118", "elot928", "isoir126", "88597", "isolatingreek", "suneugreek":
		return "iso-8859-7", charmap.ISO8859_7
	case "iso88598", "iso885981988", "hebrew", "isoir138", "88598", "isolatinhebrew", "visual":
		return "iso-8859-8", charmap.ISO8859_8
	case "iso88598e":
		return "iso-8859-8-e", charmap.ISO8859_8E
	case "iso88598i", "logical":
		return "iso-8859-8-i", charmap.ISO8859_8I
	case "iso88599", "iso885991989", "latin5", "l5", "isoir148", "88599", "isolatin5":
		return "iso-8859-9", charmap.ISO8859_9
	case "iso885910", "iso8859101992", "latin6", "l6", "isoir157", "isolatin6":
		return "iso-8859-10", charmap.ISO8859_10
	case "iso885913", "latin7", "l7":
		return "iso-8859-13", charmap.ISO8859_13
	case "iso885914", "iso8859141998", "latin8", "l8", "isoir199", "isoceltic":
		return "iso-8859-14", charmap.ISO8859_14
	case "iso885915", "latin9", "l9", "latin0", "isolatin9":
		return "iso-8859-15", charmap.ISO8859_15
	case "iso885916", "iso8859162001", "latin10", "l10", "isoir226":
		return "iso-8859-16", charmap.ISO8859_16
	}
	return "", nil
}

// codePage finds the vendors' code pages: "cp437", "IBM437", "437", "cp1252",
// "windows-1252", "win1252". The three EBCDIC pages are among them.
func codePage(key string) (string, encoding.Encoding) {
	number := key
	for _, prefix := range []string{"windows", "win", "ibm", "cp", "ms", "ccsid", "dos"} {
		if rest, found := strings.CutPrefix(key, prefix); found {
			number = rest
			break
		}
	}
	switch number {
	case "037", "37", "ebcdiccpus", "ebcdiccpca", "ebcdiccpnl", "ebcdiccpwt":
		return "cp037", charmap.CodePage037
	case "437", "pc8codepage437":
		return "cp437", charmap.CodePage437
	case "850", "pc850multilingual":
		return "cp850", charmap.CodePage850
	case "852", "pcp852":
		return "cp852", charmap.CodePage852
	case "855":
		return "cp855", charmap.CodePage855
	case "858", "00858", "pcmultilingual850euro":
		return "cp858", charmap.CodePage858
	case "860":
		return "cp860", charmap.CodePage860
	case "862", "pc862latinhebrew":
		return "cp862", charmap.CodePage862
	case "863":
		return "cp863", charmap.CodePage863
	case "865":
		return "cp865", charmap.CodePage865
	case "866":
		return "cp866", charmap.CodePage866
	case "874", "iso885911", "tis620":
		return "windows-874", charmap.Windows874
	case "1047":
		return "cp1047", charmap.CodePage1047
	case "1140", "01140", "ebcdicus37euro":
		return "cp1140", charmap.CodePage1140
	case "1250":
		return "windows-1250", charmap.Windows1250
	case "1251":
		return "windows-1251", charmap.Windows1251
	case "1252":
		return "windows-1252", charmap.Windows1252
	case "1253":
		return "windows-1253", charmap.Windows1253
	case "1254":
		return "windows-1254", charmap.Windows1254
	case "1255":
		return "windows-1255", charmap.Windows1255
	case "1256":
		return "windows-1256", charmap.Windows1256
	case "1257":
		return "windows-1257", charmap.Windows1257
	case "1258":
		return "windows-1258", charmap.Windows1258
	}
	return "", nil
}

// wide finds Unicode's own encodings and those of East Asia.
func wide(key string) (string, encoding.Encoding) {
	switch key {
	case "utf8", "unicode11utf8", "unicode20utf8", "cp65001":
		return "utf-8", nil
	case "utf16", "utf16be", "unicodefffe":
		// RFC 2781, 4.3: without a mark it is big-endian. A mark is a character
		// like another here: it comes once, where the peer sends it.
		return "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf16le", "ucs2", "unicodefeff", "iso10646ucs2":
		return "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf32", "utf32be":
		return "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "utf32le":
		return "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "big5", "big5hkscs", "cnbig5", "cp950", "ms950", "windows950":
		return "big5", traditionalchinese.Big5
	case "gbk", "cp936", "ms936", "windows936", "gb2312", "gb231280", "euccn", "chinese", "iso58gb231280", "isoir58":
		return "gbk", simplifiedchinese.GBK
	case "gb18030", "gb180302000", "gb180302005":
		return "gb18030", simplifiedchinese.GB18030
	case "hz", "hzgb", "hzgb2312":
		return "hz-gb-2312", simplifiedchinese.HZGB2312
	case "eucjp", "ujis", "eucpkdfmtjapanese", "extendedunixcodepackedformatforjapanese":
		return "euc-jp", japanese.EUCJP
	case "shiftjis", "sjis", "mskanji", "ms932", "cp932", "windows31j", "windows932":
		return "shift_jis", japanese.ShiftJIS
	case "iso2022jp":
		return "iso-2022-jp", japanese.ISO2022JP
	case "euckr", "cp949", "ms949", "windows949", "uhc", "korean", "ksc5601", "ksc56011987", "ksc56011989", "isoir149":
		return "euc-kr", korean.EUCKR
	}
	return "", nil
}
