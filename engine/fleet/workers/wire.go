package workers

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

// What lies on the server.
const (
	jobsStream    = "MOONWIRE_JOBS"
	resultsStream = "MOONWIRE_RESULTS"
	locksBucket   = "moonwire-locks"
	objectsBucket = "moonwire-objects"
)

// The subjects.
const (
	subjectJobs     = "moonwire.jobs."    // and the run, and the hash of the site
	subjectResults  = "moonwire.results." // and the run
	subjectAsk      = "moonwire.ask."     // and the run: what workers ask the queue
	subjectNote     = "moonwire.note."    // and the run: why a worker does not take part
	subjectHurry    = "moonwire.hurry."   // and the run: workers report at once
	subjectAnnounce = "moonwire.announce" // the runs
	subjectWho      = "moonwire.who"      // asks for announcements
)

// objectHeader names the object that holds what is too large for a message.
const objectHeader = "Moonwire-Object"

// keptFor is how long the server keeps what nobody takes.
const keptFor = 7 * 24 * time.Hour

// Times are how long things take. What depends on one another stays in proportion.
type Times struct {
	Redeliver time.Duration // a job whose worker is not heard of is given to another
	Lock      time.Duration // a lock that is not renewed expires
	Rest      time.Duration // the locks of a new server rest; more than half of Lock
	Announce  time.Duration // a run says that it is there
	Patience  time.Duration // an answer is waited for
}

// DefaultTimes are what runs have: the work of a worker that dies is taken up in 30
// seconds, as a lock was renewed 5 seconds before at most.
var DefaultTimes = Times{Redeliver: 12 * time.Second, Lock: 20 * time.Second, Rest: 12 * time.Second, Announce: 2 * time.Second, Patience: 5 * time.Second}

// beat is how often a worker says what it is at.
func (t Times) beat() time.Duration { return t.Redeliver / 4 }

// An announcement says that a run is there. It is not signed: what it names is.
type announcement struct {
	Run string `json:"run"`
}

// A queuedJob is a job in a work queue.
type queuedJob struct {
	Number uint64 `json:"n"`
	Lock   string `json:"lock,omitempty"` // the hash of the device; "" for none
}

// An attempt is a delivery of a job to a worker.
type attempt struct {
	Number    uint64 `json:"n"` // of the job, from which its place in time can be told
	Delivered uint64 `json:"d"`
}

// newer reports whether a comes after b.
func (a attempt) newer(b attempt) bool {
	return a.Number > b.Number || a.Number == b.Number && a.Delivered > b.Delivered
}

// A ticket proves that a worker was granted an attempt at a host.
type ticket struct {
	Host    string  `json:"host"`
	Attempt attempt `json:"attempt"`
	Sum     []byte  `json:"sum"`
}

// The kinds of messages.
const (
	kindAsk     = "ask"
	kindAnswer  = "answer"
	kindResults = "results"
)

// An ask is what a worker asks the queue of a run: one of its fields beside the first is set.
type ask struct {
	ID      uint64    `json:"id"`
	Voucher voucher   `json:"voucher,omitzero"` // for the worker's public key, where Hello or Jobs is set
	Hello   *hello    `json:"hello,omitempty"`
	Jobs    []attempt `json:"jobs,omitempty"`
	Step    *stepAsk  `json:"step,omitempty"`
	At      []ticket  `json:"at,omitempty"` // what the worker is at
}

// A hello is how a worker introduces itself.
type hello struct {
	Name string `json:"name"`
	Site string `json:"site,omitempty"`
	At   int    `json:"at"`
}

// A stepAsk is about a step.
type stepAsk struct {
	Ticket ticket          `json:"ticket"`
	Name   string          `json:"name"`
	Again  bool            `json:"again,omitempty"`
	State  fleet.StepState `json:"state"`
	Value  json.RawMessage `json:"value,omitempty"`
}

// An answer is the queue's.
type answer struct {
	ID     uint64      `json:"id"`
	Jobs   []jobAnswer `json:"jobs,omitempty"` // in the order of the question, as far as there is room
	Step   *stepAnswer `json:"step,omitempty"`
	Cancel []attempt   `json:"cancel,omitempty"` // of what the worker is at
	Wrong  string      `json:"wrong,omitempty"`  // why there is no other answer
	Later  bool        `json:"later,omitempty"`  // ask again
}

// A jobAnswer grants a job, or does not.
type jobAnswer struct {
	Host *hostMessage  `json:"host,omitempty"`
	Try  int           `json:"try,omitempty"`
	Sum  []byte        `json:"sum,omitempty"`  // of the ticket
	Over bool          `json:"over,omitempty"` // nobody is to do it any more
	Wait time.Duration `json:"wait,omitempty"` // it may be done later
}

// A stepAnswer says what has become of a step.
type stepAnswer struct {
	Value  json.RawMessage `json:"value,omitempty"`
	Done   bool            `json:"done,omitempty"`
	CutOff time.Time       `json:"cut_off,omitzero"`
	Wrong  string          `json:"wrong,omitempty"` // the journal's error
}

// A result is how an attempt has ended. A message has a list of them: a worker sends at once
// what is ready.
type result struct {
	Ticket    ticket          `json:"ticket"`
	Value     json.RawMessage `json:"value,omitempty"`
	Error     *fleet.Failure  `json:"error,omitempty"`
	Untouched bool            `json:"untouched,omitempty"`
	Took      time.Duration   `json:"took"`
	Said      []Said          `json:"said,omitempty"`
	Files     []string        `json:"files,omitempty"` // their kinds; see fileObject
	Cut       bool            `json:"cut,omitempty"`   // as the queue asked for
}

// Said is something that a script wrote.
type Said struct {
	Error bool   `json:"error,omitempty"` // on standard error
	Text  string `json:"text"`
}

// hostMessage is a host in an answer.
type hostMessage struct {
	Name    string         `json:"name"`
	Address string         `json:"address"`
	Groups  []string       `json:"groups,omitempty"`
	Vars    map[string]any `json:"vars,omitempty"`
}

// A note is why a worker does not take part in a run. Anybody can send one.
type note struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

func siteQueue(run, site string) string { return subjectJobs + run + "." + siteToken(site) }

// siteToken is a site in a subject. That of hosts without a site is "any".
func siteToken(site string) string {
	if site == "" {
		return "any"
	}
	return hashOf(site)
}

// consumerOf is the name of the consumer of a site's queue, in a stream that was made then. It
// names the stream, as what is said of a message goes by the consumer's name and the message's
// number: else what a worker says of one that a server has lost would be taken for another's.
func consumerOf(run, site string, made time.Time) string {
	return run + "-" + siteToken(site) + "-" + age(made)
}

// age is a time in a name.
func age(made time.Time) string { return strconv.FormatInt(made.UnixNano(), 36) }

func bundleObject(run string) string { return run + ".bundle" }

// fileObject is the object that holds a file of a host: a recording or a log.
func fileObject(run, host string, a attempt, kind string) string {
	return fmt.Sprintf("%s.%s.%d.%d.%s", run, hashOf(host), a.Number, a.Delivered, hashOf(kind))
}

// mostFile is the largest file of a host that is sent, in bytes.
const mostFile = 32 << 20
