// Package fleet runs one piece of work on many hosts and keeps exactly one recorded
// result for each.
//
// The parts, each of which can be used alone:
//
//   - the inventory: [Parse] reads hosts from CSV, JSON, YAML and the two forms of
//     Ansible; [ParseLimit] chooses among them;
//   - [Rules] say how many hosts run at once, how fast they start, what is tried again
//     and when the run stops; a schedule decides by them which host starts when. It does
//     no I/O and is given the time;
//   - a [Journal] keeps what has happened on disk, so that a run that was killed can be
//     resumed. A result counts once it is on disk;
//   - a [Run] ties them together. It gives jobs to a [Worker], which is the one thing
//     that knows how a job is done: in this process, or elsewhere.
//
// # Goroutines
//
// [Run.Do] decides everything in the goroutine that calls it. Each host that runs has a
// goroutine, which calls the worker, waits until the journal has the result on disk, and
// hands it over. The journal has one goroutine, which writes and syncs what has gathered
// since its last write. They end before [Run.Do] and [Journal.Close] return.
package fleet
