package match

import (
	"bytes"
	"regexp"
	"slices"
	"testing"
)

// TestGroupsOfLongMatches takes matches of many blocks, cut into pieces.
func TestGroupsOfLongMatches(t *testing.T) {
	text := slices.Concat([]byte("begin "), logLines(40<<10), []byte("é\xff end"))
	for _, source := range []string{
		`(?s)begin(.*)end`, `(?s)(b)egin(?:(\w+)|(\W))*(end)`, `(?s)begin(?:(é)|(\d{1,3})|([^\d]))* end`,
		`(?s)(.*?)(é)(.)(.*)`, `(?s)(((b)?(x)?.)+)d\b`, `(?sm)(?:^(.*?)$.)+(.*)`,
	} {
		want := regexp.MustCompile(source).FindSubmatchIndex(text)
		m := mustCompile(t, Pattern{Source: source}).NewMatcher()
		t1 := cut(text, 0x0101010101010101)
		for _, p := range t1 {
			m.Feed(p)
		}
		r, ok := m.Best(Bytes(text))
		got := make([]int, len(r.Groups))
		for i, at := range r.Groups {
			got[i] = int(at)
		}
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
		traced(t, m, &chunks{text, 1000}, &r)
	}
}

// TestGroupsWithManyStates makes the automaton of the groups too large.
func TestGroupsWithManyStates(t *testing.T) {
	g := newGenerator(13)
	text := make([]byte, 20000)
	for i := range text {
		text[i] = "ab"[g.IntN(2)]
	}
	const source = `([ab]*)a([ab]{14})$`
	want := regexp.MustCompile(source).FindSubmatchIndex(text)
	m := mustCompile(t, Pattern{Source: source}).NewMatcher()
	m.Feed(text)
	r, _ := m.Best(Bytes(text))
	if len(r.Groups) != len(want) || int(r.Groups[3]) != want[3] || int(r.Groups[4]) != want[4] {
		t.Errorf("%v, want %v", r.Groups, want)
	}
}

// chunks is a Text of pieces of one size.
type chunks struct {
	text []byte
	size int64
}

func (c *chunks) Chunk(at int64) ([]byte, int64) {
	from := at - at%c.size
	return bytes.Clone(c.text[from:min(from+c.size, int64(len(c.text)))]), from
}
