package record_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/luabind"
)

// TestGeneratedScriptsReplay: a script that is made of a recording does what the
// recording has, however that is cut.
func TestGeneratedScriptsReplay(t *testing.T) {
	for _, test := range record.GeneratedScripts() {
		name, lines := test.Lines()
		t.Run(name, func(t *testing.T) {
			recording := record.Handwritten(t, lines...)
			script, secrets, err := recording.Script(time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			for _, cuts := range append(recording.All(), record.Cuts{Mode: record.AsRecorded}, record.Cuts{Mode: record.Whole}, record.Cuts{Mode: record.Bytes}) {
				run := recording.Replay(record.ReplayOptions{Cuts: cuts, Faults: record.NoFaults})
				var out bytes.Buffer
				config := luabind.Config{Stdout: &out, Secret: func(_ context.Context, name string) (string, error) {
					for _, s := range secrets {
						if s.Name == name {
							return s.Value, nil
						}
					}
					return "", errors.New("it is not known")
				}}
				luabind.Offline(&config, run)
				in := luabind.New(config)
				in.SetArgs("generated.lua", nil)
				err := in.Run(t.Context(), []byte(script), "generated.lua")
				in.Close()
				if err != nil || len(run.Differences()) > 0 {
					t.Fatalf("%v: %v, differences %v\n%s", cuts, err, run.Differences(), script)
				}
			}
		})
	}
}
