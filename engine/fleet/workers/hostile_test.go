package workers

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestKeys: keys are written and read, and what is none is told.
func TestKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	k := NewKey()
	got, err := ReadKey(write("key", "# a comment\n"+k.Private()+"\n"))
	if err != nil || got.Public() != k.Public() {
		t.Errorf("%v", err)
	}
	for _, text := range []string{k.Public(), write("pub", "# ours\n\n"+k.Public()+" of brandon\n")} {
		if trust, err := ReadTrust(text); err != nil || trust.check(k.sign("x", []byte("y")), "x", []byte("y")) != "" {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		publicMark + "x":                   "is no public key",
		write("wrong", "x\n"):              "is no public key: one begins with moonwire-public-",
		write("private", k.Private()+"\n"): "a private key stands where a public one belongs",
		write("empty", "#\n"):              "holds no key",
		filepath.Join(dir, "nosuch"):       "no such file",
	} {
		if _, err := ReadTrust(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("trust %s: %v", text, err)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "pub"):    "is no private key",
		filepath.Join(dir, "empty"):  "holds no key",
		filepath.Join(dir, "nosuch"): "no such file",
	} {
		if _, err := ReadKey(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("key %s: %v", path, err)
		}
	}
	for text, want := range map[string]string{
		"nats://h:4222, tls://i:4222": "", "h:4222": "must be as nats://", "http://h": `the scheme "http" is not known`, "nats://u:p@h": "must hold no user", "": "must be as",
	} {
		if err := CheckURL(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestBundles: a bundle that is not as it was signed, or not for this worker, is refused.
func TestBundles(t *testing.T) {
	t.Parallel()
	k, stranger := NewKey(), NewKey()
	now := time.Now()
	bundle := func(change func(b *Bundle)) *Bundle {
		b := &Bundle{Protocol: protocol, Program: "v1", Run: "ab", Public: publicOf(NewSecrets().Private), Expires: now.Add(time.Hour)}
		if change != nil {
			change(b)
		}
		return b
	}
	trust, err := ReadTrust(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	good := bundle(nil).seal(k)
	if b, refusal := openBundle(good, "ab", "v1", trust, now); refusal != nil || b.Run != "ab" {
		t.Fatal(refusal)
	}
	for n := range len(good) { // whatever byte is changed
		bad := append([]byte(nil), good...)
		bad[n] ^= 1
		if b, refusal := openBundle(bad, "ab", "v1", trust, now); refusal == nil && string(fleet.JSON(b)) != string(fleet.JSON(bundle(func(c *Bundle) { c.Public, c.Expires = b.Public, b.Expires }))) {
			t.Fatalf("byte %d: taken", n)
		}
	}
	for _, test := range []struct {
		data []byte
		want string
	}{
		{bundle(nil).seal(nil), "is not signed"},
		{bundle(nil).seal(stranger), "is signed by " + stranger.Public() + ", which is not trusted"},
		{bundle(func(b *Bundle) { b.Program = "v2" }).seal(k), "is of v2, and this worker is v1"},
		{bundle(func(b *Bundle) { b.Run = "cd" }).seal(k), "is that of another run"},
		{bundle(func(b *Bundle) { b.Expires = now }).seal(k), "has expired at"},
		{bundle(func(b *Bundle) { b.Public = nil }).seal(k), "is damaged"},
		{fleet.JSON(signed{[]byte("x"), k.sign("bundle", []byte("x"))}), "is damaged"},
		{fleet.JSON(signed{[]byte("x"), voucher{Key: []byte("x")}}), "has a wrong signature"},
		{fleet.JSON(signed{[]byte("x"), k.sign("worker", []byte("x"))}), "has a wrong signature"},
		{[]byte("{"), "is damaged"},
	} {
		if _, refusal := openBundle(test.data, "ab", "v1", trust, now); refusal == nil || !strings.Contains(refusal.Error(), test.want) {
			t.Errorf("%s: %v", test.want, refusal)
		}
	}
}

// TestUntrusted: workers do not do runs of strangers, runs take no strangers as workers,
// and each is told. A clock that is an hour ahead is no reason.
func TestUntrusted(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	ours, theirs := NewKey(), NewKey()
	trust, err := ReadTrust(ours.Public())
	if err != nil {
		t.Fatal(err)
	}
	var ran atomic.Int32
	strange := func(context.Context, *fleet.Job) Done { ran.Add(1); return Done{} }
	r := newRun(t, s.url(), hostsOf(5), fleet.Rules{At: 5}, func(c *Config) {
		c.Key, c.Trust = ours, trust
		c.Bundle.Expires = time.Now().Add(2 * time.Hour)
	})
	refuses := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "refuses", Trust: Trust{ed25519.PublicKey(theirs.private[32:])}, Key: ours}, strange)
	unknown := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "unknown", Trust: trust, Key: theirs}, strange)
	old := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "old", Trust: trust, Key: ours, Program: "v0"}, strange)
	broken := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "broken", Trust: trust, Key: ours, Prepare: func(*Bundle) (Doer, error) { return nil, fmt.Errorf("no lua") }}, nil)
	refuses.told.await(t, "is signed by "+ours.Public()+", which is not trusted")
	unknown.told.await(t, "the run refuses this worker: it is signed by "+theirs.Public())
	old.told.await(t, "is of test, and this worker is v0")
	broken.told.await(t, "cannot be run here: no lua")
	r.told.await(t, "the worker refuses takes no part: is signed by")
	r.told.await(t, "the worker unknown is refused: it is signed by")
	r.told.await(t, "the worker old takes no part: is of test")
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "good", Trust: trust, Key: ours, now: func() time.Time { return time.Now().Add(time.Hour) }},
		func(context.Context, *fleet.Job) Done { return Done{} })
	if sum := r.do(t); sum.OK != 5 || ran.Load() != 0 {
		t.Errorf("%+v, %d ran", sum, ran.Load())
	}
}

// TestHostileClient: somebody who may write everything to the server makes nothing run, and
// no result count.
func TestHostileClient(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	evil := s.dial()
	var ran atomic.Int32
	hold := make(chan bool)
	release := sync.OnceFunc(func() { close(hold) })
	defer release()
	begun := make(chan bool, 10)
	w := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}}, func(_ context.Context, job *fleet.Job) Done {
		ran.Add(1)
		begun <- true
		<-hold
		return Done{Outcome: fleet.Outcome{Value: []byte(`"real"`)}}
	})
	r := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, nil)
	over := make(chan *fleet.Summary, 1)
	go func() { over <- r.do(t) }()
	<-begun
	<-begun
	<-begun
	run := r.config.Bundle.Run
	send := func(subject string, data []byte) {
		if err := evil.conn.Publish(subject, data); err != nil {
			t.Error(err)
		}
	}
	// Results: noise, those of a stranger, those with a ticket that was overheard.
	private := NewSecrets().Private
	public := publicOf(private)
	stranger, err := agree(private, publicOf(r.config.Secrets.Private), public, run)
	if err != nil {
		t.Fatal(err)
	}
	r.queue.mu.Lock()
	j := r.queue.hosts["r0"]
	overheard := ticket{Host: "r0", Attempt: j.attempt}
	overheard.Sum = r.queue.tickets.sum(j.worker, &overheard)
	r.queue.mu.Unlock()
	subject := subjectResults + run
	send(subject, []byte("x"))
	send(subject, make([]byte, 200))
	for _, tk := range []ticket{{Host: "r0"}, overheard} {
		send(subject, stranger.sealUp(public, kindResults, fleet.JSON([]*result{{Ticket: tk, Value: []byte(`"forged"`)}})))
	}
	// Questions of a stranger: what it is at, steps of others, jobs that are not there.
	worker := &workerRun{w: w.Worker, b: r.config.Bundle, public: public, channel: stranger}
	if got := worker.ask(t.Context(), &ask{At: []ticket{overheard}}); got == nil || len(got.Cancel) != 1 {
		t.Errorf("%+v", got)
	}
	if got := worker.ask(t.Context(), &ask{Step: &stepAsk{Ticket: overheard, Name: "x", State: fleet.StepDone}}); got == nil || got.Wrong != "the ticket is wrong" {
		t.Errorf("%+v", got)
	}
	if got := worker.ask(t.Context(), &ask{Jobs: []attempt{{99, 1}, {j.number, 1}}}); got == nil || len(got.Jobs) != 2 || !got.Jobs[0].Over || got.Jobs[1].Host != nil {
		t.Errorf("%+v", got)
	}
	// Jobs: noise, of no run, with the wrong lock.
	queue := siteQueue(run, "")
	send(queue, []byte("x"))
	send(queue, fleet.JSON(queuedJob{77, ""}))
	send(queue, fleet.JSON(queuedJob{1 << 60, hashOf("x")}))
	// Floods.
	for i := range 3000 {
		send(subjectAsk+run, []byte("x"))
		send(subjectAnnounce, fleet.JSON(announcement{fmt.Sprintf("%x", i)}))
		send(subjectAnnounce, fleet.JSON(announcement{"../x"}))
		send(subjectNote+run, fleet.JSON(note{fmt.Sprint(i), "\x1b[2Jspam"}))
		send(subjectHurry+run, nil)
		send(subject, fmt.Append(nil, i))
	}
	if err := evil.conn.Flush(); err != nil {
		t.Error(err)
	}
	r.told.await(t, "a result was refused")
	release()
	sum := <-over
	if got := r.values(t); sum.OK != 3 || got["r0"] != `"real"` || ran.Load() != 3 {
		t.Errorf("%+v %v, %d ran", sum, got, ran.Load())
	}
	if !strings.Contains(r.told.text(), "results were refused: they did not come from workers that had the jobs") || len(r.told.list) > 3*mostTold {
		t.Errorf("%d lines are told", len(r.told.list))
	}
	// The run is over: its bundle, put back, makes nothing run.
	if err := evil.put(t.Context(), bundleObject(run), r.queue.Sealed()); err != nil {
		t.Fatal(err)
	}
	send(subjectAnnounce, fleet.JSON(announcement{run}))
	send(queue, fleet.JSON(queuedJob{1, hashOf("x")}))
	second := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, func(c *Config) { c.Bundle.Run = "ff" })
	if sum := second.do(t); sum.OK != 3 || ran.Load() != 6 {
		t.Errorf("%+v, %d ran", sum, ran.Load())
	}
}

// TestStepOfTwo: what one worker asked about a step does not answer another who numbers its
// questions alike.
func TestStepOfTwo(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	l := s.dial()
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, briefly)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan bool)
	go func() { _, _ = r.Do(ctx); close(over) }()
	r.told.await(t, "no worker")
	for i, cutOff := range []bool{false, true} {
		private := NewSecrets().Private
		public := publicOf(private)
		channel, err := agree(private, publicOf(r.config.Secrets.Private), public, r.config.Bundle.Run)
		if err != nil {
			t.Fatal(err)
		}
		r.queue.mu.Lock()
		number := r.queue.hosts["r0"].number
		r.queue.mu.Unlock()
		at := attempt{number, uint64(i + 1)}
		granted := r.queue.grantOne([32]byte(public), at, true)
		tk := ticket{Host: granted.Host.Name, Attempt: at, Sum: granted.Sum}
		worker := &workerRun{w: &Worker{c: WorkerConfig{Times: long}, link: l}, b: r.config.Bundle, public: public, channel: channel}
		for range 2 { // an answer may be lost
			got := worker.ask(t.Context(), &ask{ID: 5, Step: &stepAsk{Ticket: tk, Name: "act", State: fleet.StepBegun}})
			if got == nil || got.Step == nil || got.Step.CutOff.IsZero() == cutOff {
				t.Errorf("worker %d is told %+v", i, got)
			}
		}
		if i == 1 { // it is cut off: whoever has the job next has another attempt
			newReader(r.queue).came(&objectMessage{data: channel.sealUp(public, kindResults, fleet.JSON([]*result{{Ticket: tk, Cut: true}}))})
			if again := r.queue.grantOne([32]byte(public), at, true); !again.Over {
				t.Errorf("the attempt is granted again: %+v", again)
			}
		}
	}
	cancel()
	<-over
	r.queue.Close(false)
}
