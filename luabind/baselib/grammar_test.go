package baselib_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestGrammar compares what is said of mistakes with what Lua 5.1 says: each token of
// a program is taken out, doubled, and replaced by others.
func TestGrammar(t *testing.T) {
	const program = `local a , b = 1 , "s"
function t . u : m ( x , ... ) if x then return ... elseif a then b = - a ^ 2 else t [ 1 ] = not b end end
for i = 1 , 2 , 3 do a = a .. i break end
for k , v in pairs { 1 , x = 2 ; [ 3 ] = 4 } do print ( k ) ; a . b . c = nil end
repeat local function f ( ) end until f ( ) ( 1 ) == { }
while # b < 3 and ( a or b ) do do end t : m "x" { } end
a , b [ 1 ] = function ( ) end , true
return a`
	others := strings.Fields(`end ) ( = , x 1 "s" function ... do } ? if then until return break : . not`)
	r := rand.New(rand.NewPCG(1, 2))
	sources := []string{program, "x = ;", "f() ;", "return ;"}
	tokens := strings.Split(program, " ")
	for i := range tokens {
		change := func(with string) {
			changed := append([]string{}, tokens...)
			changed[i] = with
			sources = append(sources, strings.Join(changed, " "))
		}
		change("")
		change(tokens[i] + " " + tokens[i])
		for range 6 {
			change(others[r.IntN(len(others))])
			change(tokens[i] + " " + others[r.IntN(len(others))])
		}
		sources = append(sources, strings.Join(tokens[:i], " "))
	}
	for _, levels := range []int{150, 250} {
		for _, part := range [][3]string{
			{"(", "1", ")"},
			{"{", "1", "}"},
			{"not ", "1", ""},
			{"- ", "1", ""},
			{"2^", "1", ""},
			{"'a'..", "1", ""},
			{"a.b[", "1", "]"},
			{"f{", "1", "}"},
			{"f(", "1", ")"},
			{"function() return ", "1", " end"},
			{"#", "a", ""},
			{"a and (", "a", ")"},
		} {
			sources = append(sources, "return "+strings.Repeat(part[0], levels)+part[1]+strings.Repeat(part[2], levels))
		}
		for _, part := range [][2]string{{"do ", "end "}, {"if a then ", "end "}, {"while a do ", "end "}, {"repeat ", "until a "}, {"function f() ", "end "}} {
			sources = append(sources, strings.Repeat(part[0], levels)+strings.Repeat(part[1], levels))
		}
	}
	for _, chain := range []string{"+1", ".a", "()", "[1]", " and 1", " == 1", "*2"} {
		sources = append(sources, "return f"+strings.Repeat(chain, 5000))
	}
	sources = append(sources, "if a then "+strings.Repeat("elseif b then ", 3000)+"end")
	var all strings.Builder
	all.WriteString("local function try(source) local f, err = loadstring(source, '=p') print(f and 'good' or err) end\n")
	for _, source := range sources {
		fmt.Fprintf(&all, "try [==[%s]==]\n", source)
	}
	theirs, ours := runBoth(t, "lua5.1", all.String())
	want, got := strings.Split(theirs, "\n"), strings.Split(ours, "\n")
	for i, source := range sources {
		w, g := at(want, i), at(got, i)
		switch { // where this differs, and means to
		case strings.HasSuffix(w, "near ';'"): // accepted wherever a statement may end
			w, g = "", ""
		case strings.Contains(g, "'}' expected near '<eof>'"): // says more
			w = strings.Replace(w, "unexpected symbol", "'}' expected", 1)
		case strings.HasSuffix(w, "'") && strings.HasPrefix(g, w+" ("): // says what may help
			g = w
		case strings.Contains(w, "too complex"):
			w, g = "", ""
		}
		if w != g {
			t.Errorf("%.2000s\n got %s\nwant %s", source, g, w)
		}
	}
	t.Logf("%d programs", len(sources))
}
