package buffer

import (
	"bytes"
	"strings"
	"testing"
)

// fill lays n bytes that differ from place to place into the buffer, in pieces of odd sizes.
func fill(b *Buffer, all *bytes.Buffer, n int) {
	for sizes := []int{1, 777, 4096, 128 << 10}; n > 0; sizes = append(sizes[1:], sizes[0]) {
		size := min(sizes[0], n)
		c := b.room(size)
		p := bytes.Repeat([]byte{byte(all.Len() ^ all.Len()>>8)}, size)
		c.data = append(c.data, p...)
		all.Write(p)
		n -= size
	}
}

func TestFloodIsHandedOutWhole(t *testing.T) {
	b, all := New(64<<20), new(bytes.Buffer)
	fill(&b, all, 7<<20)
	whole := b.Text(0, b.End())
	if whole != all.String() {
		t.Fatal("the text is not what came")
	}
	if again := b.Text(3, b.End()); again != all.String()[3:] {
		t.Error("a part of the text, taken again, is not what came")
	}
	b.consume(5<<20, 0, -1)
	fill(&b, all, 6<<20)
	if rest := b.Text(5<<20, b.End()); rest != all.String()[5<<20:] {
		t.Error("what came after a text was taken is wrong")
	}
	b.consume(b.End(), 0, -1)
	fill(&b, all, 3<<20)
	if rest := b.Text(13<<20, b.End()); rest != all.String()[13<<20:] {
		t.Error("what came after all was taken is wrong")
	}
	if whole != all.String()[:7<<20] {
		t.Error("a text changed after it was handed out")
	}
}

func TestFloodIsNotCopied(t *testing.T) {
	b, all := New(64<<20), new(bytes.Buffer)
	fill(&b, all, 4<<20)
	b.Text(0, b.End())
	if n := testing.AllocsPerRun(5, func() { b.Text(0, b.End()) }); n != 0 {
		t.Errorf("taking a flood's text allocates %v times, not at all is what was expected", n)
	}
}

func TestFloodKeepsNoLargePieceForLittle(t *testing.T) {
	b, all := New(64<<20), new(bytes.Buffer)
	fill(&b, all, 8<<20)
	if b.Text(0, 2<<20) != all.String()[:2<<20] {
		t.Error("the text is not what came")
	}
	for _, c := range b.chunks {
		if c.lent() {
			t.Error("a large piece is lent for a small text")
		}
	}
	b.consume(b.End(), 0, -1)
	for _, c := range b.chunks {
		if cap(c.data) > LargeChunk {
			t.Errorf("%d bytes are kept when all is read", cap(c.data))
		}
	}
}

func TestFloodStaysWithinItsBounds(t *testing.T) {
	const most = 4 << 20
	b := New(most)
	for i := 0; i < 40<<20; i += 1 << 10 {
		c := b.room(1 << 10)
		c.data = append(c.data, strings.Repeat("x", 1<<10)...)
		b.consume(max(b.start, b.End()-most), 0, -1)
		held := 0
		for _, c := range b.chunks {
			held += cap(c.data)
		}
		if held > 3*most {
			t.Fatalf("%d bytes are held for %d of text", held, b.Len())
		}
	}
}

// What a piece holds beside its text is memory that is not used but counts: the
// garbage collector waits for as much garbage.
func TestFloodTakesLargePiecesOnlyForAWait(t *testing.T) {
	for _, tt := range []struct {
		awaited func(*Buffer) int64
		growth  int64
	}{
		{func(*Buffer) int64 { return 100 }, floodGrowth},
		{func(b *Buffer) int64 { return b.Len() }, waitGrowth},
	} {
		b, all := New(64<<20), new(bytes.Buffer)
		for all.Len() < 2*floodStart {
			b.awaited = tt.awaited(&b)
			fill(&b, all, 50<<10)
		}
		f := b.chunks[len(b.chunks)-1].flood
		if f == nil {
			t.Fatal("no flood")
		}
		size, want := int64(len(f.base)), tt.growth*f.front
		if size < want || size > want+hugePage {
			t.Errorf("a piece of %d bytes, %d was expected", size, want)
		}
	}
}

func TestFloodIsCopiedFromAPieceThatIsMostlyEmpty(t *testing.T) {
	b, all := New(64<<20), new(bytes.Buffer)
	for all.Len() < 3*floodStart/2 {
		b.awaited = b.Len()
		fill(&b, all, 50<<10)
	}
	if got := b.Text(0, b.End()); got != all.String() {
		t.Error("the text is not what came")
	}
	if b.chunks[len(b.chunks)-1].flood == nil {
		t.Fatal("no flood")
	}
	for _, c := range b.chunks {
		if c.lent() {
			t.Errorf("%d bytes keep a piece of %d alive", b.Len(), len(c.flood.base))
		}
	}
}
