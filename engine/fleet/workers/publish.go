package workers

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A publisher publishes to streams, and waits for no confirmation: it calls back with it.
type publisher struct {
	conn   *nats.Conn
	prefix string // of the subjects on which the server confirms

	mu   sync.Mutex
	last uint64
	open map[uint64]*published
}

// A published message is one that the server has not confirmed.
type published struct {
	at         time.Time
	reconnects uint64 // of the connection then
	told       func(sequence uint64, err error)
}

// errUnconfirmed says that nobody knows whether the server has a message.
var errUnconfirmed = errors.New("the server does not confirm it")

// newPublisher makes a publisher, for as long as the connection lasts.
func newPublisher(conn *nats.Conn) (*publisher, error) {
	p := &publisher{conn: conn, prefix: conn.NewInbox() + ".", open: make(map[uint64]*published)}
	sub, err := conn.Subscribe(p.prefix+"*", p.confirmed)
	if err != nil {
		return nil, err
	}
	return p, sub.SetPendingLimits(-1, -1) // what was published bounds it
}

// publish publishes a message. told is called once, maybe before publish returns, with
// the message's number in its stream, or what is wrong.
func (p *publisher) publish(m *nats.Msg, told func(sequence uint64, err error)) {
	open := &published{time.Now(), p.conn.Stats().Reconnects, told}
	p.mu.Lock()
	p.last++
	n := p.last
	p.open[n] = open
	p.mu.Unlock()
	m.Reply = p.prefix + strconv.FormatUint(n, 36)
	if err := p.conn.PublishMsg(m); err != nil {
		p.tell(n, 0, err)
	}
}

// tell tells what has become of a message, unless that was told.
func (p *publisher) tell(n, sequence uint64, err error) {
	p.mu.Lock()
	m := p.open[n]
	delete(p.open, n)
	p.mu.Unlock()
	if m != nil {
		m.told(sequence, err)
	}
}

// confirmed reads what the server says of a message.
func (p *publisher) confirmed(m *nats.Msg) {
	n, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, p.prefix), 36, 64)
	if err != nil {
		return // no test: it is not the server's
	}
	sequence, err := readConfirmation(m.Data)
	p.tell(n, sequence, err)
}

// readConfirmation reads what the server says of a message: its number in the stream, or
// why it does not take it.
func readConfirmation(data []byte) (uint64, error) {
	if len(data) == 0 {
		return 0, nats.ErrNoResponders
	}
	_, rest, ok := bytes.Cut(data, []byte(`,"seq":`))
	if end := bytes.IndexAny(rest, ",}"); ok && end > 0 && !bytes.Contains(data, []byte(`"error"`)) { // as nearly always
		if sequence, err := strconv.ParseUint(string(rest[:end]), 10, 64); err == nil {
			return sequence, nil
		}
	}
	var said struct {
		Seq   uint64              `json:"seq"`
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(data, &said); err != nil || said.Error == nil {
		return said.Seq, err
	}
	return 0, said.Error
}

// expire gives up on messages that the server has not confirmed for so long, or whose
// confirmation went with a connection that broke.
func (p *publisher) expire(patience time.Duration) {
	reconnects := p.conn.Stats().Reconnects
	p.mu.Lock()
	var late []uint64
	for n, m := range p.open {
		if m.reconnects != reconnects || time.Since(m.at) > patience {
			late = append(late, n)
		}
	}
	p.mu.Unlock()
	for _, n := range late {
		p.tell(n, 0, errUnconfirmed)
	}
}
