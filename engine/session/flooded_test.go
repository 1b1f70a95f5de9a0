package session_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// TestWaitsInSuccessionReadNoMore than one wait does, however many there are of them.
func TestWaitsInSuccessionReadNoMore(t *testing.T) {
	const most = 10_000
	for name, source := range map[string]string{
		"an open match": `(?s)^x.*router`, "no match": `router`, "a match": `x`,
	} {
		for _, timeout := range []time.Duration{session.Now, time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, session.Config{MaxBuffer: most})
				var sent atomic.Int64
				gone := make(chan struct{})
				go func() {
					defer close(gone)
					piece := []byte(strings.Repeat("x", 1000))
					for {
						n, err := p.conn.Write(piece)
						sent.Add(int64(n))
						if err != nil {
							return
						}
						time.Sleep(10 * time.Microsecond)
					}
				}()
				if err := s.Write(t.Context(), "go", session.WriteOptions{}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				held := int64(0)
				for range 200 {
					settle := session.Now
					r, err := s.Expect(t.Context(), listOf(t, source), session.WaitOptions{Timeout: timeout, Settle: settle})
					if err != nil && !errors.Is(err, session.ErrTimeout) && !errors.Is(err, session.ErrBufferFull) {
						t.Fatal(err)
					}
					held -= int64(len(r.Text)) + r.Truncated
					time.Sleep(time.Millisecond)
				}
				_ = s.Close()
				<-gone
				// An open match holds all there is; without one the oldest goes, and more comes.
				if held += sent.Load(); name != "no match" && held > 3*most {
					t.Errorf("%s, %v: the session holds %d bytes", name, timeout, held)
				}
			})
		}
	}
}

// TestRunEndsAtItsTime though the host marks prompts or shows pagers without end.
func TestRunEndsAtItsTime(t *testing.T) {
	for _, says := range []string{"--More--", "--More--\xff\xf9", "x\xff\xf9", "r1#\xff\xf9", "\xff\xf9"} {
		for _, again := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, session.Config{MaxBuffer: 10_000})
				said := make(chan struct{})
				go func() {
					defer close(said)
					for {
						if _, err := p.conn.Write([]byte(says)); err != nil || !again {
							return
						}
						time.Sleep(10 * time.Millisecond)
					}
				}()
				prompt, err := session.Ending("router>")
				if err != nil {
					t.Fatal(err)
				}
				begun, limit := time.Now(), 5*time.Second
				_, err = s.Run(t.Context(), "show", session.RunOptions{Timeout: limit, Prompt: prompt})
				if took := time.Since(begun); !errors.Is(err, session.ErrTimeout) || took > 6*time.Second {
					t.Errorf("%q: after %v: %v", says, took, err)
				}
				_ = s.Close()
				<-said
			})
		}
	}
}

// TestNoPromptIsLearnedFromAFlood: the host never pauses, so no line is its prompt, and
// the session goes on.
func TestNoPromptIsLearnedFromAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 10_000})
		said := make(chan struct{})
		go func() {
			defer close(said)
			for {
				if _, err := p.conn.Write([]byte("a line of the flood\nr1> and")); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		limit := time.Second
		for range 3 {
			if source, err := s.LearnPrompt(t.Context(), session.RunOptions{Timeout: limit}); !errors.Is(err, session.ErrTimeout) {
				t.Errorf("learned %q, %v", source, err)
			}
			if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil {
				t.Error(err)
			}
		}
		_ = s.Close()
		<-said
	})
}
