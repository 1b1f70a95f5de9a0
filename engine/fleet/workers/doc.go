// Package workers runs the jobs of a fleet on other machines, over NATS JetStream.
//
// A [Queue] is the [fleet.Worker] of a run whose jobs are done elsewhere. It decides
// nothing: rates, stop rules, tries and the journal are those of [fleet.Run]. A [Worker]
// takes jobs and does them.
//
// # The way of a job
//
//   - The queue publishes a job, which is a number and the hash of a device, to a work queue
//     of the host's site.
//   - A worker takes it, and takes the lock of the device, an entry of a key-value bucket
//     that expires unless it is renewed.
//   - It asks the queue, which grants the job: only then does the worker learn of which host
//     it is. A job whose host has a result, that somebody else has by now, or that is not of
//     this run is refused. So nothing starts while nobody decides about the run.
//   - Steps are asked for in the same way, and answered once they are in the journal.
//   - The result goes to a stream, where it waits until the queue has it in the journal. The
//     worker gives up the lock, and then the job, once the stream has it.
//
// What is ready while the server has not confirmed the last results goes into the next message,
// and so do the questions about jobs that came together: a job that does nothing costs four
// messages and a part of a few more. The queue acknowledges a message once each result in it is
// in the journal, or is of no use.
//
// A job may be given to a second worker while the first one's result lies on the server. So the
// queue does not grant one that somebody may have had before it has read all that lies there.
//
// A worker that dies says no longer that it is at its jobs: the server gives them to others,
// who wait for the lock. One that cannot renew a lock for half of its time hangs up.
//
// # Who may do what
//
// Nothing that comes from the server is trusted. What a run is, its [Bundle], is signed by
// a [Key] that the worker knows. It holds a public key with which each worker and
// the queue agree on a secret; all that they say to each other carries a sum that only they
// can make. A grant has a ticket, which comes back with the result: the queue takes none
// from those who were not granted the job.
//
// # Goroutines
//
// A Queue has one that announces the run and looks after the streams, and those of the
// client of NATS that call it. A Worker has one for each run and site that takes jobs, one
// for each run that sends results, one for each run that says what the worker is at and renews
// locks, and one for each job. They end before [Queue.Close] and [Worker.Do] return.
package workers
