package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// runScripts is moonwire without a subcommand: code, modules, a script, or the
// prompt.
func (app *App) runScripts(s *settings, rest []string) int {
	if s.version {
		if status := app.print(version() + "\n"); status != exitOK || len(rest) == 0 && len(s.chunks) == 0 && !s.interactive {
			return status
		}
	}
	in, err := app.interp(s)
	if err != nil {
		return app.finish(err)
	}
	if (s.rescue || s.interactive) && app.term.Interactive() {
		in.SetRescue(app.rescue)
	}
	err = app.runAll(in, s, rest)
	in.SetRescue(nil) // what is typed at the prompt is by hand already
	if s.interactive && app.ctx.Err() == nil {
		if _, exits := errors.AsType[*baselib.Exit](err); !exits {
			if err != nil {
				app.finish(err)
			}
			err = app.prompt(in)
		}
	}
	if closeErr := in.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	return app.finish(err)
}

// runAll runs LUA_INIT, what the flags name, and the script.
func (app *App) runAll(in *luabind.Interp, s *settings, rest []string) error {
	if init := app.Getenv("LUA_INIT"); init != "" {
		if err := app.runInit(in, init); err != nil {
			return err
		}
	}
	name, scriptArgs := "moonwire", []string(nil)
	if len(rest) > 0 {
		name, scriptArgs = rest[0], rest[1:]
	}
	in.SetArgs(name, scriptArgs)
	for _, c := range s.chunks {
		source, chunkname := c.text, "(command line)"
		if c.module {
			source = fmt.Sprintf("%s = require(%q)", moduleGlobal(c.text), c.text)
		}
		if err := in.Run(app.ctx, []byte(source), chunkname); err != nil {
			return err
		}
	}
	switch {
	case len(rest) > 0 && name == "-":
		return app.runStdin(in, scriptArgs)
	case len(rest) > 0:
		source, err := os.ReadFile(name)
		if err != nil {
			return unknownScript(name, reason(err))
		}
		if err := refuseBinary(name, source); err != nil {
			return err
		}
		in.AddModulePath(filepath.Dir(name))
		return in.Run(app.ctx, source, name, scriptArgs...)
	case len(s.chunks) > 0 || s.interactive:
		return nil
	case app.term.InputIsTerminal():
		return app.prompt(in)
	}
	return app.runStdin(in, nil)
}

// refuseBinary returns an error for a file that can't be a script: no text has a zero byte
// among its first.
func refuseBinary(path string, source []byte) error {
	if bytes.IndexByte(source[:min(len(source), 1000)], 0) < 0 {
		return nil
	}
	return wrong("%s is no Lua script: it holds binary data", path)
}

// moduleGlobal is the global that -l sets: the module's name as far as it is one.
func moduleGlobal(module string) string {
	name := module[strings.LastIndexByte(module, '.')+1:]
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

func (app *App) runInit(in *luabind.Interp, init string) error {
	if path, ok := strings.CutPrefix(init, "@"); ok {
		return in.RunFile(app.ctx, path)
	}
	return in.Run(app.ctx, []byte(init), "LUA_INIT")
}

func (app *App) runStdin(in *luabind.Interp, args []string) error {
	<-app.caught
	source, err := io.ReadAll(app.Stdin)
	if err != nil {
		return fmt.Errorf("cannot read standard input: %w", err)
	}
	return in.Run(app.ctx, source, "stdin", args...)
}

// interp makes the interpreter that the flags ask for.
func (app *App) interp(s *settings) (*luabind.Interp, error) {
	return app.interpWith(s, func(*luabind.Config) {})
}

// interpWith makes it with a configuration that change has the last word on.
func (app *App) interpWith(s *settings, change func(*luabind.Config)) (*luabind.Interp, error) {
	secrets := &app.secrets
	recorded := app.newRecordings(s.record, secrets)
	watched := app.newWatchers(s, secrets)
	config := luabind.Config{
		HelpStyle: app.helpStyle,
		Page:      app.pageOnTerminal,
		Stdin:     app.Stdin, Stdout: &onceCaught{app, app.Stdout}, Stderr: &onceCaught{app, app.Stderr},
		LineBuffered: isTerminal(app.Stdout),
		WholeStack:   true,
		LookupEnv:    app.scriptEnv,
		Environ:      app.environ(),
		Terminal:     app.term,
		Timeout:      s.timeout,
		Secret: func(ctx context.Context, name string) (string, error) {
			<-app.caught
			return app.secret(ctx, s, name)
		},
		Prompt:  app.askLine,
		Secrets: secrets,
		Opened: func(s *session.Session, log string) error {
			<-app.caught
			if err := recorded.opened(s); err != nil {
				return err
			}
			return watched.opened(s, log)
		},
		Interact: func(s *session.Session, o *terminal.Options) {
			watched.menu(s, o)
			recorded.menu(s, o)
		},
		Joining: func() func(*session.Session, string) {
			var once sync.Once
			return func(s *session.Session, escape string) {
				once.Do(func() { app.say("you have %s, %s has a menu and the way back", s.Name(), escape) })
			}
		}(),
		Record: recorded.record,
		Warn:   app.warn,
	}
	change(&config)
	return luabind.New(config), nil
}

// ofSecrets begins the names of the variables that hold secrets.
const ofSecrets = "MOONWIRE_SECRET_"

// holdsSecret reports whether a variable is one that a script and the programs it
// runs do not get. Names are compared as Windows does.
func holdsSecret(variable string) bool {
	return strings.HasPrefix(strings.ToUpper(variable), ofSecrets)
}

// scriptEnv looks a variable up in the environment as a script sees it.
func (app *App) scriptEnv(name string) (string, bool) {
	switch {
	case holdsSecret(name):
		return "", false
	case app.LookupEnv != nil:
		return app.LookupEnv(name)
	}
	value := app.Getenv(name)
	return value, value != ""
}

// environ is the environment of the programs that a script runs.
func (app *App) environ() []string {
	env := os.Environ()
	if !slices.ContainsFunc(env, holdsSecret) {
		return nil // all of it
	}
	return slices.DeleteFunc(env, holdsSecret)
}
