package match

import (
	"fmt"
	"strings"
	"testing"
)

func TestRemarks(t *testing.T) {
	names := [...]string{"empty", "hidden", "lingers", "in line", "holds"}
	for _, c := range []struct{ list, want string }{
		{"router# ", ""},
		{`port (\d+)`, ""},
		{`[\$#] $`, ""},
		{`(?m)^router[#>] $`, ""},
		{"a*", "1 empty"},
		{"$", "1 empty"},
		{`\b`, "1 empty"},
		{"a\nb\na", "3 hidden by 1"},
		{"a\nab", "2 hidden by 1"},
		{"ab\na", ""},
		{"b\nab", ""},
		{"login\nlogin: ", "2 hidden by 1"},
		{"^a\na", ""},
		{"a\n^a", "2 hidden by 1"},
		{`\w+` + "\nuser", "2 hidden by 1"},
		{"[ab]c\nac\nbc", "2 hidden by 1; 3 hidden by 1"},
		{"a\nb\n[ab]c", "3 hidden by several"},
		{"a?\nb", "1 empty; 2 hidden by 1"},
		{`a\b` + "\na", ""},
		{`a\b|a\B` + "\na", ""}, // hidden, but it takes more than one byte to say
		{"(?i)login\nLOGIN", "2 hidden by 1"},
		{"é\n[é-ü]x", ""},
		{"[é-ü]\néx", "2 hidden by 1"},
		{"EOF\nx\nEOF", "3 hidden by 1"},
		{"(?s).*foo", "1 lingers"},
		{"(?s).*foo\nbar", "1 holds"},
		{"(?s)foo.*\nbar", "1 lingers"},
		{"(?s)foo.*bar\nbar", "1 lingers"},
		{"(?s)foo.*?bar\nbar", ""},
		{`.*\$ `, "1 in line"},
		{`user.*\$ ` + "\nx", "1 in line"},
		{`foo.*\n`, ""},
		{`\w+`, ""},
	} {
		var list []Pattern
		for line := range strings.SplitSeq(c.list, "\n") {
			p := Pattern{Source: line}
			if line == "EOF" {
				p = Pattern{Kind: EventKind, Event: EOF}
			}
			list = append(list, p)
		}
		var got []string
		for _, r := range mustCompile(t, list...).Remarks() {
			s := fmt.Sprintf("%d %s", r.Index+1, names[r.Kind])
			if r.Kind == Hidden {
				s += " by several"
				if r.By >= 0 {
					s = strings.TrimSuffix(s, "several") + fmt.Sprint(r.By+1)
				}
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%q: %s, want %s", c.list, s, c.want)
		}
	}
}

// TestHiddenIsSound looks for a text in which a pattern wins that is said never to.
func TestHiddenIsSound(t *testing.T) {
	g := newGenerator(12)
	hidden := 0
	for range 60 {
		list := g.list(3, 3)
		if _, err := newOracle(list, false); err != nil {
			continue
		}
		set := mustCompile(t, list...)
		for _, r := range set.Remarks() {
			if r.Kind != Hidden {
				continue
			}
			hidden++
			o, _ := newOracle(list, false)
			for range 50 {
				text := g.text(8)
				if m := o.find(text); m != nil && m.Index == r.Index {
					t.Fatalf("%v: %s, but pattern %d wins in %q", list, r.Message, r.Index+1, text)
				}
			}
		}
	}
	if hidden < 10 {
		t.Errorf("only %d hidden patterns were tried", hidden)
	}
}

func TestRemarksAreBounded(t *testing.T) {
	var list []Pattern
	for i := range 40 {
		list = append(list, Pattern{Source: fmt.Sprintf(`[ab]*a[ab]{%d}c\pL`, 10+i)})
	}
	w := &walker{left: maxWalks}
	set := mustCompile(t, list...)
	for i := range list {
		set.lingering(w, i)
	}
	if w.left > 0 {
		t.Errorf("%d states are left of %d: make the list larger", w.left, maxWalks)
	}
	set.Remarks()
}

// TestNever: a pattern that no text matches is told from one that is hidden.
func TestNever(t *testing.T) {
	for _, list := range [][]Pattern{
		{{Source: `host:~$ `}},
		{{Source: `login`}, {Source: `host:~$ `}},
		{{Source: `a^b`}, {Source: `b`}},
	} {
		s, err := Compile(list)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, r := range s.Remarks() {
			if r.Kind == Never {
				found++
			}
			if r.Kind == Hidden {
				t.Errorf("%v: %s", list, r.Message)
			}
		}
		if found != 1 {
			t.Errorf("%v: %v", list, s.Remarks())
		}
	}
}
