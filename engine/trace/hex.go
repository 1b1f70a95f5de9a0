package trace

import (
	"fmt"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

const (
	hexBytes = 16 // in a line
	hexLines = 32 // of a burst
)

// hexDump shows one direction of a connection in hex.
type hexDump struct {
	watched *watched
	dir     string
	masker  *mask.Masker
	veil    *mask.Veil
	known   int      // how many secrets the masker has learned
	cells   []string // of the line that is not full yet
	shown   int      // lines of this burst
	left    int      // bytes left out of it
}

func newWire(v *watched, direction string, telnet bool) hexDump {
	w := hexDump{watched: v, dir: direction, masker: mask.New()}
	w.veil = mask.NewVeil(w.masker)
	w.veil.Telnet = telnet
	return w
}

// add takes bytes of the connection.
func (w *hexDump) add(o *session.Observation) {
	w.learn()
	w.veil.Spans(o.Bytes, func(n int, p []byte) { w.span(o.Time, n, p) })
	w.row(o.Time)
}

// learn makes the secrets that are new known to the masker, as they are on the
// wire: in UTF-8 and in the peer's encoding, and with 0xFF doubled (RFC 854).
func (w *hexDump) learn() {
	list := w.watched.t.config.Secrets
	if list.Len() == w.known {
		return
	}
	all := list.All()
	w.known = len(all)
	for _, secret := range all {
		w.masker.Add(secret)
		for _, form := range mask.OnWire(secret.Value) {
			w.masker.Add(mask.Secret{Name: secret.Name, Value: form})
		}
		encoder, err := text.NewEncoder(w.watched.encoding)
		if err != nil {
			continue // UTF-8, or none that text could be in
		}
		if encoded, err := encoder.Append(nil, secret.Value); err == nil {
			w.masker.Add(mask.Secret{Name: secret.Name, Value: string(encoded)})
			for _, form := range mask.OnWire(string(encoded)) {
				w.masker.Add(mask.Secret{Name: secret.Name, Value: form})
			}
		}
	}
}

// span takes n bytes that are p, or that a placeholder p stands for.
func (w *hexDump) span(now time.Time, n int, p []byte) {
	if len(p) != n { // a secret, or what lies behind its placeholder
		if p != nil {
			w.cell(now, string(p))
		}
		return
	}
	for i, b := range p {
		if w.shown >= hexLines {
			w.left += len(p) - i
			return
		}
		w.cell(now, fmt.Sprintf("%02x", b))
	}
}

func (w *hexDump) cell(now time.Time, text string) {
	w.cells = append(w.cells, text)
	if len(w.cells) == hexBytes {
		w.row(now)
	}
}

// row shows the line as far as it is.
func (w *hexDump) row(now time.Time) {
	if len(w.cells) == 0 {
		return
	}
	w.watched.line(now, w.dir, "hex "+strings.Join(w.cells, " "))
	w.cells = w.cells[:0]
	w.shown++
}

// flush ends the burst.
func (w *hexDump) flush(now time.Time) {
	if w.left > 0 {
		w.watched.line(now, w.dir, fmt.Sprintf("hex ... %d bytes left out", w.left))
	}
	w.shown, w.left = 0, 0
}

// end shows what was held back because it could have become a secret.
func (w *hexDump) end(now time.Time) {
	w.veil.FlushSpans(func(n int, p []byte) { w.span(now, n, p) })
	w.row(now)
	w.flush(now)
}

// switched is told of the peer's new encoding.
func (v *watched) switched(ev telnet.Event) {
	v.encoding = string(ev.Data)
	v.wireIn.known, v.wireOut.known = 0, 0
}
