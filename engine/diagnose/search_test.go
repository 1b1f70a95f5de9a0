package diagnose

import (
	"regexp"
	"testing"
)

// The search must agree with the standard library on whether a pattern matches.
func FuzzSearchAgainstRegexp(f *testing.F) {
	for _, s := range [][2]string{
		{`a+b`, "xaab"},
		{`(?i)pass(word)?: $`, "PASSWORD: "},
		{`^x|y\b`, "zy x"},
		{`(?m)^#$`, "a\n#\n"},
		{`[^a-z]{2,3}?\d`, "AB1"},
		{`(a|b)*c`, "ababd"},
		{`\Qa.b\E+`, "a.bb"},
		{`\Q`, "zy x"},
		{`a\Q.`, "a."},
		{``, ""},
		{`.`, "é\xff"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 1000 {
			return
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		w := &work{workLimit}
		p, _ := compile(w, pattern, "")
		if p == nil {
			return
		}
		_, got := p.find(w, subject{text: []byte(text), before: -1}, 0)
		if want := re.MatchString(text); got != want && w.left > 0 {
			t.Errorf("find(%q, %q) = %v, regexp says %v", pattern, text, got, want)
		}
		if m, _ := instrument(w, pattern, ""); m != nil {
			if _, got := m.find(w, subject{text: []byte(text), before: -1}, 0); got != re.MatchString(text) && w.left > 0 {
				t.Errorf("with marks: find(%q, %q) = %v", pattern, text, got)
			}
		}
	})
}
