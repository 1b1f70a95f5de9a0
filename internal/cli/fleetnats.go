package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/fleet/workers"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/luabind/check"
)

// A run whose hosts are run by workers elsewhere.

// queueName is the file in a run's folder that keeps what the run needs to go on with its
// workers. It is a secret.
const queueName = "queue"

// A keptQueue is what that file holds.
type keptQueue struct {
	Secrets workers.Secrets `json:"secrets"`
	Sealed  []byte          `json:"sealed"`
	URL     string          `json:"url"`
	Expires time.Time       `json:"expires"`
}

// elsewhere reports whether workers elsewhere run the hosts.
func (f *fleetRun) elsewhere() bool { return f.s.nats.server.URL != "" }

// deviceOf names what is behind an address, for the lock that keeps others away: "" for
// what each worker has of its own.
func deviceOf(address string) string {
	a, err := kinds.Parse(address, "")
	if err != nil || kinds.Of(a).Inside() || kinds.Of(a).StartsProgram() {
		return ""
	}
	return cmp.Or(placeOf(a), a.String())
}

// placeOf is the host and the port of an address, "" if it has none.
func placeOf(a dial.Address) string {
	switch {
	case a.Host == "":
		return ""
	case strings.Contains(a.Host, ":"):
		return "[" + a.Host + "]:" + a.Port
	}
	return a.Host + ":" + a.Port
}

// connect opens the run's queue, if it has one. kept is that of a run that is resumed.
func (f *fleetRun) connect(kept *keptQueue, state *fleet.State) error {
	if !f.elsewhere() {
		return nil
	}
	o := f.s
	switch {
	case o.dialogue || o.trace > 0:
		return wrong("fleet: the dialogue is at the workers: -x, -d and -dd are for moonwire fleet worker")
	case len(o.secrets) > 0:
		return wrong("fleet: no secret goes to a worker: -secret does not go with -nats; the worker's -secrets FILE names its own")
	}
	var problems fleet.Problems
	var sites []string
	for _, h := range f.hosts {
		for name := range h.Secrets {
			problems = append(problems, &fleet.Problem{
				File: h.File, Line: h.Line, Message: "the variable " + name + " of " + h.Name + " is a secret, and none goes into a message",
				Hint: `write secret "NAME" in the script, and name it in the -secrets FILE of the workers`,
			})
		}
		site := ""
		if values := h.Values("site"); len(values) > 0 {
			site = values[0]
		}
		if !slices.Contains(sites, site) {
			sites = append(sites, site)
		}
	}
	if len(problems) > 0 {
		return &inventoryError{problems}
	}
	server, err := f.app.connection(o)
	if err != nil {
		return wrong("fleet: %v", err)
	}
	<-f.app.caught
	source, err := os.ReadFile(f.header.Script)
	if err != nil {
		return unknownScript(f.header.Script, reason(err)) // no test: it was read just now
	}
	modules, _ := check.Required(source, f.header.Script)
	c := workers.Config{
		Server: server, Key: o.nats.key, Trust: o.nats.trust, Device: deviceOf,
		Bundle: &workers.Bundle{
			Program: version(), Run: f.header.Run, Script: f.header.Script, Source: source, Modules: modules,
			Args: f.header.Args, Wait: o.timeout, Timeout: o.fleet.rules.Timeout, Records: !o.fleet.unrecorded,
			Sites: sites, Expires: time.Now().Add(o.nats.expires).UTC(),
		},
		Tell: func(line string) { f.app.say("fleet: %s", line) }, Said: f.saidElsewhere(), File: f.keepFile,
	}
	if kept == nil {
		c.Secrets = workers.NewSecrets()
	} else {
		c.Secrets, c.Sealed, c.Resumed = kept.Secrets, kept.Sealed, len(state.Resumed)+1
		if time.Now().After(kept.Expires) || o.nats.key != nil {
			c.Sealed = nil // it is signed anew
		}
	}
	if f.queue, err = workers.Open(f.app.ctx, c); err != nil {
		return err
	}
	if o.nats.key == nil && kept == nil {
		f.app.say("fleet: the run is not signed: only workers on the server's own machine that trust everybody do it")
		f.app.hint("moonwire fleet keygen FILE makes a key for -key")
	}
	return nil
}

// keepQueue keeps what a resumed run needs.
func (f *fleetRun) keepQueue(folder fleet.Folder) error {
	if f.queue == nil {
		return nil
	}
	kept := keptQueue{f.queue.Secrets(), f.queue.Sealed(), f.s.nats.server.URL, f.queue.Expires()}
	return folder.Replace(queueName, func(w io.Writer) error {
		_, err := w.Write(fleet.JSON(kept))
		return err
	})
}

// reconnect opens the queue of a run that is resumed, if it had one.
func (f *fleetRun) reconnect(folder fleet.Folder, state *fleet.State) error {
	data, err := os.ReadFile(filepath.Join(string(folder), queueName))
	var kept keptQueue
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if f.elsewhere() {
			return wrong("fleet: the run in %s is one of this machine; it goes on without -nats", folder)
		}
		return nil
	case err != nil:
		return wrong("fleet: cannot resume: %v", err)
	case json.Unmarshal(data, &kept) != nil:
		return wrong("fleet: cannot resume: %s is damaged", filepath.Join(string(folder), queueName))
	}
	if f.s.nats.server.URL == "" {
		f.s.nats.server.URL = kept.URL
	}
	if err := f.connect(&kept, state); err != nil {
		return err
	}
	return f.keepQueue(folder)
}

// saidElsewhere prints what scripts wrote, each line behind its host's name.
func (f *fleetRun) saidElsewhere() func(host string, said []workers.Said) {
	var once sync.Once
	var out, errs *sharedOutput
	return func(host string, said []workers.Said) {
		once.Do(func() { out, errs = f.app.sharedOutputs() }) // now, as the progress may have taken the terminal
		for _, s := range said {
			to := out
			if s.Error {
				to = errs
			}
			o := to.of(host)
			_, _ = o.Write([]byte(s.Text)) // as on this machine, it is told once
			o.end()
		}
	}
}

// keepFile keeps a recording or a log that a worker made.
func (f *fleetRun) keepFile(host, kind string, data []byte) error {
	path := ""
	switch kind {
	case castFile:
		path = f.folder.NewRecording(host)
	case logFile:
		path = f.folder.NewLog(host)
	default:
		return nil
	}
	return os.WriteFile(path, data, 0o600)
}

// The kinds of files that workers send.
const (
	castFile = "cast"
	logFile  = "log"
)

// isServerError reports whether an error is the server's.
func isServerError(err error) bool {
	_, ok := errors.AsType[*workers.Error](err)
	return ok
}
