package words

import "strings"

// Nearest returns the one of the names known that name was probably meant to be, "" if
// none is near.
func Nearest(name string, known []string) string {
	best, least := "", (len(name)+1)/3
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d < least || d == least && (best == "" || apart(k, name) < apart(best, name)) {
			best, least = k, d
		}
	}
	return best
}

// apart is by how much the lengths differ.
func apart(a, b string) int { return max(len(a)-len(b), len(b)-len(a)) }

// distance is the number of letters to change, add, drop or swap between a and b.
func distance(a, b string) int {
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(b)]
}
