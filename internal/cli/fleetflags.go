package cli

import (
	"errors"
	"slices"
	"strconv"

	"github.com/moonwire/moonwire/engine/fleet"
)

// fleetSettings is what the flags of moonwire fleet say.
type fleetSettings struct {
	hosts, limit string
	rules        fleet.Rules
	given        []string // the rules that were given, by flag
	plan         bool
	commands     bool
	unrecorded   bool
	out, resume  string
}

// atOnce is how many hosts run at once where nothing else is said.
const atOnce = 50

// atOnceElsewhere is the same where workers elsewhere run them, who have limits of their own.
const atOnceElsewhere = 1000

// mostAtOnce is the number of hosts that may run at once.
const mostAtOnce = 100_000

// rule makes a flag that changes the rules of a run.
func rule(name, arg, help string, set func(r *fleet.Rules, v string) error) flagDef {
	return flagDef{name: name, arg: arg, help: help, set: func(s *settings, v string) error {
		s.fleet.given = append(s.fleet.given, name)
		return set(&s.fleet.rules, v)
	}}
}

// whole reads a whole number.
func whole(v string, least, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, errors.New("must be a whole number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most))
	}
	return n, nil
}

// fleetFlags are those of moonwire fleet alone.
func fleetFlags() []flagDef {
	return []flagDef{
		word("hosts", "FILE", "the inventory; !PROGRAM for one whose output it is", func(s *settings) *string { return &s.fleet.hosts }),
		word("limit", "EXPR", "only the hosts that it chooses: site=ams and role!=core", func(s *settings) *string { return &s.fleet.limit }),
		on("plan", "print which hosts would run, in which order, and connect to none", func(s *settings) *bool { return &s.fleet.plan }),
		rule("at", "N", "so many hosts at once (50; with -nats 1000)", func(r *fleet.Rules, v string) (err error) {
			r.At, err = whole(v, 1, mostAtOnce)
			return err
		}),
		rule("rate", "N/s", "so many starts a second; also N/m and N/h", func(r *fleet.Rules, v string) (err error) {
			r.Rate, err = fleet.ParseRate(v)
			return err
		}),
		rule("per", "KEY=N", "so many at once of the hosts with the same KEY; also KEY=N/s (may be given several times)", func(r *fleet.Rules, v string) error {
			per, err := fleet.ParsePer(v)
			r.Per = append(r.Per, per)
			return err
		}),
		rule("canary", "N", "the first N hosts alone; if one fails the run ends", func(r *fleet.Rules, v string) (err error) {
			r.Canary, err = whole(v, 0, 1e9)
			return err
		}),
		rule("retry", "N", "try N times more what failed before anything was written", func(r *fleet.Rules, v string) (err error) {
			r.Retry, err = whole(v, 0, 1000)
			return err
		}),
		rule("stop", "N|N%", "so many failures, or so many of all hosts, end the run", func(r *fleet.Rules, v string) (err error) {
			r.Stop, err = fleet.ParseStop(v)
			return err
		}),
		rule("timeout", "SECONDS", "how long a host may take", func(r *fleet.Rules, v string) error {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil || !(n > 0 && n <= 1e9) {
				return errors.New("must be a number of seconds above 0")
			}
			r.Timeout = seconds(n)
			return nil
		}),
		word("out", "DIR", "the folder for the results, which must not be there (fleet-DATE-TIME)", func(s *settings) *string { return &s.fleet.out }),
		word("resume", "DIR", "do what is left of the run in DIR", func(s *settings) *string { return &s.fleet.resume }),
		on("no-record", "keep no recording and no log of each host", func(s *settings) *bool { return &s.fleet.unrecorded }),
		on("allow-commands", "hosts may be programs (spawn:)", func(s *settings) *bool { return &s.fleet.commands }),
	}
}

// ruled reports whether a rule was given.
func (f *fleetSettings) ruled(name string) bool {
	return slices.Contains(f.given, name)
}
