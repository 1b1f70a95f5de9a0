package record

import (
	"encoding/json"
	"io"

	"github.com/moonwire/moonwire/engine/mask"
)

// Mask writes a recording of moonwire's anew, with secrets hidden that were not
// known when it was made.
func (r *Recording) Mask(out io.Writer, program string, secrets []mask.Secret) error {
	list := &mask.Secrets{}
	for _, s := range secrets {
		list.Add(s)
	}
	w := &writer{options: &Options{Secrets: list}}
	w.header = header{
		Version: 2, Width: r.Columns, Height: r.Rows, Title: w.options.hidden(r.Title),
		Env: map[string]string{"TERM": "xterm"}, Moonwire: &ours{Format: formatVersion, Program: program},
	}
	if !r.Began.IsZero() {
		w.header.Timestamp = float64(r.Began.UnixMilli()) / 1000
	}
	tracks := make([]*track, len(r.Sessions))
	for i, s := range r.Sessions {
		t := &track{number: i + 1}
		t.prepare(list, s.Telnet, s.Encoding)
		tracks[i] = t
	}
	shown := false // the next "o" holds nothing new
	for _, e := range r.Events {
		it := item{track: tracks[e.Session], code: e.Code[0], at: e.Time, text: e.Data}
		data := []byte(e.Data)
		switch e.Code {
		case "@":
			continue
		case "o":
			if shown {
				shown = false
				continue
			}
		case "=", "<", ">":
			data, _ = latin(e.Data) // was looked at when it was read
			shown = e.Code == "="
			it.code = 'o'
			if e.Code == ">" {
				it.code = 'i'
			}
		case "S":
			s := r.Sessions[e.Session]
			it.text = string(appendJSON(nil, begun{e.Session + 1, w.options.hidden(s.Name), w.options.hidden(s.Address), s.Telnet, s.Encoding, w.options.hidden(s.Opener)}))
		case "w":
			var ended waited
			if json.Unmarshal([]byte(e.Data), &ended) == nil {
				ended.Matched, ended.Error = w.options.hidden(ended.Matched), w.options.hidden(ended.Error)
				it.text = string(appendJSON(nil, ended))
			} else { // a later moonwire's
				it.text = string(appendText(nil, []byte(w.options.hidden(e.Data))))
			}
		}
		w.take(it, data)
		if len(w.lines) > 1<<20 {
			if err := w.flush(out); err != nil {
				return err
			}
		}
	}
	w.finish(tracks)
	return w.flush(out)
}
