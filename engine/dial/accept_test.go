package dial_test

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
)

// A short listener has no descriptors for n calls.
type short struct {
	net.Listener
	n   int
	end error
}

func (l *short) Accept() (net.Conn, error) {
	if l.n--; l.n >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return nil, l.end
}

// TestAccept: a lack of descriptors is waited out, however long it lasts, and a silent client
// makes room.
func TestAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crowd dial.Crowd
		told, dropped := 0, make(chan struct{})
		silent := crowd.Join(256, func() { close(dropped) })
		begun := time.Now()
		broken := errors.New("broken")
		if _, err := crowd.Accept(&short{n: 600, end: broken}, nil, func() { told++ }); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(begun); waited < 9*time.Minute {
			t.Errorf("it tried 600 times in %v", waited)
		}
		<-dropped // the silent client made room
		silent.Leave()
		if told < 9 || told > 11 {
			t.Errorf("it told %d times in ten minutes", told)
		}
		done := make(chan struct{})
		close(done)
		if _, err := crowd.Accept(&short{n: 1 << 30}, done, nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("at its end: %v", err)
		}
	})
}

// TestCrowd: the client that is silent for longest makes room, one that speaks does
// not, and nobody stays silent for ever.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crowd dial.Crowd
		var mu sync.Mutex
		names := ""
		join := func(name string) *dial.Client {
			return crowd.Join(2, func() {
				mu.Lock()
				defer mu.Unlock()
				names += name
			})
		}
		dropped := func() string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return names
		}
		a := join("a")
		time.Sleep(time.Second)
		b := join("b")
		if join("c") != nil {
			t.Error("there was room for a third")
		}
		time.Sleep(10 * time.Second)
		a.Spoke()
		c := join("c")
		if got := dropped(); c == nil || got != "b" {
			t.Fatalf("dropped %q", got)
		}
		b.Leave() // no harm
		if join("d") != nil {
			t.Error("c and a have spoken lately")
		}
		a.Leave()
		time.Sleep(time.Hour)
		if got := dropped(); got != "bc" {
			t.Errorf("dropped %q", got)
		}
		c.Leave()
	})
}
