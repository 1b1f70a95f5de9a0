//go:build unix

package terminal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/terminal"
)

func newWatch(t *testing.T, action terminal.Action, patterns ...match.Pattern) *terminal.Watch {
	t.Helper()
	w, err := terminal.NewWatch(patterns, 300*time.Millisecond, action)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestInputWatch(t *testing.T) {
	o, h := newOperator(t), newHost()
	var hits []string
	watch := newWatch(t, func(_ context.Context, hit terminal.Hit) (any, bool, error) {
		hits = append(hits, fmt.Sprintf("%d %q", hit.Index, hit.Text[hit.Groups[0]:hit.Groups[1]]))
		return "told", hit.Index == 2, nil
	},
		match.Pattern{Kind: match.Exact, Source: "~x"},
		match.Pattern{Kind: match.Exact, Source: "\x1b[11~"},
		match.Pattern{Kind: match.Regex, Source: `~q+`},
	)
	endings := joined(t, o.Terminal, h, terminal.Options{OnInput: watch})
	h.sends("$ ")
	o.seen.waits(t, "$ ")
	var sent strings.Builder
	for _, step := range []struct{ keys, more string }{
		{"ab", "ab"},
		{"c~xd", "cd"},       // a match is not sent
		{"~~~y", "~~~y"},     // nor is what cannot match kept
		{"\x1b", "\x1b"},     // a lone ESC goes after a pause
		{"\x1b[A", "\x1b[A"}, // another key at once
		{"e\x1b[11~f", "ef"}, // the key in one read
		{"\x1b[1", ""},
		{"1~g~xh", "gh"}, // and in two, though slow typing may part them
	} {
		o.types(t, step.keys)
		if step.more == "" {
			continue
		}
		sent.WriteString(step.more)
		h.waits(t, func() bool { return len(h.typed) >= len(sent.String()) })
	}
	h.receives(t, sent.String())
	o.types(t, "i~qqq")
	end := <-endings
	if end.Reason != terminal.Acted || end.Value != "told" {
		t.Errorf("ended by %v", end)
	}
	h.receives(t, sent.String()+"i")
	want := `[0 "~x" 1 "\x1b[11~" 1 "\x1b[11~" 0 "~x" 2 "~qqq"]`
	if got := fmt.Sprint(hits); got != want {
		t.Errorf("matches %s, want %s", got, want)
	}
}

func TestOutputWatch(t *testing.T) {
	o, h := newOperator(t), newHost()
	watch := newWatch(t, func(ctx context.Context, hit terminal.Hit) (any, bool, error) {
		if hit.Index == 0 {
			return nil, false, h.Write(ctx, []byte("mypass\r"))
		}
		return hit.Text[hit.Groups[2]:hit.Groups[3]], true, nil
	},
		match.Pattern{Kind: match.Exact, Source: "assword: "},
		match.Pattern{Kind: match.Regex, Source: `(\w+)@\w+\$ $`},
	)
	endings := joined(t, o.Terminal, h, terminal.Options{OnOutput: watch})
	h.sends("Pass")
	h.sends("word: ")
	h.receives(t, "mypass\r")
	h.sends("\r\nroot@host$ is no prompt\r\nbrandon@demo$ ")
	end := <-endings
	if end.Reason != terminal.Acted || end.Value != "brandon" {
		t.Errorf("ended by %v", end)
	}
	if shown := o.seen.waits(t, "brandon@demo$ "); shown != "Password: \r\nroot@host$ is no prompt\r\nbrandon@demo$ " {
		t.Errorf("shown: %q", shown)
	}
}

func TestOutputBehindTheMatchStaysUnread(t *testing.T) {
	o, h := newOperator(t), newHost()
	watch := newWatch(t, func(context.Context, terminal.Hit) (any, bool, error) { return nil, true, nil },
		match.Pattern{Kind: match.Exact, Source: "stop"})
	h.sends("shown stop unread")
	end, err := o.Interact(t.Context(), h, terminal.Options{OnOutput: watch})
	if err != nil || end.Reason != terminal.Acted {
		t.Fatal(end, err)
	}
	if string(h.out) != " unread" {
		t.Errorf("unread: %q", h.out)
	}
	o.seen.waits(t, "shown stop\r\n")
}
