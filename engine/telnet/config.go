package telnet

// How a codec is set up, and what it grants by default.

import "slices"

// Role is the end of the connection that the codec is.
type Role uint8

// The roles.
const (
	Client Role = iota
	Server
)

// String returns "client" or "server".
func (r Role) String() string {
	if r == Server {
		return "server"
	}
	return "client"
}

// Policy is a standing answer to requests for one option.
type Policy uint8

// The policies. Accept grants the option on the sides on which it makes sense
// for the role: TTYPE="accept" lets a client tell its terminal, and does not let
// the server tell one. [Codec.Decide] can grant any side.
const (
	Default Policy = iota
	Accept
	Refuse
)

// Config says how a [Codec] is to behave. The zero value is a client that grants
// what needs no knowledge: from the peer ECHO, SGA, BINARY and EOR, to the peer
// SGA, BINARY and NAWS. The fields below make it grant more. A server grants
// ECHO, SGA, BINARY, EOR to the peer, and accepts SGA, BINARY, TTYPE and NAWS
// from it. TIMING-MARK is answered each time in both roles. Everything else is
// refused unless Policies or [Codec.Decide] say otherwise.
type Config struct {
	Role Role

	// Terminal holds the names of terminals to answer TTYPE with, the preferred
	// first. With none, DO TTYPE is refused.
	Terminal []string

	// Columns and Rows are the window's size for NAWS, 0 to 65535; 0 leaves it
	// to the peer's own default.
	Columns, Rows int

	// Environ is what NEW-ENVIRON (and OLD-ENVIRON, if Policies accept it) may
	// reveal, in this order, and nothing else is ever revealed: the process's
	// own environment is not looked at, and USER is sent only if it stands here.
	// With none, DO NEW-ENVIRON is refused. A value that begins with "-" is sent
	// as it stands, since whoever filled Environ wanted it; the [Sent] event says
	// so, because some servers have taken such a USER for an option of login.
	Environ []EnvVar

	// Charsets says whether we have the character set of that name, for CHARSET
	// requests of the peer. With nil, WILL CHARSET is refused.
	Charsets func(name string) bool

	// CharsetOffer holds the names that we request, the preferred first, as soon
	// as the peer lets us by DO CHARSET. With none, DO CHARSET is refused.
	CharsetOffer []string

	// Speed ("38400,38400" if empty), Display and Location answer TSPEED,
	// XDISPLOC and SNDLOC, if Policies or Decide accept those.
	Speed, Display, Location string

	// Policies are standing answers for single options.
	Policies map[Option]Policy

	// NoCompression refuses MCCP2 whatever Policies and Decide say: for
	// connections over TLS, where compression can leak what is encrypted.
	NoCompression bool

	// TLS accepts START-TLS, which without it is refused whatever Policies and
	// Decide say.
	TLS bool

	// Manual leaves all answers to the caller: requests and subnegotiations are
	// reported, nothing is answered and no option's state is kept. The caller
	// answers with bytes of its own.
	Manual bool
}

// EnvVar is a variable of NEW-ENVIRON. User says that it goes out as USERVAR;
// otherwise it goes out as VAR if it is one of the names that RFC 1572 knows
// (USER, JOB, ACCT, PRINTER, SYSTEMTYPE, DISPLAY), and as USERVAR if not.
type EnvVar struct {
	Name, Value string
	User        bool
}

// wellKnown says whether the name is one of the VARs of RFC 1572.
func wellKnown(name string) bool {
	return slices.Contains([]string{"USER", "JOB", "ACCT", "PRINTER", "SYSTEMTYPE", "DISPLAY"}, name)
}

// The reasons that Request and Sent events carry. They are constants so that a
// flood of requests allocates nothing.
const (
	reasonDefault  = "default"
	reasonPolicy   = "options"
	reasonAsked    = "asked for by us"
	reasonAnswer   = "answers our request"
	reasonAlready  = "already so"
	reasonManual   = "left to the caller"
	reasonStandard = "standard answer"
	reasonReplied  = "answered by the caller"
	reasonYes      = "answered by [Yes]"
	reasonNoTLS    = "no TLS to start"
	reasonOverTLS  = "no compression over TLS"
	reasonMCCP1    = "MCCP1's start cannot be told from data"
	reasonBothEcho = "both sides would echo"
	reasonUnasked  = "not asked for"
	reasonUnagreed = "option not agreed to"
	reasonSecuring = "TLS is about to start"
	reasonMust     = "the peer stops it"
)

// sides says on which sides an option makes sense.
type sides uint8

const (
	onUs sides = 1 << iota
	onHim
	onBoth = onUs | onHim
)

func (s Side) mask() sides {
	if s == Us {
		return onUs
	}
	return onHim
}

// sensible returns the sides on which a policy of Accept grants the option.
// Options unknown here are for the caller to judge.
func sensible(role Role, o Option) sides {
	var client sides
	switch o {
	case TTYPE, NAWS, TSpeed, LFlow, Linemode, XDisploc, SndLoc, OldEnviron, NewEnviron, StartTLS:
		client = onUs // what a client tells of itself
	case Echo, MCCP2, MSSP:
		client = onHim // what a server does
	default:
		return onBoth
	}
	if role == Server {
		return onBoth &^ client
	}
	return client
}

// granted returns the sides on which the option is granted by default.
func (c *Codec) granted(o Option) sides {
	server := c.config.Role == Server
	switch o {
	case SGA, Binary:
		return onBoth
	case TimingMark:
		return onUs
	case Echo, EndOfRecord:
		if server {
			return onUs
		}
		return onHim
	case NAWS:
		if server {
			return onHim
		}
		return onUs
	case TTYPE:
		if server {
			return onHim
		}
		if len(c.config.Terminal) > 0 {
			return onUs
		}
	case NewEnviron:
		if !server && len(c.config.Environ) > 0 {
			return onUs
		}
	case Charset:
		// Granting it to our side would make the peer wait for a request.
		var granted sides
		if c.config.Charsets != nil {
			granted |= onHim
		}
		if len(c.config.CharsetOffer) > 0 {
			granted |= onUs
		}
		return granted
	case StartTLS:
		if c.config.TLS {
			return sensible(c.config.Role, o)
		}
	}
	return 0
}

// verdict decides whether the side's option is granted, and why, when Decide
// says nothing.
func (c *Codec) verdict(side Side, o Option) (bool, string) {
	if reason := c.forbidden(side, o); reason != "" {
		return false, reason
	}
	granted, reason := c.granted(o), reasonDefault
	switch c.policies[o] {
	case Accept:
		granted, reason = sensible(c.config.Role, o), reasonPolicy
	case Refuse:
		granted, reason = 0, reasonPolicy
	}
	accept := granted&side.mask() != 0
	if accept && o == Echo && c.on(1-side, Echo) {
		return false, reasonBothEcho // RFC 857: each would echo the other's echo
	}
	return accept, reason
}

// forbidden returns why the option cannot be granted even if the caller wants
// it, or "".
func (c *Codec) forbidden(side Side, o Option) string {
	switch {
	case o == StartTLS && !c.config.TLS:
		return reasonNoTLS
	case o == StartTLS && sensible(c.config.Role, o)&side.mask() == 0:
		return reasonNoTLS
	case o == MCCP2 && c.config.NoCompression:
		return reasonOverTLS
	case o == MCCP1:
		return reasonMCCP1
	}
	return ""
}
