package buffer

// What the connection is read into: little in a dialogue, more when more comes, and
// a large piece while a flood is kept anyway.

const (
	smallRead = 2 << 10   // bytes; enough for a dialogue
	largeRead = 128 << 10 // bytes; much that comes at once is read in pieces of this size
	floodRead = 512 << 10 // bytes; a flood is, as each read wakes the peer's system
	calmReads = 64        // small reads after which a large read buffer is given back
)

// A ReadBuffer is what a connection is read into.
type ReadBuffer struct {
	In    []byte // what the next Read fills
	usual []byte // the same, but when a flood is read
	flood []byte // what floods are read into, nil in calm times
	calm  int    // small reads in a row
}

// NewReadBuffer returns a small one.
func NewReadBuffer() ReadBuffer {
	usual := make([]byte, smallRead)
	return ReadBuffer{In: usual, usual: usual}
}

// Filled chooses what is read into after a Read that brought n bytes. unread is how
// much text is kept.
func (r *ReadBuffer) Filled(n int, unread int64) {
	full := n == len(r.In)
	switch {
	case full && n < largeRead:
		r.resize(min(8*n, largeRead))
	case full && unread >= floodStart:
		if r.flood == nil {
			r.flood = make([]byte, floodRead)
		}
		r.In = r.flood
		return
	case n > smallRead/2:
		r.calm = 0
	default:
		if r.calm++; r.calm == calmReads && len(r.usual) > smallRead {
			r.resize(smallRead)
		}
	}
	// More is not there yet: the next Read may be a long one, and leaves the large
	// piece free to be given back meanwhile.
	r.In = r.usual
}

func (r *ReadBuffer) resize(n int) { r.usual, r.calm = make([]byte, n), 0 }

// Taken gives the flood's piece back when no flood is kept any more.
func (r *ReadBuffer) Taken(unread int64) {
	if unread < floodStart {
		r.flood = nil
	}
}
