package record

import (
	"math/rand/v2"
	"time"
)

// A shaper cuts what a peer says, and makes it fail.
type shaper struct {
	cuts   Cuts
	faults Faults
	which  int // the session's place in the recording
	random *rand.Rand
	said   int64 // bytes
	dead   bool  // the peer has died
}

func newShaper(o ReplayOptions, which int) shaper {
	return shaper{
		cuts: o.Cuts, faults: o.Faults, which: which,
		random: rand.New(rand.NewPCG(o.Cuts.Seed, uint64(which))),
	}
}

// shape cuts what is said next into pieces. After it the peer may be dead.
func (s *shaper) shape(data []byte) (pieces [][]byte) {
	if limit := s.faults.DropAt; limit >= 0 && s.said+int64(len(data)) >= limit {
		data = data[:limit-s.said]
		s.dead = true
	}
	if limit := s.faults.StallAt; limit >= 0 && s.said+int64(len(data)) > limit {
		data = data[:limit-s.said]
	}
	for len(data) > 0 {
		n := s.cuts.next(len(data), s.said, s.which, s.random)
		pieces = append(pieces, data[:n])
		data = data[n:]
		s.said += int64(n)
	}
	return pieces
}

// stalled reports whether the peer says nothing any more.
func (s *shaper) stalled() bool { return s.faults.StallAt >= 0 && s.said >= s.faults.StallAt }

// late is how much later the next thing is said.
func (s *shaper) late() time.Duration {
	if s.faults.Jitter <= 0 {
		return 0
	}
	return time.Duration(s.random.Int64N(int64(s.faults.Jitter)))
}
