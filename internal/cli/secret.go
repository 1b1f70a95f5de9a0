package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/engine/words"
)

// secret finds a secret's value: a file or a program named by -secret, then the
// environment, then the operator.
func (app *App) secret(ctx context.Context, s *settings, name string) (string, error) {
	value, err := app.storedSecret(ctx, s, name)
	unset, ok := errors.AsType[*unsetSecret](err)
	if !ok {
		return value, err
	}
	value, err = app.askSecret(ctx, name)
	if errors.Is(err, terminal.ErrNoTerminal) {
		return "", unset
	}
	return value, err
}

// unsetSecret tells that there is no value for a secret.
type unsetSecret struct{ name, variable string }

// Error says what to do.
func (e *unsetSecret) Error() string {
	return "secret " + e.name + " is not set: give -secret " + e.name + "=FILE or set " + e.variable
}

// variableOf is the variable that a secret's value may come from.
func variableOf(secret string) string {
	return ofSecrets + strings.ToUpper(moduleGlobal(secret))
}

// storedSecret finds a secret's value where nobody has to be asked.
func (app *App) storedSecret(ctx context.Context, s *settings, name string) (string, error) {
	if file, ok := s.secrets[name]; ok {
		if program, ok := strings.CutPrefix(file, "!"); ok {
			return app.programs.secret(ctx, name, program, app.environ())
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("secret %q: %w", name, err)
		}
		if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
			return "", fmt.Errorf("secret %q: %s is in UTF-16; write it anew in UTF-8", name, file)
		}
		line := firstLine(data)
		if line == "" {
			return "", fmt.Errorf("secret %q: the first line of %s is empty", name, file)
		}
		return line, nil
	}
	variable := variableOf(name)
	if v := app.Getenv(variable); v != "" {
		return v, nil
	}
	return "", &unsetSecret{name, variable}
}

// checkSecrets reports a file of a secret that cannot be opened, of those that can be looked at
// without taking anything out of them.
func (s *settings) checkSecrets() error {
	for _, name := range slices.Sorted(maps.Keys(s.secrets)) {
		file := s.secrets[name]
		if strings.HasPrefix(file, "!") {
			continue
		}
		if about, err := os.Stat(file); err == nil && !about.Mode().IsRegular() && !about.IsDir() {
			continue
		}
		f, err := os.Open(file)
		if err == nil {
			_, err = f.Read(make([]byte, 1)) // a folder cannot be read
			_ = f.Close()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("secret %q: %w", name, err)
		}
	}
	return nil
}

// firstLine is the first line of a text, in UTF-8.
func firstLine(text []byte) string {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // the mark that some editors put before UTF-8
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r")
}

// secretPrograms keeps what the programs have said that secrets come from: each runs once.
type secretPrograms struct {
	mu   sync.Mutex            // one program at a time: several may want to ask for the same key
	said map[string]secretSaid // by the secret's name
}

type secretSaid struct {
	value string
	err   error
}

// secret runs the program of a secret, or returns what it has said before.
func (p *secretPrograms) secret(ctx context.Context, name, program string, env []string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if said, ok := p.said[name]; ok {
		return said.value, said.err
	}
	value, err := secretFrom(ctx, program, env)
	if err != nil {
		awaitInterrupt(ctx)
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		err = fmt.Errorf("secret %q: %w", name, err)
	}
	if p.said == nil {
		p.said = make(map[string]secretSaid)
	}
	p.said[name] = secretSaid{value, err}
	return value, err
}

// awaitInterrupt waits a moment for an interrupt, once a program has failed: a ^C at the
// terminal comes to the program as well, and may come to it first.
func awaitInterrupt(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(interruptTime):
	}
}

// interruptTime is how long an interrupt may take to be known here once it has ended a
// program.
const interruptTime = 50 * time.Millisecond

// mostOfASecret bounds the first line of what a program says.
const mostOfASecret = 64 << 10

// secretFrom runs a program, without a shell, and returns the first line of what it
// prints. Errors hold nothing of its output.
func secretFrom(ctx context.Context, program string, env []string) (string, error) {
	args, err := words.Split(program)
	if err != nil {
		return "", fmt.Errorf("the program %s: %w", program, err)
	}
	if len(args) == 0 {
		return "", errors.New("the program is missing: -secret NAME='!pass show router1'")
	}
	var out bounded
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Stdout = env, &out
	cmd.WaitDelay = time.Second // for what it has left behind that holds its output open
	switch err := cmd.Run(); {
	case errors.Is(err, exec.ErrWaitDelay):
	case errors.Is(out.err, errLongLine):
		return "", fmt.Errorf("the first line that %s prints is longer than %d KiB", args[0], mostOfASecret>>10)
	case out.err != nil: // it was cut short, as by head -1
	case err == nil:
	default:
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return "", fmt.Errorf("%s failed: %s; run it by hand to see what it says", args[0], exit.ProcessState)
		}
		if e, ok := errors.AsType[*exec.Error](err); ok {
			err = e.Err
		}
		return "", fmt.Errorf("cannot run %s: %s", args[0], strings.TrimPrefix(reason(err).Error(), "exec: "))
	}
	line := firstLine(out.kept)
	if line == "" {
		return "", fmt.Errorf("the first line that %s prints is empty", args[0])
	}
	return line, nil
}

// bounded keeps the first bytes written to it, and takes no more. The buffer is not
// embedded: io.Copy would read into it without a bound.
type bounded struct {
	kept []byte
	err  error
}

var (
	errLongLine = errors.New("the line is too long")
	errEnough   = errors.New("the line is complete")
)

// Write implements io.Writer. An error ends the program, if it goes on to print.
func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), mostOfASecret-len(b.kept))
	b.kept = append(b.kept, p[:n]...)
	if n == len(p) {
		return n, nil
	}
	b.err = errEnough
	if !bytes.Contains(b.kept, []byte("\n")) {
		b.err = errLongLine
	}
	return n, b.err
}
