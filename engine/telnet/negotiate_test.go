package telnet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// qtable is the table of RFC 1143 for the peer's options, as data. In a cell
// stands what we say, and the state that follows. "error" is the peer's fault
// where it speaks, and Ask's where we do.
const qtable = `
event       | no            | yes           | want no           | want no, then yes | want yes           | want yes, then no
WILL accept | DO yes        | - yes         | error no          | error yes         | - yes              | DONT want no
WILL refuse | DONT no       | - yes         | error no          | error yes         | - yes              | DONT want no
WONT        | - no          | DONT no       | - no              | DO want yes       | - no               | - no
ask on      | DO want yes   | error yes     | - want no, then yes | error want no, then yes | error want yes | - want yes
ask off     | error no      | DONT want no  | error want no     | - want no         | - want yes, then no | error want yes, then no
`

// qcell is what is to happen in a state at an event.
type qcell struct{ say, next string }

// readTable returns the cells by event and state.
func readTable(t *testing.T) (events []string, cells map[[2]string]qcell) {
	t.Helper()
	cells = map[[2]string]qcell{}
	var states []string
	for line := range strings.Lines(strings.TrimSpace(qtable)) {
		fields := strings.Split(line, "|")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if fields[0] == "event" {
			states = fields[1:]
			continue
		}
		events = append(events, fields[0])
		for i, cell := range fields[1:] {
			say, next, _ := strings.Cut(cell, " ")
			cells[[2]string{fields[0], states[i]}] = qcell{say, next}
		}
	}
	if len(events) != 5 || len(cells) != 30 {
		t.Fatalf("the table has %d events and %d cells", len(events), len(cells))
	}
	return events, cells
}

// mirror turns what is said of the peer's option into what is said of ours.
var mirror = map[string]Command{
	"him DO": DO, "him DONT": DONT, "him WILL": WILL, "him WONT": WONT,
	"us DO": WILL, "us DONT": WONT, "us WILL": DO, "us WONT": DONT,
}

// TestItem01QTable walks the table exhaustively, for both sides and all
// sequences of up to six events, and holds the codec to it, however the peer's
// commands are cut.
func TestItem01QTable(t *testing.T) {
	for _, cuts := range [][]int{{3}, {1, 2}, {2, 1}, {1, 1, 1}} {
		walkTable(t, cuts)
	}
}

func walkTable(t *testing.T, cuts []int) {
	t.Helper()
	events, cells := readTable(t)
	const depth = 6
	const option = GMCP
	for _, side := range []Side{Us, Him} {
		walked := 0
		var walk func(path []int)
		walk = func(path []int) {
			if len(path) > 0 {
				walked++
				// Only the last step is new; those before it have been checked.
				c, state := New(Config{}), "no"
				for i, e := range path {
					cell := cells[[2]string{events[e], state}]
					got := qstep(c, side, option, events[e], cuts)
					if i == len(path)-1 {
						want := qwant(side, option, events[e], state, cell)
						if got != want {
							t.Fatalf("%v, cut into %v, after %v: got\n%s\nwant\n%s", side, cuts, names(events, path), got, want)
						}
					}
					state = cell.next
				}
			}
			if len(path) < depth {
				for e := range events {
					walk(append(slices.Clone(path), e))
				}
			}
		}
		walk(nil)
		if walked != 5+25+125+625+3125+15625 {
			t.Errorf("walked %d sequences", walked)
		}
	}
}

func names(events []string, path []int) (s []string) {
	for _, e := range path {
		s = append(s, events[e])
	}
	return s
}

// qstep makes the event happen to the codec, a command of the peer's in pieces of
// those sizes, and describes what it said and came to.
func qstep(c *Codec, side Side, option Option, event string, cuts []int) string {
	var fault bool
	if on, ok := strings.CutPrefix(event, "ask "); ok {
		fault = c.Ask(side, option, on == "on") != nil
	} else {
		verb, decision, _ := strings.Cut(event, " ")
		whole := []byte{iac, byte(mirror[side.String()+" "+verb]), byte(option)}
		for _, size := range cuts {
			in := whole[:size]
			whole = whole[size:]
			for {
				e, n := c.Next(in)
				in = in[n:]
				if e.Kind == None {
					break
				}
				if e.Kind == Request && decision != "" {
					c.Decide(decision == "accept", "test")
				}
				fault = fault || e.Kind == Fault
			}
		}
	}
	for e, _ := c.Next(nil); e.Kind != None; e, _ = c.Next(nil) {
		fault = fault || e.Kind == Fault
	}
	return fmt.Sprintf("said %q, fault %v, state %v, on %v",
		c.AppendOutput(nil), fault, *c.option(side, option), c.Enabled(side, option))
}

// qwant describes what the table says.
func qwant(side Side, option Option, event, state string, cell qcell) string {
	var said []byte
	if command, ok := mirror[side.String()+" "+cell.say]; ok {
		said = []byte{iac, byte(command), byte(option)}
	}
	// Beyond the table: ours is on only in "yes", the peer's until its WONT.
	on := cell.next == "yes" || side == Him && strings.HasPrefix(cell.next, "want no")
	return fmt.Sprintf("said %q, fault %v, state %v, on %v", said, cell.say == "error", cell.next, on)
}

func TestItem04RepeatedRefusal(t *testing.T) {
	_, out := run(New(Config{}), strings.Repeat("\xff\xfe\x00", 1000))
	if out != "" {
		t.Errorf("1000 DONT for what is off were answered by %q", out)
	}
}

// TestItem04MirrorPeer plays against a peer that says DO for each WILL, WILL for
// each DO, and likewise for WONT and DONT, and never comes to an end by itself.
func TestItem04MirrorPeer(t *testing.T) {
	for _, role := range []Role{Client, Server} {
		c := New(Config{Role: role, Policies: map[Option]Policy{GMCP: Accept}})
		for o := range Option(255) {
			_ = c.Ask(Us, o, true) // what is forbidden is not asked for
			_ = c.Ask(Him, o, true)
		}
		_, out := run(c, "")
		for round := 0; out != ""; round++ {
			if round > 4 {
				t.Fatalf("%v: still talking in round %d: %q", role, round, out)
			}
			_, answer := run(c, mirrored(out))
			if len(answer) > len(out) {
				t.Fatalf("%v: the exchange grows", role)
			}
			out = answer
		}
	}
}

// mirrored returns the negotiation in p with DO for WILL and so on.
func mirrored(p string) string {
	swap := map[byte]byte{byte(WILL): byte(DO), byte(DO): byte(WILL), byte(WONT): byte(DONT), byte(DONT): byte(WONT)}
	var back []byte
	for i := 0; i+2 < len(p); i++ {
		if s := swap[p[i+1]]; p[i] == iac && s != 0 {
			back = append(back, iac, s, p[i+2])
			i += 2
		}
	}
	return string(back)
}

// TestTwoCodecsSettle connects a client and a server that ask each other for all
// kinds of things at once.
func TestTwoCodecsSettle(t *testing.T) {
	client := New(Config{Terminal: []string{"vt100"}})
	server := New(Config{Role: Server})
	wishes := []Option{Echo, SGA, Binary, TTYPE, NAWS, GMCP, EndOfRecord}
	for _, o := range wishes {
		for _, c := range []*Codec{client, server} {
			for _, side := range []Side{Us, Him} {
				if err := c.Ask(side, o, true); err != nil {
					t.Fatal(err)
				}
				if o == Binary { // and changes its mind, twice
					if err := errors.Join(c.Ask(side, o, false), c.Ask(side, o, true)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	_, out := run(client, "")
	_, back := run(server, "")
	for round := 0; out != "" || back != ""; round++ {
		if round > 6 {
			t.Fatal("the two do not settle")
		}
		_, answer := run(server, out)
		_, out = run(client, back)
		back = answer
	}
	for _, o := range wishes {
		if client.Enabled(Us, o) != server.Enabled(Him, o) || client.Enabled(Him, o) != server.Enabled(Us, o) {
			t.Errorf("%v: the two do not agree", o)
		}
	}
}

// TestItem09NothingIsSentFirst also stands for item 8: a silent peer leaves nothing
// to wait for.
func TestItem09NothingIsSentFirst(t *testing.T) {
	for _, role := range []Role{Client, Server} {
		c := New(Config{Role: role, Terminal: []string{"vt100"}, Environ: []EnvVar{{Name: "A"}}, TLS: true})
		if event, _ := c.Next(nil); event.Kind != None || c.HasOutput() {
			t.Errorf("%v: %v", role, event)
		}
		if log, out := run(c, "login: "); out != "" || len(log) != 1 {
			t.Errorf("%v: %q %v", role, out, log)
		}
	}
}

func TestAskErrors(t *testing.T) {
	c := New(Config{})
	check := func(want, got error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	check(nil, c.Ask(Him, Echo, true))
	check(ErrUnderway, c.Ask(Him, Echo, true))
	check(ErrAlready, c.Ask(Us, Echo, false))
	check(ErrForbidden, c.Ask(Us, StartTLS, true))
	check(ErrForbidden, c.Ask(Him, StartTLS, true))
	check(ErrForbidden, c.Ask(Him, MCCP1, true))
	check(ErrMomentary, c.Ask(Him, Logout, false))
	check(ErrManual, New(Config{Manual: true}).Ask(Him, Echo, true))
	check(ErrForbidden, New(Config{TLS: true}).Ask(Him, StartTLS, true))
}

func TestStates(t *testing.T) {
	c := New(Config{})
	run(c, "\xff\xfb\x01\xff\xfd\x03")
	if err := c.Ask(Us, Binary, true); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", c.States())
	want := "[{Option:BINARY Us:want yes Him:no UsOn:false HimOn:false UsAsked:true HimAsked:false}" +
		" {Option:ECHO Us:no Him:yes UsOn:false HimOn:true UsAsked:false HimAsked:false}" +
		" {Option:SGA Us:yes Him:no UsOn:true HimOn:false UsAsked:false HimAsked:false}]"
	if got != want {
		t.Errorf("got %s", got)
	}
}

// TestDecideOutOfTurn calls Decide, Reply and Suppress where nothing is open.
func TestDecideOutOfTurn(t *testing.T) {
	c := New(Config{})
	c.Decide(true, "early")
	c.Reply([]byte("early"))
	c.Suppress()
	in := []byte("\xff\xfc\x01")
	event, _ := c.Next(in)
	if event.Kind != Request || event.Open {
		t.Fatal(event)
	}
	c.Decide(true, "no choice") // of a WONT
	if event, _ = c.Next(nil); event.Kind != None || c.HasOutput() || c.Enabled(Him, Echo) {
		t.Error(event, c.AppendOutput(nil))
	}
	// An accepted WONT of what is on is still a DONT.
	run(c, "\xff\xfb\x01")
	c.Next(in)
	c.Decide(true, "no choice")
	if _, out := run(c, ""); out != "\xff\xfe\x01" || c.Enabled(Him, Echo) {
		t.Errorf("%q", out)
	}
}
