package record_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/moonwire/moonwire/engine"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
)

// Record a session with a host, then play it back to the same code: the host is not
// needed, and no time passes.
func ExampleRecorder() {
	ctx := context.Background()
	greet := func(s *session.Session) (string, error) {
		if _, err := s.ReadUntil(ctx, "login: ", session.WaitOptions{}); err != nil {
			return "", err
		}
		if err := s.Write(ctx, "brandon\n", session.WriteOptions{}); err != nil {
			return "", err
		}
		return s.ReadUntil(ctx, "assword: ", session.WaitOptions{})
	}

	var file bytes.Buffer
	recorder := record.NewRecorder(&file, record.Options{})
	s, err := engine.Open(ctx, "demo://", engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	recorder.Add(s)
	live, err := greet(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.Close()
	if err := recorder.Close(); err != nil {
		fmt.Println(err)
		return
	}

	recording, err := record.Read(&file, "demo.cast")
	if err != nil {
		fmt.Println(err)
		return
	}
	replay := recording.Replay(record.ReplayOptions{Faults: record.NoFaults})
	conn, err := replay.Dial(record.Opening{Address: "demo://"})
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := session.New(tline.New(conn, tline.Config{}), session.Config{Clock: replay.Clock()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer again.Close()
	played, err := greet(again)
	fmt.Println(played == live, err, len(replay.Differences()))
	// Output: true <nil> 0
}
