package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/fleet/workers"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/words"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/luabind/check"
)

// A fleetRun is a run of moonwire fleet.
type fleetRun struct {
	app    *App
	s      *settings
	header *fleet.Header
	hosts  []*fleet.Host
	script *luabind.Script
	folder fleet.Folder
	run    *fleet.Run
	bar    *progressBar   // nil where there is none
	queue  *workers.Queue // of a run whose workers are elsewhere
}

// runFleet runs a script on many hosts.
func (app *App) runFleet(s *settings, rest []string) int {
	f := &fleetRun{app: app, s: s}
	if s.fleet.rules.At == 0 {
		s.fleet.rules.At = atOnce
		if s.nats.server.URL != "" {
			s.fleet.rules.At = atOnceElsewhere
		}
	}
	var err error
	switch {
	case s.fleet.resume != "":
		err = f.resume(rest)
	case s.fleet.hosts == "":
		return app.misused("fleet: which hosts? -hosts FILE names an inventory")
	case s.nats.server.URL == "" && (s.nats.keyFile != "" || s.nats.trustTexts != nil):
		return app.misused("fleet: -key and -trust are for runs with -nats")
	case len(rest) == 0 && !s.fleet.plan:
		return app.misused("fleet: which script?")
	default:
		err = f.begin(rest)
	}
	if err != nil {
		return app.finish(err)
	}
	if f.run == nil { // the plan was printed
		return exitOK
	}
	return f.do()
}

// wrong makes an error of what is wrong before anything has run.
func wrong(format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// begin prepares a new run.
func (f *fleetRun) begin(rest []string) error {
	o := &f.s.fleet
	f.header = &fleet.Header{
		Program: version(), Run: newRunName(), Begun: time.Now().UTC(),
		Inventory: o.hosts, Limit: o.limit, Commands: o.commands, Rules: o.rules,
	}
	if len(rest) > 0 {
		f.header.Script, f.header.Args = rest[0], rest[1:]
		if err := f.readScript(); err != nil {
			return err
		}
	}
	if err := f.readHosts(); err != nil {
		return err
	}
	if o.plan {
		return f.printPlan()
	}
	if err := f.room(); err != nil {
		return err
	}
	if err := f.s.checkSecrets(); err != nil {
		return wrong("fleet: %v", err)
	}
	if err := f.connect(nil, nil); err != nil {
		return err
	}
	out, folder, err := createFolder(o.out)
	if err != nil {
		return wrong("fleet: %v", err)
	}
	for _, h := range f.hosts {
		f.header.Hosts = append(f.header.Hosts, [2]string{h.Name, h.Sum()})
	}
	journal, err := fleet.CreateJournal(out, f.header)
	if err != nil {
		folder.Remove()
		return fmt.Errorf("fleet: cannot write to %s: %w", out, err) // no test: the disk must be full just now
	}
	if err := f.keepQueue(folder); err != nil {
		return err // no test: the folder was made just now
	}
	f.prepare(folder, journal, nil)
	if o.out == "" {
		f.app.say("fleet: the results go to %s", out)
	}
	return nil
}

// createFolder makes the folder of a run. One that has no name gets that of the time; of
// several that begin in the same second, the others get a number too.
func createFolder(name string) (string, fleet.Folder, error) {
	out := cmp.Or(name, time.Now().Format("fleet-20060102-150405"))
	folder, err := fleet.CreateFolder(out)
	for n := 2; name == "" && errors.Is(err, fs.ErrExist); n++ {
		next := out + "-" + strconv.Itoa(n)
		if folder, err = fleet.CreateFolder(next); err == nil {
			out = next
		}
	}
	return out, folder, err
}

// resume prepares a run that goes on.
func (f *fleetRun) resume(rest []string) error {
	o := &f.s.fleet
	switch {
	case len(rest) > 0:
		return wrong("fleet: -resume takes no script: the run knows its own")
	case o.hosts != "" || o.limit != "" || o.out != "":
		return wrong("fleet: -resume goes on with the hosts of the run; -hosts, -limit and -out do not go with it")
	}
	if err := f.s.checkSecrets(); err != nil {
		return wrong("fleet: %v", err)
	}
	journal, state, err := fleet.OpenJournal(o.resume)
	if err != nil {
		return wrong("fleet: cannot resume: %v", err)
	}
	if err := f.compare(state); err != nil {
		_ = journal.Close() // nothing was written
		return err
	}
	if err := f.reconnect(fleet.Folder(o.resume), state); err != nil {
		_ = journal.Close() // nothing was written
		return err
	}
	if state.Healed > 0 {
		f.app.say("fleet: the last %d bytes of the journal were cut off in the middle of a write, and are removed", state.Healed)
	}
	f.prepare(fleet.Folder(o.resume), journal, state)
	return nil
}

// compare refuses a run whose script, arguments or inventory are no longer what they were.
func (f *fleetRun) compare(state *fleet.State) error {
	f.header = state.Header
	o := &f.s.fleet
	o.hosts, o.limit, o.commands = f.header.Inventory, f.header.Limit, f.header.Commands || o.commands
	sum := f.header.ScriptSum
	if err := f.readScript(); err != nil {
		return err
	}
	if f.header.ScriptSum != sum {
		return wrong("fleet: %s has changed since the run began; a run goes on with the script that it began with", f.header.Script)
	}
	o.rules = f.merged(f.header.Rules)
	if err := f.readHosts(); err != nil {
		return err
	}
	if o.plan {
		return wrong("fleet: -plan is for new runs")
	}
	if change := inventoryChange(f.header.Hosts, f.hosts); change != "" {
		return wrong("fleet: the inventory %s has changed since the run began: %s", o.hosts, change)
	}
	return f.room()
}

// room reports whether there is room for the hosts that run here.
func (f *fleetRun) room() error {
	if f.elsewhere() {
		return nil
	}
	o := &f.s.fleet
	return roomForHosts(min(o.rules.At, len(f.hosts)), !o.unrecorded)
}

// merged are the rules of the run, changed by those that are given now.
func (f *fleetRun) merged(r fleet.Rules) fleet.Rules {
	now := f.s.fleet.rules
	for name, change := range map[string]func(){
		"at": func() { r.At = now.At }, "rate": func() { r.Rate = now.Rate }, "per": func() { r.Per = now.Per },
		"canary": func() { r.Canary = now.Canary }, "retry": func() { r.Retry = now.Retry },
		"stop": func() { r.Stop = now.Stop }, "timeout": func() { r.Timeout = now.Timeout },
	} {
		if f.s.fleet.ruled(name) {
			change()
		}
	}
	return r
}

// inventoryChange says how an inventory differs from what it was, "" if it does not.
func inventoryChange(was [][2]string, hosts []*fleet.Host) string {
	now := make(map[string]string, len(hosts))
	for _, h := range hosts {
		now[h.Name] = h.Sum()
	}
	for _, h := range was {
		switch sum, there := now[h[0]]; {
		case !there:
			return h[0] + " is gone"
		case sum != h[1]:
			return "what it says of " + h[0] + " is different"
		}
		delete(now, h[0])
	}
	for i, h := range hosts {
		if _, added := now[h.Name]; added {
			return h.Name + " is new"
		}
		if was[i][0] != h.Name {
			return "the order is different from " + h.Name + " on"
		}
	}
	return ""
}

func newRunName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// readScript reads the script, and refuses one that has mistakes.
func (f *fleetRun) readScript() error {
	path := f.header.Script
	source, err := os.ReadFile(path)
	if err != nil {
		return unknownScript(path, reason(err))
	}
	if err := refuseBinary(path, source); err != nil {
		return err
	}
	sum := sha256.Sum256(source)
	f.header.ScriptSum = hex.EncodeToString(sum[:])
	checker, err := check.New()
	if err != nil {
		return err
	}
	if problems := checker.Source(source, path); len(problems) > 0 {
		var lines []string
		for _, p := range problems {
			lines = append(lines, p.String())
		}
		return wrong("fleet: %s has mistakes, so nothing is run:\n%s", path, strings.Join(lines, "\n"))
	}
	f.script, err = luabind.CompileScript(source, path)
	return err
}

// readHosts reads the inventory and chooses among its hosts.
func (f *fleetRun) readHosts() error {
	o := &f.s.fleet
	data, err := f.inventory(o.hosts)
	if err != nil {
		return err
	}
	hosts, err := fleet.Parse(o.hosts, data)
	if err != nil {
		return &inventoryError{err}
	}
	if err := f.checkHosts(hosts); err != nil {
		return err
	}
	if o.limit != "" {
		limit, err := fleet.ParseLimit(o.limit)
		if err != nil {
			return wrong("fleet: -limit %q: %v", o.limit, err)
		}
		chosen, err := limit.Choose(hosts)
		if err != nil {
			return unknownKey("-limit", err)
		}
		if len(chosen) == 0 {
			return wrong("fleet: -limit %q chooses none of the %d hosts", o.limit, len(hosts))
		}
		hosts = chosen
	}
	f.hosts = hosts
	if err := o.rules.Check(hosts); err != nil {
		return unknownKey("-per", err)
	}
	return nil
}

// unknownKey says that a key is of no host.
func unknownKey(flag string, err error) error {
	text := err.Error()
	if e, ok := errors.AsType[*fleet.UnknownKey](err); ok {
		if near := words.Nearest(e.Key, e.Known); near != "" {
			text += ", did you mean " + near + "?"
		} else {
			text += "; there are " + strings.Join(e.Known[:min(len(e.Known), 20)], ", ")
		}
	}
	return wrong("fleet: %s: %s", flag, text)
}

// inventoryError is what is wrong with an inventory.
type inventoryError struct{ err error }

// Error lists the mistakes.
func (e *inventoryError) Error() string { return e.err.Error() }

// Unwrap makes it a usage error.
func (e *inventoryError) Unwrap() []error { return []error{e.err, &usageError{}} }

// longestInventory is the most that is read of an inventory, in bytes.
const longestInventory = 1 << 30

// inventory reads a file, or what a program prints.
func (f *fleetRun) inventory(name string) ([]byte, error) {
	program, isProgram := strings.CutPrefix(name, "!")
	if !isProgram {
		info, err := os.Stat(name)
		switch {
		case err == nil && info.IsDir():
			return nil, wrong("fleet: the inventory %s is a folder; give its file", name)
		case err == nil && info.Size() > longestInventory:
			return nil, wrong("fleet: the inventory %s is larger than %d MB", name, longestInventory>>20)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, wrong("fleet: cannot read the inventory %s: %v", name, reason(err))
		}
		return data, nil
	}
	args, err := words.Split(program)
	if err != nil {
		return nil, wrong("fleet: -hosts %s: %v", name, err)
	}
	if len(args) == 0 {
		return nil, wrong("fleet: -hosts ! names no program")
	}
	<-f.app.caught
	var errs bytes.Buffer
	cmd := exec.CommandContext(f.app.ctx, args[0], args[1:]...)
	cmd.Stderr, cmd.Env = &errs, f.app.environ()
	data, err := cmd.Output()
	if err != nil {
		awaitInterrupt(f.app.ctx)
	}
	if cause := context.Cause(f.app.ctx); cause != nil {
		return nil, cause
	}
	if err != nil {
		told := strings.TrimSpace(errs.String())
		if told != "" {
			told = ":\n" + told[:min(len(told), 1000)]
		}
		return nil, wrong("fleet: the inventory's program %s failed: %v%s", args[0], err, told)
	}
	return data, nil
}

// checkHosts holds what an inventory says to what sessions take.
func (f *fleetRun) checkHosts(hosts []*fleet.Host) error {
	var problems fleet.Problems
	known := luabind.ConnectKeys()
	in := luabind.New(luabind.Config{})
	defer in.Close()               // nothing was opened
	right := make(map[string]bool) // options that were looked at
	for _, h := range hosts {
		fail := func(message, hint string) {
			problems = append(problems, &fleet.Problem{File: h.File, Line: h.Line, Message: message, Hint: hint})
		}
		a, err := kinds.Parse(h.Address, "")
		if e, ok := errors.AsType[*dial.Error](err); ok {
			fail(fmt.Sprintf("the address %q of %s is wrong: %s", e.Address, h.Name, e.What), e.Hint)
			continue
		}
		if kinds.Of(a).StartsProgram() && !f.s.fleet.commands {
			fail(fmt.Sprintf("%s is a program, which an inventory may not start", h.Name), "-allow-commands allows it")
		}
		options, _ := h.Vars["connect"].(map[string]any)
		if runsCommand(options["via"]) && !f.s.fleet.commands {
			fail(fmt.Sprintf("via of %s runs a program, which an inventory may not start", h.Name), "-allow-commands allows it")
		}
		unknown := false
		for _, key := range slices.Sorted(maps.Keys(options)) {
			if near := words.Nearest(key, known); !slices.Contains(known, key) {
				unknown = true
				hint := ""
				if near != "" {
					hint = "did you mean " + near + "?"
				}
				fail(fmt.Sprintf("connect has no option %q", key), hint)
			}
		}
		alike := a.Scheme() + string(fleet.JSON(options))
		if len(options) == 0 || unknown || right[alike] {
			continue
		}
		if err := in.CheckConnect(a, options); err != nil {
			hint := ""
			if e, ok := errors.AsType[*args.UsageError](err); ok {
				err, hint = e, e.Hint
			}
			fail(err.Error(), hint)
			continue
		}
		right[alike] = true
	}
	if len(problems) > 0 {
		return &inventoryError{problems}
	}
	return nil
}

// runsCommand reports whether one of the hops of via is a program.
func runsCommand(via any) bool {
	switch via := via.(type) {
	case string:
		return strings.HasPrefix(strings.ToLower(strings.TrimSpace(via)), "command:")
	case []any:
		return slices.ContainsFunc(via, runsCommand)
	case map[string]any:
		for _, v := range via {
			if runsCommand(v) {
				return true
			}
		}
	}
	return false
}

// printPlan prints a line for each host, and the rules on standard error.
func (f *fleetRun) printPlan() error {
	var b strings.Builder
	for i, h := range f.hosts {
		mark := ""
		if i < f.s.fleet.rules.Canary {
			mark = "canary"
		}
		line := []string{h.Name, h.Address, strings.Join(h.Groups, ","), mark}
		for _, per := range f.s.fleet.rules.Per {
			line = append(line, strings.Join(h.Values(per.Key), ","))
		}
		for i := range line {
			line[i] = planField.Replace(f.app.shown(line[i]))
		}
		b.WriteString(strings.TrimRight(strings.Join(line, "\t"), "\t") + "\n")
	}
	if status := f.app.print(b.String()); status != exitOK {
		return &baselib.Exit{Code: status} // it was told
	}
	f.app.say("fleet: %d hosts, %s", len(f.hosts), f.s.fleet.rules)
	return nil
}

// planField keeps a field of the plan apart from the others.
var planField = strings.NewReplacer("\t", `\t`, "\n", `\n`)

// prepare makes the run.
func (f *fleetRun) prepare(folder fleet.Folder, journal *fleet.Journal, state *fleet.State) {
	f.folder = folder
	f.run = fleet.NewRun()
	f.run.Hosts, f.run.Rules, f.run.Journal, f.run.State = f.hosts, f.s.fleet.rules, journal, state
}
