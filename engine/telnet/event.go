package telnet

// What Next returns.

import "fmt"

// Kind says what an [Event] is.
type Kind uint8

// The kinds of events. The comment names the fields of [Event] that are set
// beside Kind.
const (
	// None: nothing more to tell, all of the input is used up.
	None Kind = iota

	// Data: bytes from the peer, free of commands. Data aliases the input.
	Data

	// CommandEvent: a command of two bytes came, GA, EOR, AYT, DM and so on.
	// Command; Reason if it is unknown or out of place. The codec has answered
	// an AYT already when it is the server.
	CommandEvent

	// Request: WILL, WONT, DO or DONT came, and is answered by the following
	// call of Next. Command, Option; Open if there is a choice, which
	// [Codec.Decide] may make; On says what is chosen without it, and Reason
	// why, or why there is no choice.
	Request

	// Changed: an option went on or off, here. Side, Option, On.
	Changed

	// Subnegotiation: Option and, in Data, its payload with IAC IAC undoubled.
	// The standard answer, if there is one, goes out by the following call of
	// Next unless [Codec.Reply] or [Codec.Suppress] speaks first. Reason is set
	// if it came out of place and will not be answered.
	Subnegotiation

	// Sent: the codec has put something in its output: Command and Reason, with
	// Option if the command is WILL, WONT, DO, DONT or SB, and with SB the
	// payload as it goes over the wire (IAC doubled) in Data.
	Sent

	// Fenced: WILL or WONT TIMING-MARK came in answer to [Codec.Fence]: the peer
	// has worked through everything that was sent before. Command, Option.
	Fenced

	// CharsetChanged: by CHARSET (RFC 2066) both sides have agreed on the
	// character set that Data names; it holds for the data after this event.
	CharsetChanged

	// Compress: from the next byte on the peer's bytes are compressed (MCCP2).
	// Next has not used any byte after the announcement: the caller puts an
	// [Inflater] under itself and hands over those bytes.
	Compress

	// Secure: from the next byte on TLS is spoken (START-TLS), in both
	// directions. Next has used no byte after this place, all that has to go out
	// before the handshake is in the output, and all options are off again,
	// as Changed events tell next.
	Secure

	// Fault: the peer broke the protocol, and how the codec went on. Reason;
	// Command if it is known, and Option if the command is WILL, WONT, DO, DONT
	// or SB. Of an empty subnegotiation Command is SE.
	Fault
)

var kindNames = [...]string{
	"none", "data", "command", "request", "changed", "subnegotiation", "sent",
	"fenced", "charset", "compress", "secure", "fault",
}

// String returns the kind in a word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Side is one of the two ends of a connection, each of which has options of its
// own: Us is the end that runs the codec, Him its peer (the words of RFC 1143).
type Side uint8

// The sides. Us goes on by WILL sent and DO received, Him by DO sent and WILL
// received.
const (
	Us Side = iota
	Him
)

// String returns "us" or "him".
func (s Side) String() string {
	if s == Us {
		return "us"
	}
	return "him"
}

// verb returns the command by which we speak of this side's option.
func (s Side) verb(on bool) Command {
	switch {
	case s == Us && on:
		return WILL
	case s == Us:
		return WONT
	case on:
		return DO
	default:
		return DONT
	}
}

// Event is what [Codec.Next] returns. Data is valid until the next call of a
// method of the codec. Which fields are set depends on the [Kind].
type Event struct {
	Kind    Kind
	Command Command
	Option  Option
	Side    Side
	On      bool
	Open    bool
	Data    []byte
	Reason  string
}

// String returns the event as a line for a log: `request WILL ECHO: accept
// (default)`.
func (e Event) String() string {
	switch e.Kind {
	case None:
		return "none"
	case Data:
		return fmt.Sprintf("data %q", e.Data)
	case CommandEvent:
		return "command " + e.Command.String() + e.reason()
	case Request:
		choice := ""
		if e.Open {
			choice = ": refuse"
			if e.On {
				choice = ": accept"
			}
		}
		return fmt.Sprintf("request %v %v%s%s", e.Command, e.Option, choice, e.reason())
	case Changed:
		state := "off"
		if e.On {
			state = "on"
		}
		return fmt.Sprintf("changed %v %v %s", e.Side, e.Option, state)
	case Subnegotiation:
		return fmt.Sprintf("subnegotiation %v %q%s", e.Option, e.Data, e.reason())
	case Sent:
		switch {
		case e.Command == SB:
			return fmt.Sprintf("sent SB %v %q%s", e.Option, e.Data, e.reason())
		case e.Command.negotiates():
			return fmt.Sprintf("sent %v %v%s", e.Command, e.Option, e.reason())
		default:
			return "sent " + e.Command.String() + e.reason()
		}
	case Fenced:
		return fmt.Sprintf("fenced %v", e.Command)
	case CharsetChanged:
		return fmt.Sprintf("charset %q", e.Data)
	case Compress, Secure:
		return e.Kind.String()
	case Fault:
		return "fault" + e.subject() + e.reason()
	default:
		return e.Kind.String()
	}
}

// subject returns what a fault is about, as far as it is known.
func (e Event) subject() string {
	switch {
	case e.Command == 0:
		return ""
	case e.Command >= SB && e.Command <= DONT:
		return fmt.Sprintf(" %v %v", e.Command, e.Option)
	default:
		return " " + e.Command.String()
	}
}

func (e Event) reason() string {
	if e.Reason == "" {
		return ""
	}
	return " (" + e.Reason + ")"
}
