package trace

import (
	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// shownPayload is how much of a subnegotiation is shown, in bytes.
const shownPayload = 80

// negotiated shows what the codec told.
func (v *watched) negotiated(o *session.Observation) {
	ev := o.Event
	payload := ""
	if len(ev.Data) > 0 {
		payload = " " + diagnose.QuoteMiddle(v.t.hidden(string(ev.Data)), shownPayload)
	}
	reason := ""
	if ev.Reason != "" {
		reason = " (" + ev.Reason + ")"
	}
	subject := ev.Command.String()
	switch ev.Command {
	case telnet.SB, telnet.WILL, telnet.WONT, telnet.DO, telnet.DONT:
		subject += " " + ev.Option.String()
	}
	switch ev.Kind {
	case telnet.Request:
		if ev.Open {
			reason = "" // the answer tells it
		}
		v.line(o.Time, "<", subject+reason)
	case telnet.Sent:
		v.line(o.Time, ">", subject+payload+reason)
	case telnet.Subnegotiation:
		v.line(o.Time, "<", "SB "+ev.Option.String()+payload+reason)
	case telnet.CommandEvent, telnet.Fenced:
		v.line(o.Time, "<", subject+reason)
	case telnet.Changed:
		side, state := "our", "off"
		if ev.Side == telnet.Him {
			side = "peer"
		}
		if ev.On {
			state = "on"
		}
		v.line(o.Time, "=", side+" "+ev.Option.String()+" "+state)
	case telnet.CharsetChanged:
		v.switched(ev)
		v.line(o.Time, "=", "charset"+payload)
	case telnet.Compress:
		v.line(o.Time, "=", "compressed by the peer from here on (MCCP2)")
	case telnet.Secure:
		v.line(o.Time, "=", "TLS from here on (START-TLS)")
	case telnet.Fault:
		if ev.Command == 0 {
			subject = ""
		} else {
			subject = " " + subject
		}
		v.line(o.Time, "=", "fault of the peer's protocol"+subject+reason)
	}
}
