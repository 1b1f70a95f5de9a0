package record

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// CutMode says how a peer's bytes are cut into pieces.
type CutMode uint8

// The ways to cut.
const (
	AsRecorded CutMode = iota // as they came
	Whole                     // what came with no pause of 50 ms in between is one piece
	Bytes                     // every byte is a piece
	Random                    // pieces of random size, the same for the same seed
	Single                    // as Whole, with one more cut
	Every                     // every Single there is; not for one replay but for a row of them
)

// Cuts is a way to cut.
type Cuts struct {
	Mode    CutMode
	Seed    uint64 // of Random
	Session int    // of Single, from 0
	At      int64  // of Single: how many of the session's bytes come before the cut
}

// ParseCuts reads "whole", "bytes", "random", "random:SEED" or "every".
func ParseCuts(s string) (Cuts, error) {
	name, seed, seeded := strings.Cut(s, ":")
	var c Cuts
	switch name {
	case "recorded":
		c.Mode = AsRecorded
	case "whole":
		c.Mode = Whole
	case "bytes":
		c.Mode = Bytes
	case "random":
		c.Mode = Random
	case "every":
		c.Mode = Every
	default:
		return c, fmt.Errorf("%q is none of whole, bytes, random, random:SEED, every", s)
	}
	if !seeded {
		return c, nil
	}
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil || c.Mode != Random {
		return c, fmt.Errorf("%q: a seed is a number from 0 on, as in random:7", s)
	}
	c.Seed = n
	return c, nil
}

// String is the way to cut as ParseCuts reads it.
func (c Cuts) String() string {
	switch c.Mode {
	case Whole:
		return "whole"
	case Bytes:
		return "bytes"
	case Random:
		return "random:" + strconv.FormatUint(c.Seed, 10)
	case Single:
		at := "a cut after byte " + strconv.FormatInt(c.At, 10)
		if c.Session > 0 {
			at += " of session " + strconv.Itoa(c.Session+1)
		}
		return at
	case Every:
		return "every"
	}
	return "as recorded"
}

// next is the size of the next piece of n bytes that begin at the session's byte
// at.
func (c Cuts) next(n int, at int64, session int, random *rand.Rand) int {
	switch {
	case c.Mode == Bytes:
		return 1
	case c.Mode == Random:
		return 1 + random.IntN(min(n, 64))
	case c.Mode == Single && c.Session == session && c.At > at && c.At < at+int64(n):
		return int(c.At - at)
	}
	return n
}

// joined reports whether pieces that came close together are one.
func (c Cuts) joined() bool { return c.Mode == Whole || c.Mode == Single }

// joinedWithin is the pause that parts two pieces that are joined otherwise.
const joinedWithin = 50 * time.Millisecond

// All lists the single cuts of a recording: at every byte of every session's
// received bytes but those where a piece of Whole begins anyway.
func (r *Recording) All() []Cuts {
	var all []Cuts
	for i, s := range r.Sessions {
		begins := make(map[int64]bool)
		at := int64(0)
		for _, m := range movesOf(s, true) {
			if m.kind == says {
				begins[at] = true
				at += int64(len(m.data))
			}
		}
		for k := int64(1); k < at; k++ {
			if !begins[k] {
				all = append(all, Cuts{Mode: Single, Session: i, At: k})
			}
		}
	}
	return all
}

// Faults are what a script must be able to survive.
type Faults struct {
	Jitter  time.Duration // what is said comes up to so much later
	DropAt  int64         // the peer dies after so many bytes; -1: it does not
	StallAt int64         // it says nothing more after so many bytes; -1: it does
}

// NoFaults are none.
var NoFaults = Faults{DropAt: -1, StallAt: -1}
