package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of one host's dialogue, in bytes.
const (
	mostLog   = 64 << 10  // the end of the log
	mostEvent = 256 << 10 // of a recording's events
	mostRead  = 2 << 20   // that is read of a recording
)

// A dialogue is what the page has of a host's log and recording.
type dialogue struct {
	Log    string `json:"log,omitempty"`
	Before int64  `json:"before,omitempty"` // bytes of the log that are left out
	// Events are [seconds, session, code, data]: of the codes "o", "i", "m" and "x".
	Events [][4]any `json:"events,omitempty"`
	Names  []string `json:"names,omitempty"` // of the sessions
	Size   [2]int   `json:"size,omitzero"`   // columns, rows
	Cut    bool     `json:"cut,omitempty"`   // events are left out
	// Files are the names of the host's logs and recordings, the newest last.
	Files []string `json:"files,omitempty"`
}

// dialogues writes the dialogues, each in a block of its own which the script unpacks
// when it is looked at: those of hosts that failed first.
func (p *page) dialogues() {
	order := make([]int, 0, len(p.hosts))
	for i := range p.hosts {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.hosts[a].rank() - p.hosts[b].rank() })
	room := p.Dialogues
	if room == 0 {
		room = MostDialogues
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for _, i := range order {
		d := p.dialogue(p.hosts[i])
		if d == nil {
			continue
		}
		packed.Reset()
		z.Reset(&packed)
		_ = json.NewEncoder(z).Encode(d) // into memory
		_ = z.Close()
		text := base64.StdEncoding.EncodeToString(packed.Bytes())
		if room -= len(text); room < 0 {
			p.printf("<script type=\"text/plain\" id=\"full\">%s</script>\n", "full")
			return
		}
		p.printf("<script type=\"text/plain\" id=\"d%d\">%s</script>\n", i, text)
	}
}

// rank is the place of a host's dialogue in the page.
func (h *host) rank() int {
	switch {
	case !h.done:
		return 2
	case h.ok:
		return 1
	}
	return 0
}

// dialogue reads what is there of a host, nil if that is nothing.
func (p *page) dialogue(h *host) *dialogue {
	d := &dialogue{}
	logs, casts := p.Folder.Logs(h.of.Name), p.Folder.Recordings(h.of.Name)
	for _, path := range slices.Concat(logs, casts) {
		d.Files = append(d.Files, filepath.Base(path))
	}
	if len(d.Files) == 0 {
		return nil
	}
	if n := len(logs); n > 0 {
		d.readLog(logs[n-1])
	}
	if n := len(casts); n > 0 {
		d.readCast(casts[n-1])
	}
	return d
}

// readLog reads the end of a log.
func (d *dialogue) readLog(path string) {
	var text []byte
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var size int64
		size, err = f.Seek(0, io.SeekEnd)
		d.Before = max(0, size-mostLog)
		if err == nil {
			text, err = io.ReadAll(io.NewSectionReader(f, d.Before, mostLog))
		}
	}
	d.Log = strings.ToValidUTF8(string(text), "\ufffd")
	if err != nil {
		d.Before = 0
		d.Log += "(the log cannot be read: " + err.Error() + ")"
	}
}

// readCast reads what a recording shows: what the host said and what was written, not the
// bytes of protocols.
func (d *dialogue) readCast(path string) {
	f, err := os.Open(path)
	if err != nil {
		d.Cut = true
		return
	}
	defer f.Close()
	r := bufio.NewReaderSize(io.LimitReader(f, mostRead), 8<<10)
	session, size := 0, 0
	known := make(map[string]int) // sessions by their numbers
	for first := true; ; first = false {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			rest, _ := f.Read(make([]byte, 1))
			d.Cut = d.Cut || rest > 0
			return
		}
		if err != nil {
			d.Cut = true
			return
		}
		if first {
			d.header(line)
			continue
		}
		var at float64
		var code, data string
		if err := json.Unmarshal(line, &[]any{&at, &code, &data}); err != nil {
			continue // an event of a kind that is not known
		}
		switch code {
		case "S":
			var s struct {
				Session json.Number
				Name    string
			}
			_ = json.Unmarshal([]byte(data), &s) // else it has no name
			session = len(d.Names)
			known[s.Session.String()] = session
			d.Names = append(d.Names, s.Name)
		case "@":
			session = known[data]
		case "o", "i", "m", "x":
			if size += len(data) + 20; size > mostEvent {
				d.Cut = true
				return
			}
			d.Events = append(d.Events, [4]any{at, session, code, data})
		}
	}
}

// header reads a recording's first line.
func (d *dialogue) header(line []byte) {
	var h struct{ Width, Height int }
	_ = json.Unmarshal(line, &h) // else it has no size
	d.Size = [2]int{min(max(h.Width, 20), 500), min(max(h.Height, 5), 200)}
	if h.Width == 0 {
		d.Size = [2]int{80, 24}
	}
}
