package buffer

import "testing"

func TestReadBuffer(t *testing.T) {
	const flooding, calm = floodStart, floodStart - 1
	for _, tt := range []struct {
		name   string
		reads  []int // -1: as much as fits
		unread int64
		want   int
	}{
		{"a dialogue stays small", []int{10, 200, 1500}, calm, smallRead},
		{"a full read makes it larger", []int{-1}, calm, 8 * smallRead},
		{"and larger", []int{-1, -1}, calm, largeRead},
		{"but no larger while little is kept", []int{-1, -1, -1, -1}, calm, largeRead},
		{"a flood reads most", []int{-1, -1, -1}, flooding, floodRead},
		{"as long as it lasts", []int{-1, -1, -1, -1, -1}, flooding, floodRead},
		{"when it has brought all there is, the next read waits in less", []int{-1, -1, -1, 70000}, flooding, largeRead},
		{"and goes on when more has come", []int{-1, -1, -1, 70000, -1}, flooding, floodRead},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := NewReadBuffer()
			for _, n := range tt.reads {
				if n < 0 {
					n = len(r.In)
				}
				r.Filled(n, tt.unread)
			}
			if len(r.In) != tt.want {
				t.Errorf("the next read is of %d bytes, %d was expected", len(r.In), tt.want)
			}
		})
	}
}

func TestReadBufferIsGivenBack(t *testing.T) {
	r := NewReadBuffer()
	for range 4 {
		r.Filled(len(r.In), floodStart)
	}
	r.Filled(100, floodStart)
	r.Taken(floodStart)
	if r.flood == nil {
		t.Error("a flood that is still kept gave its piece back")
	}
	r.Taken(10)
	if r.flood != nil {
		t.Error("the flood is taken and its piece is kept")
	}
	for range calmReads {
		r.Filled(100, 0)
	}
	if len(r.In) != smallRead {
		t.Errorf("after a long calm %d bytes are kept to read into", len(r.In))
	}
}

func TestReadBufferAllocatesNothingInAFlood(t *testing.T) {
	r := NewReadBuffer()
	for range 4 {
		r.Filled(len(r.In), floodStart)
	}
	if n := testing.AllocsPerRun(100, func() {
		r.Filled(len(r.In), floodStart)
		r.Filled(5, floodStart)
		r.Filled(len(r.In), floodStart)
	}); n != 0 {
		t.Errorf("%v allocations for each round of reads", n)
	}
}
