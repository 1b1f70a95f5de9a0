package diagnose

import "testing"

func TestNearestMiss(t *testing.T) {
	exact, regex, glob, event := Exact, Regex, Glob, Event
	for _, c := range []struct {
		kind          Kind
		pattern, text string
		want          string
		start         int64
	}{
		{exact, "Password: ", "Passwort: ", `matched "Passwor" of "Password: ", then came "t: "`, 0},
		{exact, "Password: ", "Pass Passw", `matched "Passw" of "Password: ", then nothing more came`, 5},
		{exact, "abcabd", "ababcabx", `matched "abcab" of "abcabd", then came "x"`, 2},
		{exact, "größer", "grö\xc3", `matched "grö" of "größer", then came "\xc3"`, 0},
		{exact, "Password: ", "Plain text", "nothing like it came", 0},
		{exact, "aab", "aaaaa", `matched "aa" of "aab", then nothing more came`, 3},
		{exact, "ok", "that is ok", `matches "ok"`, 8},
		{regex, `router\d+# $`, "router42> ", `matched "router42" with [[router\d+]] of [[router\d+# $]], then came "> "`, 0},
		{regex, `Login incorrect|\$ $|password: `, "Login succeeded, passwort: ", `matched "passwor" of "password: ", then came "t: "`, 17},
		{regex, `(?i)user(name)?: (\d{2,3})`, "USER: x", `matched "USER: " with "(?i)user(name)?: " of [[(?i)user(name)?: (\d{2,3})]], then came "x"`, 0},
		{regex, `\Qa.b(c)\E+ [^\]x]+[[:alpha:]]z`, "a.b(c) yy9", `matched "a.b(c) yy" with [=[\Qa.b(c)\E+ [^\]x]+[[:alpha:]]]=] of [=[\Qa.b(c)\E+ [^\]x]+[[:alpha:]]z]=], then came "9"`, 0},
		{regex, `\x41\x{42}C\103\pL\p{Lu}\D\bx{2}?`, "ABCCdE", `matched "ABCCdE" with [[\x41\x{42}C\103\pL\p{Lu}]] of [[\x41\x{42}C\103\pL\p{Lu}\D\bx{2}?]], then nothing more came`, 0},
		{regex, `abcd{,2}e`, "abcd{,2}f", `matched "abcd{,2}" of "abcd{,2}e", then came "f"`, 0},
		{regex, `(?P<n>abc)(?:def)(?s:.)x`, "abcde", `matched "abcde" with "(?P<n>abc)(?:de" of "(?P<n>abc)(?:def)(?s:.)x", then nothing more came`, 0},
		{regex, `abcd\z`, "abcd ", `matched "abcd" of [[abcd\z]], then came " "`, 0},
		{regex, `^$`, "abc", "nothing like it came", 0},
		{regex, `a[`, "a", "is no regular expression: missing closing ] in \"[\"", 0},
		{regex, `x{3}y`, "xxx", `matched "xxx" with "x{3}" of "x{3}y", then nothing more came`, 0},
		{glob, "log*[!a]?n\\*", "login", `matched "login", then nothing more came`, 0},
		{glob, "log[", "log", `matched "log", then nothing more came`, 0},
		{event, "ECHO_ON", "", "the peer did not give echoing back", 0},
		{event, "TIMEOUT", "", "time did not run out", 0},
		{event, "EOF", "", "the peer did not close", 0},
		{event, "ELSE", "", "did not happen", 0},
	} {
		m := Diagnose(Facts{Patterns: []Pattern{{Kind: c.kind, Source: c.pattern}}, Pending: []byte(c.text)}).Misses[0]
		if got := m.String(); got != c.want || m.Start != c.start {
			t.Errorf("%q in %q:\ngot  %s at %d\nwant %s at %d", c.pattern, c.text, got, m.Start, c.want, c.start)
		}
	}
}

// TestEndNotInOrder: an end that came is not said to be missing.
func TestEndNotInOrder(t *testing.T) {
	m := Diagnose(Facts{Reason: EOF, PeerClosed: true, Patterns: []Pattern{{Kind: Event, Source: "EOF"}}}).Misses[0]
	if got := m.String(); got != "the peer closed, but not in order" {
		t.Error(got)
	}
}

func TestNearestMissCountsFromTheBeginning(t *testing.T) {
	m := Diagnose(Facts{Patterns: []Pattern{{Source: "login"}}, Pending: []byte("x log"), Omitted: 100}).Misses[0]
	if m.Start != 102 || m.End != 105 {
		t.Errorf("from %d to %d, want 102 to 105", m.Start, m.End)
	}
}

// ^ is where the pending text begins, whatever was before; \b looks at the
// character before; and neither holds where text has been left out.
func TestTextBegins(t *testing.T) {
	for _, c := range []struct {
		pattern, consumed string
		omitted           int64
		want              bool
	}{
		{"^b", "a", 0, true},
		{"^b", "", 1, false},
		{`\bb`, "a", 0, false},
		{`\bb`, " ", 0, true},
		{`(?m)^b`, "a", 0, false},
		{`(?m)^b`, "\n", 0, true},
	} {
		r := Why(Pattern{Source: c.pattern}, Facts{Pending: []byte("b"), Consumed: []byte(c.consumed), Omitted: c.omitted})
		if r.Misses[0].Matched != c.want {
			t.Errorf("%q after %q (%d omitted): matched is %v", c.pattern, c.consumed, c.omitted, !c.want)
		}
	}
}
