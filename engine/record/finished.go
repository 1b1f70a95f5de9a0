package record

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Finished returns the beginning of a recording that is still being made by hand: up to the
// last line that was typed to its end and what came after it. Keys of a line that goes on
// may be the beginning of a password, which nothing tells yet from a name; they, and all
// behind them, are left out.
func Finished(recording []byte) []byte {
	typed := -1 // where the line that goes on begins
	at := 0
	for line := range bytes.Lines(recording) {
		var event []any
		if json.Unmarshal(line, &event) == nil && len(event) == 3 && (event[1] == "i" || event[1] == ">") {
			keys, _ := event[2].(string)
			if typed < 0 && (!strings.HasPrefix(keys, "\u00FF") || strings.HasPrefix(keys, "\u00FF\u00FF")) { // else telnet's
				typed = at
			}
			if strings.HasSuffix(strings.TrimSuffix(keys, "\x00"), "\r") || strings.HasSuffix(keys, "\n") {
				typed = -1
			}
		}
		at += len(line)
	}
	if typed >= 0 {
		return recording[:typed]
	}
	return recording
}
