//go:build unix

package cli

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestSecretInterrupted: a ^C ends the program and then comes to moonwire. It is no failure
// of the program's.
func TestSecretInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	time.AfterFunc(interruptTime/2, func() { cancel(enough) })
	var p secretPrograms
	if _, err := p.secret(ctx, "x", "sh -c 'kill -INT $$'", nil); !errors.Is(err, enough) {
		t.Errorf("interrupted: %v", err)
	}
}
