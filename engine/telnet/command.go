package telnet

// The commands: what follows an IAC.

import (
	"strconv"
	"strings"
)

// Command is the byte after an IAC.
type Command byte

// The commands of RFC 854, with those of RFC 885 (EOR) and RFC 1184 (EOF, SUSP,
// ABORT).
const (
	EOF   Command = 236
	SUSP  Command = 237
	ABORT Command = 238
	EOR   Command = 239 // end of record: the text before it is a prompt
	SE    Command = 240 // end of a subnegotiation
	NOP   Command = 241
	DM    Command = 242 // data mark, the end of a SYNCH
	BRK   Command = 243
	IP    Command = 244 // interrupt process
	AO    Command = 245 // abort output
	AYT   Command = 246 // are you there
	EC    Command = 247 // erase character
	EL    Command = 248 // erase line
	GA    Command = 249 // go ahead: the text before it is a prompt
	SB    Command = 250 // begin of a subnegotiation
	WILL  Command = 251
	WONT  Command = 252
	DO    Command = 253
	DONT  Command = 254
	IAC   Command = 255 // interpret as command; doubled, a data byte of value 255
)

const iac = byte(IAC)

var commandNames = [...]string{
	"EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DM", "BRK", "IP", "AO", "AYT",
	"EC", "EL", "GA", "SB", "WILL", "WONT", "DO", "DONT", "IAC",
}

// Known says whether the byte is a telnet command at all.
func (c Command) Known() bool { return c >= EOF }

// String returns the command's name, or its number in decimal where it has none.
func (c Command) String() string {
	if c.Known() {
		return commandNames[c-EOF]
	}
	return strconv.Itoa(int(c))
}

// CommandByName finds a command by its name, in any case.
func CommandByName(name string) (Command, bool) {
	name = strings.ToUpper(name)
	for i, known := range commandNames {
		if known == name {
			return EOF + Command(i), true
		}
	}
	return 0, false
}

// negotiates says whether an option follows the command.
func (c Command) negotiates() bool { return c >= WILL && c <= DONT }
