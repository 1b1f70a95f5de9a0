package mask

import "testing"

func TestMaskWithin(t *testing.T) {
	var list Secrets
	if got := list.MaskWithin([]byte("my"), []byte("pass"), nil); got != "pass" {
		t.Errorf("without secrets: %q", got)
	}
	list.Add(Secret{"password", "mypass"})
	list.Add(Secret{"token", "pass2"})
	for _, test := range []struct{ before, text, after, want string }{
		{"", "mypass", "", "<secret password>"},
		{"x", "y", "z", "y"},
		{"my", "pass\n", "", "<secret password>\n"},
		{"", "login my", "pass", "login <secret password>"},
		{"my", "pa", "ss", "<secret password>"},
		{"my", "pas", "x", "pas"},
		{"mypass", " then", "", " then"},
		{"", "then ", "mypass", "then "},
		{"", "said my", "", "said my"},
		{"", "said mypa", "", "said ..."},
		{"", "said mypass", "", "said <secret password>"},
		{"", "mypass", "2", "<secret password>"},
		{"my", "pass2", "", "<secret password><secret token>"},
		{"mypass", "2", "", "<secret token>"},
		{"mypass and ", "mypass", " and mypass", "<secret password>"},
		{"", "", "mypass", ""},
	} {
		if got := list.MaskWithin([]byte(test.before), []byte(test.text), []byte(test.after)); got != test.want {
			t.Errorf("MaskWithin(%q, %q, %q) = %q, want %q", test.before, test.text, test.after, got, test.want)
		}
	}
	if list.Len() != 2 || (*Secrets)(nil).Len() != 0 {
		t.Error("Len does not count")
	}
}
