package dial

import (
	"sync"
	"time"
)

// The time a client of a Crowd may be silent.
const (
	leastIdle = 5 * time.Second  // before it may have to make room for another one
	mostIdle  = 30 * time.Minute // before it has to go in any case
)

// tellEvery is how often a Crowd tells of a lack of descriptors at most.
const tellEvery = time.Minute

// TellShort says that descriptors are lacking, for the short of [Crowd.Accept].
const TellShort = "too many open files: new clients wait until silent ones make room; ulimit -n raises the limit"

// A Crowd is the clients of a server, of which it takes no more than a limit. Where
// it is full, the client that has been silent for longest makes room for a new
// one, so that idle clients cannot keep the others out. The zero value is ready.
type Crowd struct {
	mu      sync.Mutex
	told    time.Time // when a lack of descriptors was last told of
	clients map[*Client]struct{}
}

// Client is one of a Crowd.
type Client struct {
	crowd *Crowd
	heard time.Time // when it last spoke
	drop  func()
	timer *time.Timer
}

// Join takes a client in; drop hangs up on it, and must not block. It returns nil
// if the crowd has limit clients that have all spoken lately.
func (c *Crowd) Join(limit int, drop func()) *Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if len(c.clients) >= limit && !c.makeRoom(now) {
		return nil
	}
	if c.clients == nil {
		c.clients = make(map[*Client]struct{})
	}
	client := &Client{crowd: c, heard: now, drop: drop, timer: time.AfterFunc(mostIdle, drop)}
	c.clients[client] = struct{}{}
	return client
}

// makeRoom drops the client that has been silent for longest, if that is long enough.
func (c *Crowd) makeRoom(now time.Time) bool {
	var longest *Client
	for x := range c.clients {
		if longest == nil || x.heard.Before(longest.heard) {
			longest = x
		}
	}
	if longest == nil || now.Sub(longest.heard) < leastIdle {
		return false
	}
	c.remove(longest)
	longest.drop()
	return true
}

func (c *Crowd) remove(client *Client) {
	client.timer.Stop()
	delete(c.clients, client)
}

// Spoke notes that the client has sent something.
func (x *Client) Spoke() {
	x.crowd.mu.Lock()
	defer x.crowd.mu.Unlock()
	if _, in := x.crowd.clients[x]; in {
		x.heard = time.Now()
		x.timer.Reset(mostIdle)
	}
}

// Leave takes the client out.
func (x *Client) Leave() {
	x.crowd.mu.Lock()
	defer x.crowd.mu.Unlock()
	x.crowd.remove(x)
}
