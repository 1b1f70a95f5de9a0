package line

import (
	"strconv"
	"strings"
)

// Note is what a recording keeps of an item that no byte of the connection stands for:
// "echo off", "window 80x24", "exit 3", "signal TERM". It is "" for other items.
func (it *Item) Note() string {
	switch it.Kind {
	case EchoOff:
		return "echo off"
	case EchoOn:
		return "echo on"
	case Window:
		return "window " + strconv.Itoa(it.Columns) + "x" + strconv.Itoa(it.Rows)
	case Exited:
		if it.Exit.Signal != "" {
			return "signal " + it.Exit.Signal
		}
		return "exit " + strconv.Itoa(it.Exit.Code)
	}
	return ""
}

// ParseNote makes an item of what Note returned.
func ParseNote(note string) (it Item, ok bool) {
	what, value, _ := strings.Cut(note, " ")
	var err error
	switch {
	case note == "echo off":
		it.Kind = EchoOff
	case note == "echo on":
		it.Kind = EchoOn
	case what == "window":
		columns, rows, _ := strings.Cut(value, "x")
		it.Kind = Window
		if it.Columns, err = strconv.Atoi(columns); err == nil {
			it.Rows, err = strconv.Atoi(rows)
		}
	case what == "exit":
		it.Kind = Exited
		it.Exit.Code, err = strconv.Atoi(value)
	case what == "signal" && value != "":
		it.Kind, it.Exit.Signal = Exited, value
	}
	return it, err == nil && it.Kind != None
}

// A Teller is a connection that has items beside its bytes, as the one to a recording.
type Teller interface {
	// Told returns the item that stands where Read has returned 0 bytes without an error;
	// of the kind None if there is none.
	Told() Item
}
