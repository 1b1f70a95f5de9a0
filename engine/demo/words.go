// Words: how the shell cuts a line.

package demo

import (
	"errors"
	"strconv"
	"strings"
)

// words cuts a line into words as sh does: blanks separate, 'as it stands',
// "with $VARIABLES and \" in it", \x for x itself, # begins a comment.
func (c *session) words(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun := false // a word of no letters ('') is a word
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for i := 0; i < len(line); {
		switch b := line[i]; {
		case b == ' ' || b == '\t':
			end()
			i++
			continue
		case b == '#' && !begun:
			return words, nil
		case b == '\'':
			n := strings.IndexByte(line[i+1:], '\'')
			if n < 0 {
				return nil, errors.New("syntax error: unterminated quoted string")
			}
			word.WriteString(line[i+1 : i+1+n])
			begun = true
			i += n + 2
		case b == '"':
			n, err := c.quoted(&word, line[i+1:])
			if err != nil {
				return nil, err
			}
			begun = true
			i += n + 1
		case b == '\\' && i+1 < len(line):
			word.WriteByte(line[i+1])
			begun = true
			i += 2
		case b == '$':
			before := word.Len()
			i += c.variable(&word, line[i:])
			begun = begun || word.Len() > before
		case strings.IndexByte("|&;<>()`", b) >= 0:
			return nil, errors.New("syntax error: " + strconv.Quote(string(rune(b))) + " is not supported here")
		default:
			word.WriteByte(b)
			begun = true
			i++
		}
	}
	end()
	return words, nil
}

// quoted takes what stands in double quotes, and returns how long it is with
// the closing one.
func (c *session) quoted(word *strings.Builder, s string) (int, error) {
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b == '"':
			return i + 1, nil
		case b == '$':
			i += c.variable(word, s[i:])
		case b == '\\' && i+1 < len(s) && strings.IndexByte("\"\\$`", s[i+1]) >= 0:
			word.WriteByte(s[i+1])
			i += 2
		default:
			word.WriteByte(b)
			i++
		}
	}
	return 0, errors.New("syntax error: unterminated quoted string")
}

// variable takes $NAME, ${NAME} or $? and returns its length; a "$" of its own
// is a "$".
func (c *session) variable(word *strings.Builder, s string) int {
	name, length := "", 1
	switch {
	case len(s) > 1 && s[1] == '?':
		name, length = "?", 2
	case len(s) > 1 && s[1] == '{' && strings.IndexByte(s, '}') > 0:
		length = strings.IndexByte(s, '}') + 1
		name = s[2 : length-1]
	default:
		for length < len(s) && letter(s[length]) {
			length++
		}
		name = s[1:length]
	}
	switch name {
	case "":
		word.WriteString(s[:length])
	case "?":
		word.WriteString(strconv.Itoa(c.status))
	case "TERM":
		word.WriteString(c.term)
	case "USER", "LOGNAME":
		word.WriteString(User)
	case "HOME":
		word.WriteString("/home/" + User)
	case "SHELL":
		word.WriteString("/bin/sh")
	}
	return length
}

func letter(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}
