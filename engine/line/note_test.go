package line

import "testing"

// TestNotes: what a recording keeps of an item is what a replay makes of it.
func TestNotes(t *testing.T) {
	for note, want := range map[string]Item{
		"echo off":     {Kind: EchoOff},
		"echo on":      {Kind: EchoOn},
		"window 80x24": {Kind: Window, Columns: 80, Rows: 24},
		"exit 3":       {Kind: Exited, Exit: Exit{Code: 3}},
		"signal TERM":  {Kind: Exited, Exit: Exit{Signal: "TERM"}},
	} {
		it, ok := ParseNote(note)
		if !ok || it.Kind != want.Kind || it.Exit != want.Exit || it.Columns != want.Columns || it.Rows != want.Rows || it.Note() != note {
			t.Errorf("%q: %+v, %v, %q", note, it, ok, it.Note())
		}
	}
	for _, note := range []string{"", "echo", "window 80", "window axb", "exit", "exit x", "signal ", "x"} {
		if it, ok := ParseNote(note); ok {
			t.Errorf("%q is %+v", note, it)
		}
	}
	if it := (&Item{Kind: Prompt}); it.Note() != "" {
		t.Errorf("a prompt has the note %q", it.Note())
	}
}
