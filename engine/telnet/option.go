package telnet

// The options: their registered numbers and names.

import (
	"strconv"
	"strings"
)

// Option is the number of a telnet option. Its String is the name that traces
// and scripts use.
type Option byte

// The options of the IANA registry "Telnet Options", and those that MUD servers
// use without being registered there (MSDP to GMCP).
const (
	Binary            Option = 0  // RFC 856
	Echo              Option = 1  // RFC 857
	Reconnection      Option = 2  // NIC 15391
	SGA               Option = 3  // suppress go-ahead, RFC 858
	MessageSize       Option = 4  // approximate message size, NIC 15393
	Status            Option = 5  // RFC 859
	TimingMark        Option = 6  // RFC 860
	RCTE              Option = 7  // remote controlled transmission and echo, RFC 726
	NAOL              Option = 8  // output line width
	NAOP              Option = 9  // output page size
	NAOCRD            Option = 10 // carriage-return disposition, RFC 652
	NAOHTS            Option = 11 // horizontal tab stops, RFC 653
	NAOHTD            Option = 12 // horizontal tab disposition, RFC 654
	NAOFFD            Option = 13 // form-feed disposition, RFC 655
	NAOVTS            Option = 14 // vertical tab stops, RFC 656
	NAOVTD            Option = 15 // vertical tab disposition, RFC 657
	NAOLFD            Option = 16 // line-feed disposition, RFC 658
	ExtendASCII       Option = 17 // RFC 698
	Logout            Option = 18 // RFC 727
	ByteMacro         Option = 19 // RFC 735
	DataEntryTerminal Option = 20 // RFC 1043
	SUPDUP            Option = 21 // RFC 736
	SUPDUPOutput      Option = 22 // RFC 749
	SndLoc            Option = 23 // send location, RFC 779
	TTYPE             Option = 24 // terminal type, RFC 1091
	EndOfRecord       Option = 25 // RFC 885
	TUID              Option = 26 // TACACS user identification, RFC 927
	OutputMark        Option = 27 // RFC 933
	TTYLoc            Option = 28 // terminal location number, RFC 946
	Regime3270        Option = 29 // RFC 1041
	X3PAD             Option = 30 // RFC 1053
	NAWS              Option = 31 // window size, RFC 1073
	TSpeed            Option = 32 // terminal speed, RFC 1079
	LFlow             Option = 33 // remote flow control, RFC 1372
	Linemode          Option = 34 // RFC 1184
	XDisploc          Option = 35 // X display location, RFC 1096
	OldEnviron        Option = 36 // RFC 1408
	Authentication    Option = 37 // RFC 2941
	Encrypt           Option = 38 // RFC 2946
	NewEnviron        Option = 39 // RFC 1572
	TN3270E           Option = 40 // RFC 2355
	XAuth             Option = 41
	Charset           Option = 42 // RFC 2066
	RemoteSerialPort  Option = 43
	ComPort           Option = 44 // RFC 2217
	SuppressLocalEcho Option = 45
	StartTLS          Option = 46
	Kermit            Option = 47 // RFC 2840
	SendURL           Option = 48
	ForwardX          Option = 49
	MSDP              Option = 69
	MSSP              Option = 70
	MCCP1             Option = 85 // COMPRESS
	MCCP2             Option = 86 // COMPRESS2
	MSP               Option = 90
	MXP               Option = 91
	ZMP               Option = 93
	PragmaLogon       Option = 138
	SSPILogon         Option = 139
	PragmaHeartbeat   Option = 140
	ATCP              Option = 200
	GMCP              Option = 201
	ExtendedOptions   Option = 255 // RFC 861
)

var optionNames = [256]string{
	Binary: "BINARY", Echo: "ECHO", Reconnection: "RCP", SGA: "SGA", MessageSize: "NAMS",
	Status: "STATUS", TimingMark: "TIMING-MARK", RCTE: "RCTE", NAOL: "NAOL", NAOP: "NAOP",
	NAOCRD: "NAOCRD", NAOHTS: "NAOHTS", NAOHTD: "NAOHTD", NAOFFD: "NAOFFD", NAOVTS: "NAOVTS",
	NAOVTD: "NAOVTD", NAOLFD: "NAOLFD", ExtendASCII: "XASCII", Logout: "LOGOUT", ByteMacro: "BM",
	DataEntryTerminal: "DET", SUPDUP: "SUPDUP", SUPDUPOutput: "SUPDUP-OUTPUT", SndLoc: "SNDLOC",
	TTYPE: "TTYPE", EndOfRecord: "EOR", TUID: "TUID", OutputMark: "OUTMRK", TTYLoc: "TTYLOC",
	Regime3270: "3270-REGIME", X3PAD: "X3PAD", NAWS: "NAWS", TSpeed: "TSPEED", LFlow: "LFLOW",
	Linemode: "LINEMODE", XDisploc: "XDISPLOC", OldEnviron: "OLD-ENVIRON",
	Authentication: "AUTHENTICATION", Encrypt: "ENCRYPT", NewEnviron: "NEW-ENVIRON",
	TN3270E: "TN3270E", XAuth: "XAUTH", Charset: "CHARSET", RemoteSerialPort: "RSP",
	ComPort: "COM-PORT", SuppressLocalEcho: "SLE", StartTLS: "START-TLS", Kermit: "KERMIT",
	SendURL: "SEND-URL", ForwardX: "FORWARD-X", MSDP: "MSDP", MSSP: "MSSP", MCCP1: "MCCP1",
	MCCP2: "MCCP2", MSP: "MSP", MXP: "MXP", ZMP: "ZMP", PragmaLogon: "PRAGMA-LOGON",
	SSPILogon: "SSPI-LOGON", PragmaHeartbeat: "PRAGMA-HEARTBEAT", ATCP: "ATCP", GMCP: "GMCP",
	ExtendedOptions: "EXOPL",
}

// optionAliases are other names in use for the same options: those of RFCs, of
// arpa/telnet.h and of Python's telnetlib.
var optionAliases = [...]struct {
	name   string
	option Option
}{
	{"TM", TimingMark},
	{"SUPPRESS-GO-AHEAD", SGA},
	{"TERMINAL-TYPE", TTYPE},
	{"END-OF-RECORD", EndOfRecord},
	{"TERMINAL-SPEED", TSpeed},
	{"TOGGLE-FLOW-CONTROL", LFlow},
	{"SEND-LOCATION", SndLoc},
	{"X-DISPLAY-LOCATION", XDisploc},
	{"ENVIRON", OldEnviron},
	{"SUPDUPOUTPUT", SUPDUPOutput},
	{"VT3270REGIME", Regime3270},
	{"AUTH", Authentication},
	{"ENCRYPTION", Encrypt},
	{"COM-PORT-OPTION", ComPort},
	{"COMPRESS", MCCP1},
	{"COMPRESS2", MCCP2},
}

// String returns the option's name, or its number in decimal where it has none.
func (o Option) String() string {
	if name := optionNames[o]; name != "" {
		return name
	}
	return strconv.Itoa(int(o))
}

// Named says whether the option has a name, registered or in common use.
func (o Option) Named() bool { return optionNames[o] != "" }

// OptionByName finds an option by its name, in any case and with "_" for "-",
// or by its number in decimal.
func OptionByName(name string) (Option, bool) {
	name = strings.ReplaceAll(strings.ToUpper(name), "_", "-")
	if name == "" {
		return 0, false
	}
	for i, known := range optionNames {
		if known == name {
			return Option(i), true
		}
	}
	for _, alias := range optionAliases {
		if alias.name == name {
			return alias.option, true
		}
	}
	if n, err := strconv.ParseUint(name, 10, 8); err == nil {
		return Option(n), true
	}
	return 0, false
}

// OptionNames returns the names of all options that have one, in the order of
// their numbers; for completion and for a did-you-mean.
func OptionNames() []string {
	var names []string
	for _, name := range optionNames {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
