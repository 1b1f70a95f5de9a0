package session_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// written returns the table of transitions in the comment of type reading.
func written(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("reading.go")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(source)) {
		row, found := strings.CutPrefix(line, "//\t")
		if cells := strings.Split(row, "|"); found && len(cells) == 4 && !strings.HasPrefix(row, "state ") {
			rows = append(rows, strings.TrimSpace(cells[0])+" | "+strings.TrimSpace(cells[1])+" | "+strings.TrimSpace(cells[2]))
		}
	}
	return rows
}

// TestReadingTable holds the table in the comment to what the code does.
func TestReadingTable(t *testing.T) {
	table, made := written(t), session.ReadTransitions()
	slices.Sort(table)
	slices.Sort(made)
	if len(table) == 0 || !slices.Equal(table, made) {
		t.Errorf("the comment has\n%s\nthe code does\n%s", strings.Join(table, "\n"), strings.Join(made, "\n"))
	}
}

// TestReadingWalk does at random what changes who reads. Whoever it is, all that the host
// says is read once and in order, the host is answered, and no goroutine is left behind.
// Together the walks make every transition of the table, and no other.
func TestReadingWalk(t *testing.T) {
	seen := make(map[string]int)
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) { walkReading(t, seed, seen) })
	}
	for _, row := range written(t) {
		cells := strings.Split(row, " | ")
		change := cells[0] + " -> " + cells[2]
		if seen[change] == 0 {
			t.Errorf("no walk has made the transition %s", change)
		}
		delete(seen, change)
	}
	for change := range seen {
		t.Errorf("the transition %s is not in the table", change)
	}
}

func walkReading(t *testing.T, seed uint64, seen map[string]int) {
	random := rand.New(rand.NewPCG(seed, 1))
	s, p := inDialogue(t, session.Config{MaxBuffer: 200})
	s.WatchReading(func(change string) { seen[change]++ })
	var said, read strings.Builder
	say := func(text string) {
		said.WriteString(text)
		p.say(text)
	}
	take := func(text string, err error) {
		t.Helper()
		if read.WriteString(text); err != nil && !errors.Is(err, session.ErrTimeout) {
			t.Fatalf("walk %d: %v", seed, err)
		}
	}
	hook := session.Hook(nil)
	for range 60 {
		switch random.IntN(8) {
		case 0: // the script computes, for a shorter or longer time
			time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
		case 1: // the answer is there already
			say("answer $ ")
			take(s.ReadUntil(t.Context(), "$ ", within(time.Second)))
		case 2: // it comes later
			go func() {
				time.Sleep(20 * time.Millisecond)
				say("late $ ")
			}()
			take(s.ReadUntil(t.Context(), "late $ ", within(time.Second)))
		case 3: // never
			take(s.ReadUntil(t.Context(), "never", within(5*time.Millisecond)))
		case 4: // the reader is asked to hand over meanwhile
			go func() {
				time.Sleep(5 * time.Millisecond)
				s.SetHook(hook)
				time.Sleep(5 * time.Millisecond)
				say("again $ ")
			}()
			take(s.ReadUntil(t.Context(), "again $ ", within(time.Second)))
		case 5: // more comes than fits, while nobody waits
			for range 8 {
				say(strings.Repeat("0123456789", 9) + "\n")
				time.Sleep(2 * time.Millisecond)
			}
			say("full $ ")
			for read.Len() < said.Len() { // a wait would drop what is too much
				text, err := s.ReadSome(t.Context(), within(time.Second))
				if err != nil {
					t.Fatalf("walk %d: %v", seed, err)
				}
				take(text, nil)
			}
		case 6: // one goroutine stands before several sessions
			say("any $ ")
			_, r, err := session.ExpectAny(t.Context(), []session.Alternative{{Session: s, Patterns: listOf(t, "any . ")}}, within(time.Second))
			take(r.Text, err)
		case 7:
			p.say("\xff\xfb\x63") // a question of the host's is answered whatever the script does
			time.Sleep(10 * time.Millisecond)
			if got := p.heard(); got != "\xff\xfe\x63" {
				t.Fatalf("walk %d: the host heard %q", seed, got)
			}
			p.say("\xff\xfc\x63")
		}
	}
	switch random.IntN(3) {
	case 0:
		_ = p.conn.Close()
	case 1: // while the script waits
		go func() {
			time.Sleep(time.Millisecond)
			_ = p.conn.Close()
		}()
	case 2:
		take(s.ReadAvailable(t.Context(), session.WaitOptions{}))
		_ = s.Close()
	}
	if !s.Closed() {
		text, _, err := s.ReadAll(t.Context(), within(time.Second))
		take(text, err)
	}
	if read.String() != said.String() {
		t.Errorf("walk %d: read %.999q, the host said %.999q", seed, read.String(), said.String())
	}
}
