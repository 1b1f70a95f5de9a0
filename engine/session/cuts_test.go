package session_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
)

// The promise of the package, tried at random: what waits return depends on the
// bytes and the pauses, not on how the network cuts the bytes.

// A part of a dialogue: bytes, then silence.
type part struct {
	wire  string
	pause time.Duration
}

var (
	cutTexts = [...]string{
		"$ ", "login: ", "a", "bb", "42", "\r\n", "\r\x00", "\r", "\n", "\x00", "\x1b[1m", "\x1b]0;t\x07", "caf\xc3\xa9", "\xff\xff",
		"\xff\xf9", "\xff\xef", "\xff\xfb\x01", "\xff\xfc\x01", "\xff\xf1", "\xff\xfd\x18", "\xff\xfa\x18\x01\xff\xf0", "\xff\xfb\x00", "\xff\xfc\x00", "a$ b",
		"\b", "\b \b", "\r$ ", "\x1b[K", "\x1b[2D", "\x1b[C", "--More--", "\r        \r", "\x1b[5;3H", "\x1b[5;1H", "\x1b[6n",
		"\xe6\x97", "\xa5", "\r日", "\x1b7", "\x1b8", "\x1b[P", "\x1b[L", "\t", "  ",
		"\b|\b/\b-", "\b\b$ ", "\x1b[C\x1b8", "\b\x1b[5;3H", "\u200e", "\u212a", "bbbb\b\b\b", "\x1b[2Pb",
	}
	cutLists = [...][]string{
		{`\$ $`},
		{`login: `, `\d+`},
		{`PROMPT`, `b+`},
		{`ECHO_OFF`, `a+`},
		{`(?m)^a`, `EOF`},
		{`\b\d+\b`, `TIMEOUT`},
		{`EOF`},
		{`x*$`, `PROMPT`},
		{`a|ab|b$`, `\z`},
		{`.+`},
		{`PROMPT`, `TIMEOUT`},
		{`[^a]+`, `ECHO_OFF`},
		{`--More--$`, `\$ $`},
		{`(?m)^\$ `, `[^x]日`},
		{` +$`, `b`},
		{`\|$`, `\x{FFFD}`},
		{`\w\B`},
	}
	cutPauses = [...]time.Duration{0, 0, 37 * time.Millisecond, 99 * time.Millisecond, 151 * time.Millisecond, 733 * time.Millisecond}
)

// randomDialogue is what the peer says.
func randomDialogue(r *rand.Rand) []part {
	parts := make([]part, 1+r.IntN(6))
	for i := range parts {
		var wire strings.Builder
		for range r.IntN(8) {
			wire.WriteString(cutTexts[r.IntN(len(cutTexts))])
		}
		parts[i] = part{wire.String(), cutPauses[r.IntN(len(cutPauses))]}
	}
	return parts
}

// converse runs a dialogue against a list of waits that seed chooses, with the
// peer's bytes cut by cut, and tells what they gave.
func converse(t *testing.T, parts []part, seed uint64, hook bool, connect func() (net.Conn, net.Conn), cut func(wire string) []string) string {
	t.Helper()
	return converseAt(t, parts, seed, hook, connect, cut, -1, false)
}

// converseAt is converse for waits that have all the time they want, if late is not
// negative, and begin so long after the one before: then what they gave is told without
// the times. If beside is true each wait is on another session as well, which says nothing.
func converseAt(t *testing.T, parts []part, seed uint64, hook bool, connect func() (net.Conn, net.Conn), cut func(wire string) []string, late time.Duration, beside bool) string {
	t.Helper()
	var got strings.Builder
	synctest.Test(t, func(t *testing.T) {
		var cfg session.Config
		if hook {
			cfg.Hook = func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
				return session.HookAnswer{Decision: line.Decision(r.Option % 3)}, nil
			}
		}
		cfg.Attendant = session.NewAttendant()
		ours, theirs := connect()
		s, p := talkOver(t, ours, theirs, cfg)
		var silent *session.Session
		if beside {
			ours, theirs := connect()
			silent, _ = talkOver(t, ours, theirs, session.Config{Attendant: cfg.Attendant})
		}
		if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil { // listens from here on
			t.Fatal(err)
		}
		network := make(chan string, 4096) // takes all that the peer says, also while nobody reads
		go func() {
			defer close(network)
			for _, part := range parts {
				time.Sleep(part.pause)
				for _, piece := range cut(part.wire) {
					network <- piece
				}
			}
			time.Sleep(151 * time.Millisecond)
		}()
		said := make(chan struct{})
		go func() {
			defer close(said)
			for piece := range network {
				_, _ = p.conn.Write([]byte(piece)) // the session may be closed
			}
			_ = p.conn.Close()
		}()
		r := rand.New(rand.NewPCG(seed, 2))
		begun := time.Now()
		for range 8 {
			sources := cutLists[r.IntN(len(cutLists))]
			for late >= 0 && (sources[0] == `x*$` || sources[1%len(sources)] == `\z`) {
				// What matches the empty text may match before anything has come.
				sources = cutLists[r.IntN(len(cutLists))]
			}
			list := listOf(t, sources...)
			o := within(time.Duration(1+r.IntN(700))*time.Millisecond + time.Microsecond) // never at the instant at which the peer speaks
			settle := [...]time.Duration{100 * time.Millisecond, 40 * time.Millisecond, session.Forever}[r.IntN(3)]
			o.Settle = settle
			if r.IntN(3) == 0 && late < 0 {
				time.Sleep(time.Duration(r.IntN(400))*time.Millisecond + time.Microsecond)
				synctest.Wait()
			}
			if late >= 0 {
				o = within(time.Hour)
				settle = 100 * time.Millisecond
				o.Settle = settle
				time.Sleep(late)
				synctest.Wait()
			}
			var result session.Result
			var err error
			switch r.IntN(8) {
			case 0:
				result.Text, err = s.ReadLine(t.Context(), o)
			default:
				if !beside {
					result, err = s.Expect(t.Context(), list, o)
					break
				}
				o.Op = "expect"
				_, result, err = session.ExpectAny(t.Context(), []session.Alternative{
					{Session: silent, Patterns: listOf(t, "never")}, {Session: s, Patterns: list},
				}, o)
				if none, ok := errors.AsType[*session.AnyError](err); ok {
					err = none.Waits[1]
				}
			}
			if late >= 0 {
				// At the end the peer's last pause and its closing are one.
				rule := strings.Replace(result.Rule, session.AtClose, session.Settled, 1)
				fmt.Fprintf(&got, "%d %q %v %s %v\n", result.Index, result.Text, result.Groups, rule, err != nil)
				continue
			}
			fmt.Fprintf(&got, "%v: %d %q %v %s %v\n", time.Since(begun), result.Index, result.Text, result.Groups, result.Rule, err)
		}
		_ = s.Close()
		<-said
	})
	return got.String()
}

// uncut leaves what the peer says in one piece.
func uncut(wire string) []string {
	if wire == "" {
		return nil
	}
	return []string{wire}
}

// cutAtRandom cuts it anywhere.
func cutAtRandom(r *rand.Rand) func(wire string) []string {
	return func(wire string) []string {
		var pieces []string
		for wire != "" {
			n := min(1+r.IntN(5), len(wire))
			pieces, wire = append(pieces, wire[:n]), wire[n:]
		}
		return pieces
	}
}

func tryCuts(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	parts, hook := randomDialogue(r), r.IntN(3) == 0
	// Over a pipe the pump reads, over a socket waits may read for themselves.
	want := converse(t, parts, seed, hook, net.Pipe, uncut)
	for _, cut := range []func(string) []string{uncut, cutAtRandom(r), func(wire string) []string { return strings.Split(wire, "") }} {
		for name, connect := range map[string]func() (net.Conn, net.Conn){"a pipe": net.Pipe, "a socket": socketPair} {
			if got := converse(t, parts, seed, hook, connect, cut); got != want {
				t.Fatalf("seed %d, dialogue %#v\ncut, over %s:\n%suncut:\n%s", seed, parts, name, got, want)
			}
			if got := converseAt(t, parts, seed, hook, connect, cut, -1, true); got != want {
				t.Fatalf("seed %d, dialogue %#v\ncut, beside another session, over %s:\n%salone:\n%s", seed, parts, name, got, want)
			}
		}
	}
}

// tryLate wants of waits that come late what those that come early give.
func tryLate(t *testing.T, seed uint64) {
	t.Helper()
	parts := randomDialogue(rand.New(rand.NewPCG(seed, 3)))
	want := converseAt(t, parts, seed, false, net.Pipe, uncut, 0, false)
	for _, late := range []time.Duration{time.Microsecond, 60 * time.Millisecond, 300 * time.Millisecond, time.Minute} {
		if got := converseAt(t, parts, seed, false, net.Pipe, uncut, late, false); got != want {
			t.Fatalf("seed %d, dialogue %#v\n%v late:\n%searly:\n%s", seed, parts, late, got, want)
		}
	}
}

// TestLateWaits tries some dialogues.
func TestLateWaits(t *testing.T) {
	for seed := range uint64(300) {
		tryLate(t, seed)
	}
}

// FuzzLateWaits tries as many as there is time for.
func FuzzLateWaits(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(tryLate)
}

// TestRandomCuts tries some dialogues of each kind.
func TestRandomCuts(t *testing.T) {
	for seed := range uint64(150) {
		tryCuts(t, seed)
	}
}

// FuzzCuts tries as many as there is time for.
func FuzzCuts(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(tryCuts)
}
