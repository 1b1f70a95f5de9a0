// Package words is about words that people write: it splits a command into words as a
// shell does, and finds the word that a misspelt one was meant to be.
package words

import (
	"errors"
	"strings"
)

// The mistakes that Split finds.
var (
	ErrQuote     = errors.New("a quote is not closed")
	ErrBackslash = errors.New("it ends with a backslash")
	ErrNUL       = errors.New("it holds a NUL")
)

// Split returns the words of a command, where no shell is to run it: quotes and
// backslashes count, nothing is expanded. In single quotes all is literal; in double quotes
// a backslash escapes the characters " and \; elsewhere it escapes any character.
func Split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	within, quote := false, byte(0)
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case c == 0:
			return nil, ErrNUL
		case quote == '\'' && c != '\'':
			word.WriteByte(c)
		case c == '\\' && (quote == 0 || i+1 < len(command) && (command[i+1] == '"' || command[i+1] == '\\')):
			if i++; i == len(command) {
				return nil, ErrBackslash
			}
			word.WriteByte(command[i])
			within = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, within = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if within {
				words = append(words, word.String())
				word.Reset()
				within = false
			}
		default:
			word.WriteByte(c)
			within = true
		}
	}
	if quote != 0 {
		return nil, ErrQuote
	}
	if within {
		words = append(words, word.String())
	}
	return words, nil
}
