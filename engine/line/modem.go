package line

import "strings"

// Modem is the state of a serial port's control lines.
type Modem struct {
	DTR, RTS            bool // ours
	CTS, DSR, DCD, Ring bool // the other side's
}

// Changes says what is another than before, "" if nothing is.
func (m Modem) Changes(before Modem) string {
	var told []string
	for _, l := range [...]struct {
		name    string
		was, is bool
	}{
		{"DTR", before.DTR, m.DTR},
		{"RTS", before.RTS, m.RTS},
		{"CTS", before.CTS, m.CTS},
		{"DSR", before.DSR, m.DSR},
		{"DCD", before.DCD, m.DCD},
		{"RING", before.Ring, m.Ring},
	} {
		switch {
		case l.is && !l.was:
			told = append(told, l.name+" on")
		case l.was && !l.is:
			told = append(told, l.name+" off")
		}
	}
	if told == nil {
		return ""
	}
	return "modem: " + strings.Join(told, ", ")
}

// Modemer is a line with the control lines of a serial port.
type Modemer interface {
	// Modem is their state as it was last told or seen.
	Modem() (Modem, error)
	// SetModem sets ours; nil leaves one as it is.
	SetModem(dtr, rts *bool) error
	// Purge throws away what the port has received and nobody read, or what it has not
	// sent yet.
	Purge(in, out bool) error
}

// Breakable is a line on which a break lasts until it is ended.
type Breakable interface{ SetBreak(on bool) error }
