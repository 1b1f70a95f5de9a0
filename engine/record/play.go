package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/text"
)

// PlayOptions say how a recording is shown.
type PlayOptions struct {
	Speed float64       // 2 is twice as fast as it was; 0 is 1
	Idle  time.Duration // the longest pause; 0: as long as it was
	Clock session.Clock // nil: the machine's
}

// Play writes what the peer sent, at the times at which it came.
func (r *Recording) Play(ctx context.Context, w io.Writer, o PlayOptions) error {
	if o.Speed <= 0 {
		o.Speed = 1
	}
	if o.Clock == nil {
		o.Clock = session.RealClock{}
	}
	due, before := o.Clock.Now(), time.Duration(0)
	never := make(chan struct{}, 1)
	for _, e := range r.Events {
		if e.Code != "o" {
			continue
		}
		pause := time.Duration(float64(e.Time-before) / o.Speed)
		if o.Idle > 0 {
			pause = min(pause, o.Idle)
		}
		before = e.Time
		due = due.Add(pause)
		for o.Clock.Now().Before(due) {
			if err := o.Clock.Wait(ctx, never, due); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, e.Data); err != nil {
			return err
		}
	}
	return nil
}

// WriteText writes the text that the peers sent, as a log would hold it: without
// escape sequences, a line for each of theirs. Where there are several sessions,
// each line begins with the session's name.
func (r *Recording) WriteText(w io.Writer) error {
	names := len(r.Sessions) > 1
	views := make([]*text.View, len(r.Sessions))
	displays := make([]text.Display, len(r.Sessions))
	for i := range views {
		var err error
		if views[i], err = text.NewView("utf-8"); err != nil { // what is shown is UTF-8, whatever the peer's encoding
			return err
		}
	}
	put := func(i int, lines []byte) error {
		for line := range bytes.Lines(lines) {
			prefix := ""
			if names {
				prefix = r.Sessions[i].printable() + ": "
			}
			if _, err := fmt.Fprintf(w, "%s%s\n", prefix, bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return err
			}
		}
		return nil
	}
	var shown, lines []byte
	for _, e := range r.Events {
		if e.Code != "o" {
			continue
		}
		view := views[e.Session]
		shown = view.Append(shown[:0], []byte(e.Data))
		lines = displays[e.Session].Append(lines[:0], shown, view.Edits())
		if err := put(e.Session, lines); err != nil {
			return err
		}
	}
	for i, view := range views {
		shown = view.Flush(shown[:0])
		lines = displays[i].Append(lines[:0], shown, view.Edits())
		if err := put(i, append(lines, displays[i].Open()...)); err != nil {
			return err
		}
	}
	return nil
}

// eventNames are the codes in words, for WriteJSON.
var eventNames = map[string]string{
	"o": "received", "=": "received", "<": "received", "i": "sent", ">": "sent", "r": "resized",
	"m": "mark", "w": "waited", "n": "option", "S": "opened", "x": "closed",
}

// jsonEvent is a line of WriteJSON.
type jsonEvent struct {
	Time    float64         `json:"time"` // seconds since the beginning
	Session string          `json:"session,omitempty"`
	Event   string          `json:"event"`
	Text    *string         `json:"text,omitempty"`
	Bytes   []byte          `json:"bytes,omitempty"` // in base64, where they are not UTF-8 or a telnet command
	About   json.RawMessage `json:"about,omitempty"`
}

// WriteJSON writes the events, an object on each line: time, session, event
// ("received", "sent", "resized", "mark", "waited", "option", "opened", "closed"),
// and what it is about in text, bytes (base64) or about.
func (r *Recording) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	shown := false // the next "o" holds nothing new
	for _, e := range r.Events {
		if e.Code == "@" && r.Ours {
			continue
		}
		if e.Code == "o" && shown {
			shown = false
			continue
		}
		j := jsonEvent{Time: e.Time.Seconds(), Session: r.Sessions[e.Session].printable(), Event: eventNames[e.Code]}
		switch {
		case r.Ours && (e.Code == "=" || e.Code == "<" || e.Code == ">"):
			j.Bytes, _ = latin(e.Data) // was looked at when it was read
			shown = e.Code == "="
		case r.Ours && (e.Code == "S" || e.Code == "w") && json.Valid([]byte(e.Data)):
			j.About = json.RawMessage(e.Data)
		default:
			j.Text = &e.Data
		}
		if j.Event == "" {
			j.Event = e.Code
		}
		if err := out.Encode(j); err != nil {
			return err
		}
	}
	return nil
}
