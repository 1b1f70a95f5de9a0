package fleet

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"strconv"
	"sync"
	"time"
)

// The journal's records, as they lie in its file.
//
// A record is a line: a checksum of all that follows it, the number of the write that it
// was part of, with a full stop if it is the last of it, and an object. A write that was cut off, by KILL or a power failure, leaves
// at most damage in the last write's records, none of which was acted upon.

// Version is the version of the journal's format.
const version = 1

// A Header is what a journal says of its run.
type Header struct {
	Version   int       `json:"version"`
	Program   string    `json:"program"`
	Run       string    `json:"run"` // names the run, for everybody and for ever
	Begun     time.Time `json:"begun"`
	Script    string    `json:"script"` // its path
	ScriptSum string    `json:"script_sum"`
	Args      []string  `json:"args,omitempty"`
	Inventory string    `json:"inventory"` // as -hosts named it
	Limit     string    `json:"limit,omitempty"`
	Commands  bool      `json:"commands,omitempty"` // hosts may run programs
	Rules     Rules     `json:"rules"`
	// Hosts are the names, and the Sums, of the hosts in their order.
	Hosts [][2]string `json:"hosts"`
}

// A Result is what has become of a host.
type Result struct {
	Name    string          `json:"name"`
	OK      bool            `json:"ok"`
	Value   json.RawMessage `json:"value,omitempty"` // what the script returned
	Error   *Failure        `json:"error,omitempty"`
	Started time.Time       `json:"started"`
	Ended   time.Time       `json:"ended"`
	Seconds float64         `json:"seconds"`
	Tries   int             `json:"tries"`
}

// A Failure is why a host failed.
type Failure struct {
	Kind    string `json:"kind,omitempty"`
	Reason  string `json:"reason"`          // one line
	Message string `json:"message"`         // all there is to say
	Step    string `json:"step,omitempty"`  // that it failed in
	Where   string `json:"where,omitempty"` // in the script
}

// A stepRecord tells of a step of a host.
type stepRecord struct {
	Host  string          `json:"host"`
	Step  string          `json:"step"`
	State StepState       `json:"state"`
	Value json.RawMessage `json:"value,omitempty"`
	At    time.Time       `json:"at"`
	By    string          `json:"by,omitempty"` // who began it, elsewhere
}

// A StepState says how far a step has come.
type StepState string

// The states of a step.
const (
	StepBegun  StepState = "begun"
	StepDone   StepState = "done"
	StepFailed StepState = "failed"
)

// A noteRecord marks what happened to the run as a whole.
type noteRecord struct {
	What  string    `json:"what"` // noteResumed
	At    time.Time `json:"at"`
	Rules *Rules    `json:"rules,omitempty"` // from now on
}

// noteResumed says that the run went on after its program had ended.
const noteResumed = "resumed"

// An entry is a record: one of its fields is set.
type entry struct {
	Header *Header     `json:"header,omitempty"`
	Result *Result     `json:"result,omitempty"`
	Step   *stepRecord `json:"step,omitempty"`
	Note   *noteRecord `json:"note,omitempty"`
}

// JSON is a value as JSON in one line, with <, > and & as they are.
func JSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // no test: what is kept are values that JSON has
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

var crcTable = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

const sumLength = 8

// recordSpare is how many bytes a record has beside its object, at most: the sum, the write's
// number with its full stop, two blanks and the end of the line.
const recordSpare = sumLength + 20 + 4

// appendRecord adds a record that is part of write number n.
func appendRecord(to []byte, n uint64, last bool, object []byte) []byte {
	from := len(to)
	to = append(to, "00000000 "...)
	to = strconv.AppendUint(to, n, 10)
	if last {
		to = append(to, '.')
	}
	to = append(to, ' ')
	to = append(to, object...)
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(to[from+sumLength:], crcTable()))
	hex.Encode(to[from:], sum[:])
	return append(to, '\n')
}

// A record is a line of the journal.
type record struct {
	write  uint64 // the number of the write that it is part of
	last   bool   // it is the last of that write
	object []byte // JSON
}

// readRecord takes a line, without its end, apart. It reports whether the line is whole.
func readRecord(line []byte) (r record, ok bool) {
	if len(line) <= sumLength {
		return r, false
	}
	sum, err := strconv.ParseUint(string(line[:sumLength]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(line[sumLength:], crcTable()) {
		return r, false
	}
	number, object, found := bytes.Cut(line[sumLength+1:], []byte(" "))
	number, r.last = bytes.CutSuffix(number, []byte("."))
	r.write, err = strconv.ParseUint(string(number), 10, 64)
	r.object = object
	return r, found && err == nil
}
