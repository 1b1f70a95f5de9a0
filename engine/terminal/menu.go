package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moonwire/moonwire/engine/diagnose"
)

// MenuItem is an entry of the escape's menu.
type MenuItem struct {
	Key  byte
	Text string // what it does, e.g. "start or stop the log"
	// Run does it, with the terminal as it was found. If done, Interact ends
	// with the value; a notice is shown otherwise.
	Run func(ctx context.Context) (notice string, value any, done bool, err error)
}

// menu asks for a key of the menu and does what it says. p was typed behind
// the escape.
func (x *interaction) menu(ctx context.Context, p []byte) (Ending, bool, error) {
	x.escaped = false
	x.stop()
	x.t.input.Unread(p)
	key := make([]byte, 1)
	for {
		x.out.line(x.menuPrompt())
		_, err := x.t.input.Read(ctx, key)
		if err == io.EOF {
			return Ending{Reason: Escaped}, true, x.flush(ctx)
		}
		if err != nil {
			return Ending{}, true, err
		}
		end, next, err := x.choose(ctx, key[0])
		switch {
		case err != nil || next == menuEnds:
			return end, true, errors.Join(err, x.flush(ctx))
		case next == menuResumes:
			x.out.write([]byte("\r\n"))
			x.start(ctx)
			return Ending{}, false, nil
		}
	}
}

type menuNext uint8

const (
	menuAsks    menuNext = iota // for another key
	menuResumes                 // the interaction
	menuEnds                    // the interaction
)

func (x *interaction) menuPrompt() string {
	if x.o.Back != "" {
		return "moonwire: a key (. leads " + x.o.Back + ", ? lists all, Enter goes on): "
	}
	return "moonwire: a key (? lists them, Enter goes on): "
}

// choose does what key stands for.
func (x *interaction) choose(ctx context.Context, key byte) (Ending, menuNext, error) {
	for _, item := range x.o.Menu {
		if item.Key == key {
			return x.runItem(ctx, item)
		}
	}
	if key == '.' && x.o.Back != "" {
		return Ending{Reason: Escaped}, menuEnds, nil
	}
	command := ""
	switch key {
	case '\r', '\n', ' ', 0x1b, ctrl('C'):
		return Ending{}, menuResumes, nil
	case x.o.Escape:
		x.send.put([]byte{key})
		return Ending{}, menuResumes, nil
	case 'q', '.': // with nothing to go back to the dot closes, as it does in ssh
		return Ending{Reason: Quit}, menuEnds, nil
	case 'z', ctrl('Z'):
		x.out.write([]byte("\r\n"))
		if err := x.t.Suspend(); err != nil {
			x.out.line(err.Error())
			return Ending{}, menuAsks, nil
		}
		return Ending{}, menuResumes, nil
	case 'o':
		for _, s := range x.peer.Status() {
			x.out.line(s)
		}
		return Ending{}, menuAsks, nil
	case '?', 'h':
		x.help()
		return Ending{}, menuAsks, nil
	case 'b':
		command = "BRK"
	case 'a':
		command = "AYT"
	case 'i':
		command = "IP"
	default:
		x.out.write([]byte("\a"))
		return Ending{}, menuAsks, nil
	}
	if err := x.peer.Command(command); err != nil {
		x.out.line(err.Error())
		return Ending{}, menuAsks, nil
	}
	return Ending{}, menuResumes, nil
}

func (x *interaction) runItem(ctx context.Context, item MenuItem) (Ending, menuNext, error) {
	resume, err := x.t.Pause()
	if err != nil {
		return Ending{}, menuEnds, err
	}
	x.out.write([]byte("\r\n"))
	notice, value, done, err := func() (string, any, bool, error) {
		defer func() { _ = resume() }() // before the operator is told and types on
		return item.Run(ctx)
	}()
	if err != nil || done {
		return Ending{Reason: Acted, Value: value}, menuEnds, err
	}
	if notice != "" {
		x.out.write([]byte("moonwire: " + diagnose.Visible(notice)))
	}
	return Ending{}, menuResumes, nil
}

// help lists the keys.
func (x *interaction) help() {
	list := []MenuItem{
		{Key: 'q', Text: "close the session"},
		{Key: 'z', Text: "suspend"},
		{Key: 'a', Text: "send AYT: are you there?"},
		{Key: 'b', Text: "send BRK, a break"},
		{Key: 'i', Text: "send IP: interrupt the process"},
		{Key: 'o', Text: "show the options in force"},
	}
	if x.o.Back != "" {
		list = append([]MenuItem{{Key: '.', Text: x.o.Back + ", the session stays open"}}, list...)
	}
	entry := func(item MenuItem) { x.out.line(fmt.Sprintf("  %-5s %s", KeyName(item.Key), item.Text)) }
	for _, item := range x.o.Menu {
		entry(item)
	}
	for _, item := range list {
		if !slices.ContainsFunc(x.o.Menu, func(own MenuItem) bool { return own.Key == item.Key }) {
			entry(item)
		}
	}
	x.out.line(fmt.Sprintf("  %-5s %s", KeyName(x.o.Escape), "send "+KeyName(x.o.Escape)))
	x.out.line(fmt.Sprintf("  %-5s %s", "Enter", "go on"))
}

// KeyName writes a key as people do: ^] for a control key.
func KeyName(c byte) string {
	switch {
	case c == 0x7f:
		return "^?"
	case c < ' ':
		return string([]byte{'^', c ^ 0x40})
	}
	return string(rune(c))
}

// ParseKey returns the key that s names: one character, or "^" and the
// character typed together with Ctrl.
func ParseKey(s string) (byte, error) {
	switch {
	case s == "^?":
		return 0x7f, nil
	case len(s) == 2 && s[0] == '^':
		c := strings.ToUpper(s)[1]
		if c >= '@' && c <= '_' {
			return c ^ 0x40, nil
		}
	case len(s) == 1 && s[0] < 0x80 && s[0] != 0:
		return s[0], nil
	}
	return 0, fmt.Errorf("%q names no key: use one character, or ^ and one, as in \"^]\"", s)
}

// line starts a new line, if there is one on the screen, and writes text there.
func (s *screen) line(text string) {
	text = diagnose.Visible(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != '\n' {
		text = "\r\n" + text
	}
	_ = s.putLocked([]byte(text))
}
