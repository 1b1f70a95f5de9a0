package fleet

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// storage is the journal's file.
type storage interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// JournalName is the journal's name in a run's folder.
const JournalName = "journal"

// A Journal keeps on disk what has happened in a run. What several goroutines add at
// about the same time is written and synced at once.
type Journal struct {
	f      storage
	unlock func()

	mu      sync.Mutex
	next    *write // what the next write holds; nil: nothing
	closing bool
	size    int64 // of what is on disk, whole
	writes  uint64

	wake chan struct{} // there is something to write
	over chan struct{} // the writer has ended
}

// A write is what is written and synced at once.
type write struct {
	objects [][]byte
	done    chan struct{}
	at      []place // of the records, once done
	err     error
}

// A place is where a record's object lies in the file.
type place struct {
	offset int64
	length int
}

// A State is what a journal told when it was opened.
type State struct {
	Header  *Header
	Results map[string]outcome                // by host
	Steps   map[string]map[string]*stepRecord // by host and step
	Healed  int64                             // bytes of a write that was cut off
	Resumed []time.Time                       // when the run went on
}

// Failed is the number of hosts that have failed.
func (s *State) Failed() int {
	n := 0
	for _, o := range s.Results {
		if !o.ok {
			n++
		}
	}
	return n
}

// An outcome is what is kept of a result in memory.
type outcome struct {
	ok      bool
	kind    string
	reason  string
	step    string
	seconds float64
	at      place
}

func outcomeOf(r *Result, at place) outcome {
	o := outcome{ok: r.OK, at: at, seconds: r.Seconds}
	if r.Error != nil {
		o.kind, o.reason, o.step = r.Error.Kind, r.Error.Reason, r.Error.Step
	}
	return o
}

// CreateJournal begins the journal of a run in its folder.
func CreateJournal(dir string, h *Header) (*Journal, error) {
	path := filepath.Join(dir, JournalName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	unlock, err := lockFile(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot lock %s: %w", path, err) // no test: nobody else knows the new file
	}
	h.Version = version
	j := newJournal(f, 0, 0)
	j.unlock = unlock
	if _, err := j.add(entry{Header: h}); err != nil {
		_ = j.Close()
		return nil, err
	}
	syncFolder(dir)
	return j, nil
}

// ErrRunning says that a run's folder is in use.
var ErrRunning = errors.New("the run is still going on: another moonwire has its journal open")

// OpenJournal opens the journal of a run that has ended, or was cut off, and goes on with
// it. What is left of a write that was cut off is removed.
func OpenJournal(dir string) (*Journal, *State, error) {
	path := filepath.Join(dir, JournalName)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	unlock, err := lockFile(f)
	if err != nil {
		_ = f.Close()
		return nil, nil, ErrRunning
	}
	j, state, err := open(f)
	if err != nil {
		unlock()
		_ = f.Close()
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	j.unlock = unlock
	return j, state, nil
}

// open reads what a journal holds, mends its end, and starts its writer.
func open(f storage) (*Journal, *State, error) {
	was, err := replay(f)
	if err != nil {
		return nil, nil, err
	}
	if was.state.Healed > 0 {
		if err := f.Truncate(was.size); err != nil {
			return nil, nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, nil, err
		}
	}
	return newJournal(f, was.size, was.writes), was.state, nil
}

// longestRecord is the longest line that is read back, in bytes.
const longestRecord = MaxValue + 1<<20

// A replayed journal is one that was read up to its end, or to the damage of a write that
// was cut off.
type replayed struct {
	state  *State
	size   int64  // bytes that are whole
	writes uint64 // the number of the last write
}

// replay reads a journal.
func replay(f io.ReaderAt) (*replayed, error) {
	var size int64
	var writes uint64
	state := &State{Results: make(map[string]outcome), Steps: make(map[string]map[string]*stepRecord)}
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 1<<16)
	var line []byte
	at, damaged, last := int64(0), false, true
	for {
		var err error
		line, err = readLine(r, line[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		ended := err != nil
		if len(line) == 0 && ended {
			break
		}
		var rec record
		var ok bool
		if !ended {
			rec, ok = readRecord(line[:len(line)-1])
		}
		torn := writes // the write that is damaged
		if last {
			torn++
		}
		switch {
		case ok && damaged && rec.write != torn:
			return nil, fmt.Errorf("the journal is damaged at byte %d, and not by a write that was cut off, as there are later ones", size)
		case damaged:
		case !ok:
			damaged = true
		default:
			from := at + int64(len(line)-1-len(rec.object))
			if err := state.read(rec.object, place{from, len(rec.object)}); err != nil {
				return nil, fmt.Errorf("byte %d: %w", at, err)
			}
			size, writes, last = at+int64(len(line)), rec.write, rec.last
		}
		at += int64(len(line))
		if ended {
			break
		}
	}
	if state.Header == nil {
		return nil, errors.New("the journal has no beginning: the run was cut off before it began, or this is no journal")
	}
	state.Healed = at - size
	if !last { // what is written next completes that write
		writes--
	}
	return &replayed{state, size, writes}, nil
}

// readLine reads a line with its end, but of one that is too long for a record only the
// beginning.
func readLine(r *bufio.Reader, line []byte) ([]byte, error) {
	for {
		piece, err := r.ReadSlice('\n')
		if len(line) <= longestRecord {
			line = append(line, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// read takes a record in.
func (s *State) read(object []byte, at place) error {
	var e entry
	if err := json.Unmarshal(object, &e); err != nil {
		return fmt.Errorf("a record that is whole but no JSON: %w", err)
	}
	switch {
	case e.Header != nil:
		if e.Header.Version != version {
			return fmt.Errorf("the journal has version %d; this program knows version %d", e.Header.Version, version)
		}
		s.Header = e.Header
	case e.Result != nil:
		if _, there := s.Results[e.Result.Name]; !there { // the first counts
			s.Results[e.Result.Name] = outcomeOf(e.Result, at)
		}
	case e.Step != nil:
		if s.Steps[e.Step.Host] == nil {
			s.Steps[e.Step.Host] = make(map[string]*stepRecord)
		}
		s.Steps[e.Step.Host][e.Step.Step] = e.Step
	case e.Note != nil && e.Note.Rules != nil && s.Header != nil: // resumed
		s.Header.Rules = *e.Note.Rules
		s.Resumed = append(s.Resumed, e.Note.At)
	}
	return nil
}

func newJournal(f storage, size int64, writes uint64) *Journal {
	j := &Journal{f: f, size: size, writes: writes, unlock: func() {}, wake: make(chan struct{}, 1), over: make(chan struct{})}
	go j.writer()
	return j
}

// add puts a record on disk, and returns when it is there.
func (j *Journal) add(e entry) (place, error) {
	object := JSON(e)
	j.mu.Lock()
	if j.closing {
		j.mu.Unlock()
		return place{}, errors.New("the journal is closed")
	}
	if j.next == nil {
		j.next = &write{done: make(chan struct{})}
	}
	w := j.next
	i := len(w.objects)
	w.objects = append(w.objects, object)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
	<-w.done
	if w.err != nil {
		return place{}, w.err
	}
	return w.at[i], nil
}

// writer is the journal's goroutine.
func (j *Journal) writer() {
	defer close(j.over)
	for range j.wake {
		runtime.Gosched() // those that are about to add something do so
		j.mu.Lock()
		w, closing := j.next, j.closing
		j.next = nil
		j.mu.Unlock()
		if w != nil {
			w.err = j.put(w)
			close(w.done)
		}
		if closing {
			return
		}
	}
}

// put writes and syncs. What it could not write whole it takes away again.
func (j *Journal) put(w *write) error {
	size := 0
	for _, object := range w.objects {
		size += len(object) + recordSpare
	}
	data := make([]byte, 0, size)
	w.at = make([]place, 0, len(w.objects))
	for i, object := range w.objects {
		data = appendRecord(data, j.writes+1, i == len(w.objects)-1, object)
		w.at = append(w.at, place{j.size + int64(len(data)-1-len(object)), len(object)})
	}
	_, err := j.f.WriteAt(data, j.size)
	if err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		if cut := j.f.Truncate(j.size); cut == nil {
			_ = j.f.Sync() // what is there was synced before
		}
		return &JournalError{err}
	}
	j.size += int64(len(data))
	j.writes++
	return nil
}

// A JournalError says that the journal cannot be written.
type JournalError struct{ Err error }

// Error says why.
func (e *JournalError) Error() string {
	return "cannot write the journal: " + cause(e.Err).Error()
}

// Unwrap returns the reason.
func (e *JournalError) Unwrap() error { return e.Err }

// cause is an error without the operation and the path.
func cause(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// result reads a result back.
func (j *Journal) result(at place) (*Result, error) {
	object := make([]byte, at.length)
	if _, err := j.f.ReadAt(object, at.offset); err != nil {
		return nil, fmt.Errorf("cannot read the journal: %w", cause(err))
	}
	var e entry
	if err := json.Unmarshal(object, &e); err != nil || e.Result == nil {
		return nil, fmt.Errorf("the journal has changed at byte %d while the run went on", at.offset)
	}
	return e.Result, nil
}

// Close writes what is left and closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closing = true
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
	<-j.over
	j.unlock()
	return j.f.Close()
}
