package workers

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/moonwire/moonwire/engine/fleet"
)

// startCluster starts a cluster of three servers.
func startCluster(t *testing.T) []*testServer {
	t.Helper()
	var all []*testServer
	var routes []*url.URL
	var ports []int
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.2:0") // whose ports the servers for clients do not take
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	for i := range 3 {
		s := startServer(t, func(o *server.Options) {
			o.ServerName, o.NoSystemAccount = fmt.Sprintf("s%d", i), false
			o.Cluster = server.ClusterOpts{Name: "moonwire", Host: "127.0.0.2", Port: ports[i]}
			o.Routes = routes
		})
		all = append(all, s)
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for late := time.Now().Add(time.Minute); ; <-again.C { // nobody says when
		ready := 0
		for _, s := range all {
			if s.s.JetStreamIsCurrent() && s.s.NumRoutes() > 1 {
				ready++
			}
		}
		if ready == 3 {
			return all
		}
		if time.Now().After(late) {
			t.Fatal("the cluster has no leader")
		}
	}
}

// TestCluster: a run goes on when a server of a cluster ends, whichever it is.
func TestCluster(t *testing.T) {
	waitsForExpiry(t) // servers elect a leader by time
	t.Parallel()
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { testCluster(t, i) })
	}
}

func testCluster(t *testing.T, ends int) {
	all := startCluster(t)
	var urls []string
	for _, s := range all {
		urls = append(urls, s.url())
	}
	at := Server{URL: strings.Join(urls, ",")}
	begun, goOn := make(chan bool, 100), make(chan bool)
	release := sync.OnceFunc(func() { close(goOn) })
	defer release()
	startWorker(t, WorkerConfig{Server: at, At: 3}, func(ctx context.Context, job *fleet.Job) Done {
		begun <- true
		select {
		case <-goOn:
		case <-ctx.Done():
			return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "cut off"}}}
		}
		if _, _, err := job.Steps.Begin("act", false); err != nil {
			t.Error(err)
		}
		return Done{Outcome: fleet.Outcome{Value: []byte("1")}}
	})
	r := newRun(t, at.URL, hostsOf(9), fleet.Rules{At: 9}, nil)
	over := make(chan *fleet.Summary, 1)
	go func() { over <- r.do(t) }()
	for range 3 {
		<-begun
	}
	st, err := r.queue.link.js.Stream(t.Context(), jobsStream)
	if err != nil || st.CachedInfo().Config.Replicas != 3 {
		t.Fatalf("%v", err)
	}
	all[ends].stop()
	release()
	if sum := <-over; sum.OK != 9 {
		t.Errorf("%+v\n%s", sum, r.told.text())
	}
}
