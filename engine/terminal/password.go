package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// ReadPassword writes prompt to the terminal and returns the line typed, which
// is not shown. If the input is no terminal the controlling terminal is asked;
// without one the error is ErrNoTerminal. ^C gives ErrInterrupted, ^D with
// nothing typed io.EOF. What is typed behind the line stays for the next read.
func (t *Terminal) ReadPassword(ctx context.Context, prompt string) (string, error) {
	return t.readLine(ctx, prompt, false)
}

// ReadAnswer is ReadPassword, but what is typed is shown.
func (t *Terminal) ReadAnswer(ctx context.Context, prompt string) (string, error) {
	return t.readLine(ctx, prompt, true)
}

func (t *Terminal) readLine(ctx context.Context, prompt string, echo bool) (string, error) {
	if t.inTTY && t.outTT {
		return t.ask(ctx, t.cfg.Out, prompt, echo)
	}
	path := t.cfg.Tty
	if path == "" {
		path = controllingTerminal
	}
	tty, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		if t.inTTY { // opened for writing too, as a shell does
			return t.ask(ctx, t.cfg.In, prompt, echo)
		}
		return "", fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	defer tty.Close()
	if t.inTTY {
		return t.ask(ctx, tty, prompt, echo)
	}
	own := New(Config{In: tty, Out: tty, OnSignal: t.cfg.OnSignal})
	defer own.Close()
	return own.ask(ctx, tty, prompt, echo)
}

// ask reads one line in Edit mode. It edits the line itself: the terminal's own editing
// would have to be given the keys typed ahead.
func (t *Terminal) ask(ctx context.Context, out io.Writer, prompt string, echo bool) (line string, err error) {
	lease, err := t.Enter(Edit)
	if err != nil {
		return "", err
	}
	defer func() {
		if lerr := lease.Leave(); err == nil {
			err = lerr
		}
	}()
	if _, err := io.WriteString(out, prompt); err != nil {
		return "", err
	}
	var typed []byte
	defer func() { clear(typed[:cap(typed)]) }()
	key := make([]byte, 1)
	show := func(s string) error {
		if !echo {
			return nil
		}
		_, err := io.WriteString(out, s)
		return err
	}
	for {
		_, err := t.input.Read(ctx, key)
		if err == io.EOF && len(typed) > 0 {
			return string(typed), nil
		}
		if err != nil {
			_, _ = io.WriteString(out, "\n")
			return "", err
		}
		switch c := key[0]; c {
		case '\r', '\n':
			_, err = io.WriteString(out, "\n")
			return string(typed), err
		case ctrl('C'):
			_, _ = io.WriteString(out, "\n")
			return "", ErrInterrupted
		case ctrl('D'):
			if len(typed) == 0 {
				_, _ = io.WriteString(out, "\n")
				return "", io.EOF
			}
		case ctrl('U'), ctrl('W'):
			if err := show(strings.Repeat("\b \b", utf8.RuneCount(typed))); err != nil {
				return "", err
			}
			typed = typed[:0]
		case ctrl('H'), 0x7f:
			_, n := utf8.DecodeLastRune(typed)
			if n > 0 {
				if err := show("\b \b"); err != nil {
					return "", err
				}
			}
			typed = typed[:len(typed)-n]
		case ctrl('Z'):
			if err := t.Suspend(); err != nil {
				return "", err
			}
			_, _ = io.WriteString(out, prompt)
			if err := show(string(typed)); err != nil {
				return "", err
			}
		default:
			if c >= ' ' {
				if err := show(string(key)); err != nil {
					return "", err
				}
			}
			typed = append(typed, c)
		}
	}
}

// ctrl returns the byte that the key sends together with Ctrl.
func ctrl(key byte) byte { return key & 0x1f }
