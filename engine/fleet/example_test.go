package fleet_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/moonwire/moonwire/engine"
	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/session"
)

// login is a worker that logs in to a host and keeps what it greets with.
type login struct{}

// Run implements [fleet.Worker].
func (login) Run(ctx context.Context, job *fleet.Job) fleet.Outcome {
	failed := func(err error) fleet.Outcome {
		return fleet.Outcome{Error: &fleet.Failure{Kind: "own", Reason: err.Error(), Message: err.Error()}}
	}
	s, err := engine.Open(ctx, job.Host.Address, engine.Options{})
	if err != nil {
		return failed(err)
	}
	defer s.Close()
	if _, err := s.ReadUntil(ctx, "login: ", session.WaitOptions{}); err != nil {
		return failed(err)
	}
	return fleet.Outcome{Value: fleet.JSON("asks for a name")}
}

// A run does the same on each host of an inventory, and keeps one result for each in its
// folder: also if the program is killed and the run goes on later (OpenJournal).
func ExampleRun() {
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	hosts, err := fleet.Parse("hosts.csv", []byte("name,address\nr1,demo://\nr2,demo://\n"))
	if err != nil {
		log.Fatal(err)
	}
	header := &fleet.Header{Run: "example"}
	for _, h := range hosts {
		header.Hosts = append(header.Hosts, [2]string{h.Name, h.Sum()})
	}
	folder, err := fleet.CreateFolder(filepath.Join(dir, "run"))
	if err != nil {
		log.Fatal(err)
	}
	journal, err := fleet.CreateJournal(string(folder), header)
	if err != nil {
		log.Fatal(err)
	}
	run := fleet.NewRun()
	run.Hosts, run.Rules, run.Journal, run.Worker = hosts, fleet.Rules{At: 10}, journal, login{}
	summary, err := run.Do(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.OK, "of", len(hosts))
	_ = run.Results(func(h *fleet.Host, r *fleet.Result) error {
		fmt.Println(h.Name, string(r.Value))
		return nil
	})
	if err := journal.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 of 2
	// r1 "asks for a name"
	// r2 "asks for a name"
}
