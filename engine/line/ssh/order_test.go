package ssh

import (
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/ssh"
)

// A slowChannel takes requests slowly, and notes in which order things come.
type slowChannel struct {
	ssh.Channel
	gate chan struct{}
	came []string
}

func (c *slowChannel) SendRequest(name string, _ bool, _ []byte) (bool, error) {
	<-c.gate
	c.came = append(c.came, name)
	return true, nil
}

func (c *slowChannel) Write(p []byte) (int, error) {
	c.came = append(c.came, string(p))
	return len(p), nil
}

func (*slowChannel) Read([]byte) (int, error) { return 0, io.EOF }
func (c *slowChannel) Stderr() io.ReadWriter  { return c }

// TestRequestsBeforeText: what is written behind a change of the window comes behind it.
func TestRequestsBeforeText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &slowChannel{gate: make(chan struct{})}
		s := &session{stream: newStream(nil, c, func() error { return io.EOF })}
		s.request("window-change", nil)
		s.request("break", nil)
		go func() { _, _ = s.Write([]byte("text")) }()
		synctest.Wait()
		close(c.gate)
		synctest.Wait()
		if want := []string{"window-change", "break", "text"}; !slices.Equal(c.came, want) {
			t.Errorf("%q, want %q", c.came, want)
		}
	})
}
