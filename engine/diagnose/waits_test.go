package diagnose

// Failed waits as people have met them, told in our own words: each says which
// hints it must give, in their order. No other hint may be given.

import (
	"strings"
	"testing"
	"time"
)

type failedWait struct {
	name string
	Facts
	hints string // the causes, separated by blanks; none must be given if empty
	fix   string // the first hint's fix
	says  string // somewhere in the rendered report
}

func regexes(sources ...string) []Pattern {
	var list []Pattern
	for _, s := range sources {
		list = append(list, Pattern{Kind: Regex, Source: s})
	}
	return list
}

func exacts(sources ...string) []Pattern {
	var list []Pattern
	for _, s := range sources {
		list = append(list, Pattern{Kind: Exact, Source: s})
	}
	return list
}

// until is a read_until of text with what came, expecting an expect.
func until(text, came string) Facts {
	return Facts{Call: "read_until", Patterns: exacts(text), Waited: 5 * time.Second, Pending: []byte(came), Received: int64(len(came)), InWait: int64(len(came)), SinceLastByte: 4 * time.Second}
}

func expecting(came string, sources ...string) Facts {
	f := until("", came)
	f.Call, f.Patterns = "expect", regexes(sources...)
	return f
}

func with(f Facts, change func(f *Facts)) Facts {
	change(&f)
	return f
}

// wrote sets what the script wrote last.
func wrote(text string, echoed bool, since int64) func(f *Facts) {
	return func(f *Facts) {
		f.LastWrite, f.LastWriteEchoed, f.SinceWrite, f.PeerEchoes, f.WroteSinceMatch = text, echoed, since, true, true
		f.LastWriteAge = 5 * time.Second
	}
}

func failedWaits() []failedWait {
	const motd = "Welcome to Debian GNU/Linux 12\nLast login: Mon Nov 23 from 10.0.0.7\n"
	return []failedWait{
		// The beginning of a line.
		{name: "a banner without a newline", Facts: expecting("**KEEP OUT**core.rtr# ", `(?m)^[\w.]+# ?$`), hints: "anchor", fix: `[[[\w.]+# ?$]]`},
		// Encodings of East Asia.
		{name: "GBK", Facts: with(until("用户名:", "\n\xd3\u00fb\xa7\xc3\xfb:"), func(f *Facts) { f.Wire = []byte("\r\n\xd3\xc3\xbb\xa7\xc3\xfb:") }), hints: "encoding", fix: `connect(address, {encoding="gbk"})`},
		{name: "Big5", Facts: with(until("中文", "\xa4\xa4\xa4\xe5"), func(f *Facts) { f.Wire = []byte("\xa4\xa4\xa4\xe5") }), hints: "encoding", fix: `connect(address, {encoding="big5"})`},
		{name: "Shift-JIS", Facts: with(until("ソフト", "x"), func(f *Facts) { f.Wire = []byte("\x83\x5c\x83\x74\x83\x67") }), hints: "encoding", fix: `connect(address, {encoding="shift_jis"})`},
		// Newlines that a script never sees.
		{name: "a lone CR", Facts: until("\r", "TERA-9\n"), hints: "newline", says: `"\r" is never in it`},
		// A second of silence is the end of sending.
		{name: "silent for a second", Facts: with(until("xyz", "abc"), func(f *Facts) { f.SinceLastByte = 999 * time.Millisecond }), hints: ""},
		// A console that loses characters.
		{name: "characters are lost", Facts: with(until("done", "shw runingcofig\n% bad\n"), wrote("show running-config\n", false, 23)), hints: "lost command", fix: "connect(address, {pace=0.02})"},
		// A peer that does not know the terminal.
		{name: "silent after the terminal's type", Facts: with(until("login: ", ""), func(f *Facts) {
			f.Options = []OptionFact{{Received: "SB TTYPE SEND", Answered: "SB TTYPE", By: "standard answer"}}
		}), hints: "option", says: "told one, and has said nothing since"},
		// Last words.
		{name: "the peer says why it closes", Facts: with(until("# ", "\nSession limit reached.\n"), func(f *Facts) { f.Reason, f.PeerClosed, f.WroteSinceMatch = EOF, true, true }), hints: "closed", says: `its last words were "Session limit reached."`},
		// A login that was refused, in the prompt.
		{name: "refused, and asked again", Facts: until("# ", "\nPassword incorrect, password: "), hints: "refused"},

		// Upper and lower case.
		{name: "the prompt begins with a capital", Facts: until("password: ", "Password: "), hints: "case", fix: `expect{regex("password: ", "i")}`},
		{name: "a switch says UserName", Facts: expecting("\nUserName: ", "Username: ?$"), hints: "case", fix: `regex("Username: ?$", "i")`},
		{name: "success told in capitals", Facts: expecting("\nTransfer COMPLETE.\nr1# ", "Transfer complete"), hints: "case"},
		{name: "a capital far above is no hint", Facts: expecting("Login banner\n"+strings.Repeat("all work and no play\n", 80)+"node7 ", "login"), hints: ""},

		// Characters that are special in a regular expression.
		{name: "a dollar prompt unescaped", Facts: expecting(motd+"joe@web:~$ ", "$ "), hints: "meta", fix: `[[\$ ]]`},
		{name: "a dollar and an anchor", Facts: expecting(motd+"joe@web:~$ ", "~$ $"), hints: "meta", fix: `[[~\$ $]]`},
		{name: "parentheses of a configuration prompt", Facts: expecting("n9k-sw1(maint-mode)# ", "n9k-sw1(maint-mode)# $"), hints: "meta", fix: `[[n9k-sw1\(maint-mode\)# $]]`},
		{name: "brackets of a default answer", Facts: expecting("Proceed with reload? [confirm]", "reload? [confirm]"), hints: "meta", fix: `[=[reload\? \[confirm\]]=]`},
		{name: "yes or no in parentheses", Facts: expecting("The authenticity of host can't be established.\nAre you sure you want to continue connecting (yes/no)? ", "connecting (yes/no)? $"), hints: "meta", fix: `[[connecting \(yes/no\)\? $]]`},
		{name: "a plus in a product's name", Facts: expecting("C++ build finished\n", "C++ build"), hints: "meta", fix: `[[C\+\+ build]]`},
		{name: "a star as decoration", Facts: expecting("*** menu ***\n1) status\nchoice* ", "choice* $"), hints: "meta", fix: `[[choice\* $]]`},
		{name: "a windows path", Facts: expecting("\nC:\\temp>", `C:\temp>`), hints: "meta", fix: `exact [[C:\temp>]]`},

		// Literals that are regular expressions, and other languages' patterns.
		{name: "read_until given a regular expression", Facts: until(`[Ll]ogin: ?`, "web login: "), hints: "regex", fix: `expect{"[Ll]ogin: ?"}`},
		{name: "read_until given an escaped dollar", Facts: until(`\$ `, "joe@web:~$ "), hints: "regex", fix: `expect{[[\$ ]]}`},
		{name: "exact given alternatives", Facts: with(expecting("sw1> "), func(f *Facts) { f.Patterns = exacts("[>#] ") }), hints: "regex", fix: `"[>#] "`},
		{name: "a Lua class", Facts: expecting("interface up, 42 packets\nsw# ", "%d+ packets"), hints: "lua", fix: `[[\d+ packets]]`},
		{name: "a Lua escape", Facts: expecting("joe@web:~$ ", "%$ $"), hints: "lua", fix: `[[\$ $]]`},
		{name: "a Lua set", Facts: expecting("uptime is 3 weeks\nhost_7# ", "^uptime is ([%w_]+) weeks"), hints: "lua", fix: `[[^uptime is ([\w_]+) weeks]]`},
		{name: "a percent sign of the peer is no Lua pattern", Facts: expecting("% Invalid input detected at '^' marker.\nr1# ", "% Done"), hints: "command"},
		{name: "a lost backslash", Facts: expecting("Total: 17 routes\n", "Total: d+ routes"), hints: "backslash", fix: `[[Total: \d+ routes]]`},
		{name: "a doubled backslash in long brackets", Facts: expecting("joe@web:~$ ", `\\$ $`), hints: "backslash", fix: `[[\$ $]]`},
		{name: "a glob where a regular expression is meant", Facts: expecting("router-core-7# ", "router-*-7#"), hints: "glob", fix: `glob "router-*-7#"`},

		// Blanks and newlines.
		{name: "no blank after the colon", Facts: until("login: ", "login:"), hints: "blank", fix: `read_until("login:")`},
		{name: "a blank after the prompt", Facts: expecting("r1# ", "#$"), hints: "blank", fix: `[[#\s*$]]`},
		{name: "a newline expected after the prompt", Facts: until("Password:\n", "Password:"), hints: "blank", fix: `read_until("Password:")`},
		{name: "two blanks in a table", Facts: expecting("Vlan10   up     up\nsw# ", "Vlan10 up up"), hints: "spacing", fix: `[[Vlan10\s+up\s+up]]`},
		{name: "a tab between words", Facts: until("Serial number", "Serial\tnumber\tX17\nsw# "), hints: "spacing"},
		{name: "a line broken by the terminal's width", Facts: until("the configuration has been saved", "the configuration has\nbeen saved\nsw# "), hints: "spacing"},
		{name: "a non-breaking space", Facts: until("Mot de passe :", "Mot de passe\u00a0:"), hints: "lookalike", says: "U+00A0"},
		{name: "CR LF in the text view", Facts: expecting("login\nok\n", `login\r\nok`), hints: "newline", fix: `[[login\nok]]`},
		{name: "CR LF of pexpect's habit at the end", Facts: expecting("42\n$ ", `42\r\n\$ `), hints: "newline"},
		{name: "LF in a raw session", Facts: with(expecting("login\r\nok\r\n", `login\nok`), func(f *Facts) { f.Raw = true }), hints: "newline", fix: `[[login[\r\n]+ok]]`},

		// Anchors and dots.
		{name: "a caret after other text", Facts: expecting("show clock\n12:00\nr1# ", `^r1# $`), hints: "anchor", fix: `regex("^r1# $", "m")`},
		{name: "a dollar with text after", Facts: expecting("Password: \nSorry.\nhm ", `Password: $`), hints: "anchor"},
		{name: "a message after the prompt", Facts: expecting("r1# %LINK-3-UPDOWN: Interface Gi0/1, changed state to up", `r1# $`), hints: "anchor", fix: `"r1# "`},
		{name: "a dot and a newline", Facts: expecting("begin\none\ntwo\nend\n", `begin.*end`), hints: "dot", fix: `regex("begin.*end", "s")`},

		// Characters between and beside.
		{name: "colours in a raw session", Facts: with(expecting("\x1b[1;32mjoe@web\x1b[0m:\x1b[1;34m~\x1b[0m$ ", `joe@web:~\$ $`), func(f *Facts) { f.Raw = true }), hints: "escape", fix: "connect(address, {raw=false})"},
		{name: "bracketed paste in a raw session", Facts: with(expecting("done\r\n\x1b[?2004h# ", `\n# $`), func(f *Facts) { f.Raw = true }), hints: "escape"},
		{name: "NULs in a raw session", Facts: with(until("login: ", "lo\x00gin: "), func(f *Facts) { f.Raw = true }), hints: "escape"},
		{name: "a long command echoed with wraps", Facts: until("copy running-config tftp://10.1.1.1/backup", "copy running-config tf \rtp://10.1.1.1/backup\n"), hints: "escape"},
		{name: "a spinner with backspaces", Facts: until("Working done", "Working |\b/\b-\bdone\n"), hints: "escape"},
		{name: "a pattern that names the colour", Facts: with(expecting("joe@web:~$ ", `\x1b\[0m\$ $`), func(f *Facts) { f.Wire = []byte("joe@web:\x1b[34m~\x1b[0m$ ") }), hints: "view", fix: "connect(address, {raw=true})"},
		{name: "smart quotes pasted into the script", Facts: until("can’t open", "can't open file\nsw# "), hints: "lookalike", fix: `read_until("can't open")`},
		{name: "a Cyrillic letter from the peer", Facts: until("OK", "ОK\n"), hints: "lookalike"},
		{name: "an en dash for a hyphen", Facts: expecting("router-1# ", "router–1# $"), hints: "lookalike"},
		{name: "Latin-1 under utf-8", Facts: with(until("Contraseña: ", "Contrase\xf1a: "), func(f *Facts) { f.Wire = f.Pending }), hints: "encoding", fix: `connect(address, {encoding="windows-1252"})`},
		{name: "box drawing of DOS", Facts: with(until("═══ Menü", "\xcd\xcd\xcd Men\x81\n"), func(f *Facts) { f.Wire = f.Pending }), hints: "encoding", fix: `connect(address, {encoding="cp437"})`},
		{name: "utf-8 under Latin-1", Facts: with(until("Größe: ", "GrÃ¶Ã\u009fe: "), func(f *Facts) { f.Wire, f.Encoding = []byte("Größe: "), "windows-1252" }), hints: "encoding", fix: `connect(address, {encoding="utf-8"})`},
		{name: "UTF-16 in a raw session", Facts: with(until("login: ", "l\x00o\x00g\x00i\x00n\x00:\x00 \x00"), func(f *Facts) { f.Raw = true }), hints: "encoding", fix: `connect(address, {encoding="utf-16le"})`},

		// Small differences.
		{name: "a letter missing in the script", Facts: until("Pasword: ", "Password: "), hints: "typo", fix: `read_until("Password: ")`},
		{name: "another name for the same thing", Facts: expecting("Login Name: ", `Username: ?$`), hints: "prompt"},
		{name: "the wrong host's prompt", Facts: expecting("router2# ", `router1# $`), hints: "typo", fix: `"router2# $"`},
		{name: "a user's prompt for an administrator's", Facts: expecting("testhost.1 > ", `testhost\.1 # $`), hints: "typo", fix: `[[testhost\.1 > $]]`},
		{name: "nothing alike", Facts: until("BOOTP complete", "r1 console is now available\n"), hints: ""},

		// Taken by an earlier wait.
		{name: "the same prompt waited for twice", Facts: with(expecting("", `\$ $`), func(f *Facts) {
			f.Consumed, f.Received, f.InWait = []byte(motd+"joe@web:~$ "), 90, 0
		}), hints: "taken"},
		{name: "a wait too short took the beginning", Facts: with(until("Password: ", "word: "), func(f *Facts) {
			f.Consumed, f.Received = []byte("login: joe\nPass"), 21
		}), hints: "taken"},
		{name: "the next prompt is still to come", Facts: with(expecting("", `\$ $`), func(f *Facts) {
			f.Consumed, f.Received, f.InWait = []byte("joe@web:~$ make world\n"), 22, 0
			wrote("make world\n", true, 12)(f)
		}), hints: ""},
		{name: "an answer taken along with the prompt before it", Facts: with(until("Saved.", "\nsw# "), func(f *Facts) {
			f.Consumed, f.Received = []byte("saving...\nSaved."), 21
		}), hints: "taken"},

		// Silence.
		{name: "nothing at all", Facts: until("login: ", ""), hints: "silent", fix: `writeln("")`},
		{name: "nothing but a request that was refused", Facts: with(until("login: ", ""), func(f *Facts) {
			f.Options = []OptionFact{{Received: "DO TTYPE", Answered: "WONT TTYPE", By: "options"}}
		}), hints: "option", fix: `connect(address, {options={TTYPE="accept"}})`, says: "the peer asked DO TTYPE and got WONT TTYPE, as the options given to connect say"},
		{name: "the terminal type asked for and never sent", Facts: with(until("login: ", ""), func(f *Facts) {
			f.Options = []OptionFact{{Received: "DO TTYPE", Answered: "WILL TTYPE"}, {Received: "SB TTYPE SEND", By: "hook"}}
		}), hints: "option", says: "SB TTYPE SEND and has no answer yet from the on_option hook"},
		{name: "a refusal that did not matter", Facts: with(until("password: ", "Password: "), func(f *Facts) {
			f.Options = []OptionFact{{Received: "DO NEW-ENVIRON", Answered: "WONT NEW-ENVIRON"}, {Received: "DO TSPEED", Answered: "WONT TSPEED"}}
		}), hints: "case"},
		{name: "a command swallowed", Facts: with(expecting("", "done"), func(f *Facts) {
			f.Consumed, f.Received, f.InWait = []byte("r1# "), 4, 0
			wrote("reload\n", false, 0)(f)
		}), hints: "no-echo"},
		{name: "the peer works on the command", Facts: with(expecting("reload\n", "done"), func(f *Facts) {
			f.Consumed = []byte("r1# ")
			wrote("reload\n", true, 7)(f)
		}), hints: ""},
		{name: "write where writeln was meant", Facts: with(expecting("show version", "IOS"), func(f *Facts) {
			f.Consumed = []byte("r1# ")
			wrote("show version", true, 12)(f)
		}), hints: "no-newline", fix: `writeln("show version")`},
		{name: "a name written without its newline", Facts: with(until("assword: ", "brandon"), func(f *Facts) {
			f.Consumed = []byte("login: ")
			wrote("brandon", true, 7)(f)
		}), hints: "no-newline", fix: `writeln("brandon")`},
		{name: "a password written without its newline", Facts: with(until("$ ", ""), func(f *Facts) {
			f.Consumed, f.Received, f.InWait = []byte("Password: "), 10, 0
			wrote("<secret password>", false, 0)(f)
			f.LastWriteSecret = true
		}), hints: "no-newline"},

		// What the peer shows.
		{name: "a Cisco pager", Facts: expecting("Interface  IP\nGi0/1  unassigned\n --More-- ", `r1# $`), hints: "pager", fix: `{"--More--", function(m, s) s:write(" ") return AGAIN end}`},
		{name: "a pager's mark that was erased, as the bytes came", Facts: with(expecting("one\r\n --More-- \r          \rworking on it", `r1# $`), func(f *Facts) { f.Raw = true }), hints: ""},
		{name: "a pager's mark that backspaces erased", Facts: with(expecting("one\r\n--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b", `r1# $`), func(f *Facts) { f.Raw = true }), hints: ""},
		{name: "a pager's mark that a sequence erased", Facts: with(expecting("one\r\n--More--\r\x1b[K", `r1# $`), func(f *Facts) { f.Raw = true }), hints: ""},
		{name: "a pager's mark in colours, as the bytes came", Facts: with(expecting("one\r\n\x1b[7m--More--\x1b[m", `r1# $`), func(f *Facts) { f.Raw = true }), hints: "pager"},
		{name: "less at its end", Facts: expecting("commit 1\nAuthor: joe\n(END)", `\$ $`), hints: "pager", fix: `{[[\(END\)]], function(m, s) s:write("q") return AGAIN end}`},
		{name: "a colon of less", Facts: expecting("a\nb\nc\nd\n:", `# $`), hints: "pager"},
		{name: "an HP switch wants a key", Facts: expecting("HP J9772A\nPress any key to continue", `[>#] ?$`), hints: "pager"},
		{name: "a Juniper pager", Facts: expecting("set system\nset interfaces\n---(more 34%)---", `> $`), hints: "pager", fix: `{[[---\(more \d+%\)---]], function(m, s) s:write(" ") return AGAIN end}`},
		{name: "a word like more is no pager", Facts: expecting("no more routes to learn\n", `# $`), hints: ""},
		{name: "the password is wrong", Facts: with(expecting("\nLogin incorrect\nweb login: ", `\$ $`), wrote("secret\n", false, 30)), hints: "refused", fix: `"Login incorrect"`},
		{name: "TACACS says no", Facts: expecting("\nTacacs authentication failed\n\nUserName: ", `[>#] ?$`), hints: "refused"},
		{name: "a mistyped command", Facts: expecting("r1# shw ver\n            ^\n% Invalid input detected at '^' marker.\n\nr1# ", `Version (\S+)`), hints: "command"},
		{name: "a question not foreseen", Facts: expecting("copy run start\nDestination filename [startup-config]? ", `r1# $`), hints: "question"},
		{name: "another mode's prompt", Facts: expecting("r1(config-if)# ", `r1# $`), hints: "prompt", fix: `[[r1\(config-if\)# $]]`},
		{name: "a password asked for where a prompt was hoped", Facts: expecting("\nEnter old password: ", `[>#] ?$`), hints: "prompt"},
		{name: "all lines busy", Facts: with(until("login: ", "All connections in use\n"), func(f *Facts) { f.Reason, f.PeerClosed = EOF, true }), hints: "turned-off"},
		{name: "ssh on the port", Facts: with(until("login: ", "SSH-2.0-OpenSSH_9.2\n"), func(f *Facts) { f.Wire = f.Pending }), hints: "protocol"},
		{name: "TLS on the port", Facts: with(until("login: ", "\x15\x03\x01\x00\x02\x02\x28"), func(f *Facts) { f.Wire = f.Pending }), hints: "protocol", fix: `connect("telnets://host:port")`},
		{name: "the port was unplugged", Facts: with(until("login: ", ""), func(f *Facts) { f.Reason, f.PeerClosed, f.Ended = EOF, true, true })},
		{name: "the peer closed without a word", Facts: with(until("login: ", ""), func(f *Facts) { f.Reason, f.PeerClosed = EOF, true }), hints: "silent"},
		{name: "the end that was waited for was none in order", Facts: with(expecting("10:24"), func(f *Facts) {
			f.Reason, f.PeerClosed, f.Patterns = EOF, true, []Pattern{{Kind: Event, Source: "EOF"}}
		}), hints: ""},
		{name: "the same, without a word", Facts: with(expecting(""), func(f *Facts) {
			f.Reason, f.PeerClosed, f.Patterns = EOF, true, []Pattern{{Kind: Event, Source: "EOF"}}
		}), hints: ""},
		{name: "the peer closed after its answer", Facts: with(expecting("10:24:43 up 5 days\n", `\$ $`), func(f *Facts) { f.Reason, f.PeerClosed = EOF, true }), hints: "closed", fix: "read_all()"},

		// Time and events.
		{name: "a long listing still running", Facts: with(expecting("drwxr-xr-x 2 root\ndrwxr-xr-x 3 root\n", `\$ $`), func(f *Facts) { f.SinceLastByte = 20 * time.Millisecond }), hints: "sending", fix: "timeout=10"},
		{name: "the prompt was just arriving", Facts: with(until("Password: ", "\nPassw"), func(f *Facts) { f.SinceLastByte = 20 * time.Millisecond }), hints: "sending"},
		{name: "no prompt marks", Facts: with(expecting("r1# "), func(f *Facts) {
			f.Patterns = []Pattern{{Kind: Event, Source: "PROMPT"}}
			f.Options = []OptionFact{{Received: "WILL SGA", Answered: "DO SGA"}}
		}), hints: "no-mark", says: "with WILL SGA"},
		{name: "echo was off before", Facts: with(expecting("Password: "), func(f *Facts) {
			f.Patterns, f.PeerEchoes = []Pattern{{Kind: Event, Source: "ECHO_OFF"}}, true
		}), hints: "no-mark"},
		{name: "a fence that is not answered", Facts: with(expecting(""), func(f *Facts) {
			f.Call, f.Consumed, f.Received = "fence", []byte(motd+"$ "), 80
			f.Options = []OptionFact{{Received: "WILL ECHO", Answered: "DO ECHO"}}
		}), hints: "no-mark", says: "has not answered DO TIMING-MARK"},
		{name: "a fence at a prompt", Facts: with(expecting("\nr1> "), func(f *Facts) {
			f.Call = "fence"
		}), hints: "no-mark"},
		{name: "the buffer was too small", Facts: with(expecting("end of log\n", `^BEGIN`), func(f *Facts) { f.Dropped = 1 << 20 }), hints: "dropped"},

		{name: "Return asked for before anything", Facts: with(until("/ # ", "Press Return to continue:"), func(f *Facts) { f.Received = 25 }), hints: "pager", fix: `{"Press Return to continue:", function(m, s) s:write("\n") return AGAIN end}`},
		{name: "a user name in two words", Facts: expecting("user name:", `(username|login):\s?$`), hints: "prompt"},
		{name: "a user name in two words, literally", Facts: until("username:", "user name:"), hints: "typo", fix: `read_until("user name:")`},
		{name: "a host's name that a set does not allow", Facts: expecting("27N2(2960_PoE)>", `^[\w.\-@/:]{1,63}>$`), hints: "prompt", says: "the peer seems to wait for input at"},
		{name: "a regular expression escaped as a whole", Facts: expecting("CFS:default@Z18044492 [~]$ ", `\.\*\$ $`), hints: "prompt"},
		{name: "a prompt in parentheses", Facts: expecting("\n(ex: login@ip) ", "(ex: login@ip) $"), hints: "meta", fix: `[[\(ex: login@ip\) $]]`},
		{name: "a newline expected after the last sign", Facts: until(";\n", "\n  M  01 COMPLD\n;"), hints: "blank", fix: `read_until(";")`},
		{name: "the prompt of a higher mode", Facts: until("epon>", "\nepon# "), hints: "prompt", fix: `read_until("epon# ")`},
		{name: "a name that is refused and asked again", Facts: expecting("\nUsername:\nUsername:\n\nUsername:", `[Pp]assword: ?$`), hints: "prompt"},
		{name: "a glob in another case", Facts: with(expecting("Login: "), func(f *Facts) { f.Patterns = []Pattern{{Kind: Glob, Source: "*login: "}} }), hints: "case"},
		{name: "an expect without the colon's blank, case ignored", Facts: with(expecting("LOGIN:"), func(f *Facts) { f.Patterns = []Pattern{{Kind: Exact, Source: "login: ", Flags: "i"}} }), hints: "blank", fix: `regex("login:", "i")`},

		// What must not be taken for a reason.
		{name: "a sign in the middle of output is no prompt", Facts: expecting("# of files: 3\ncompiling main.c\ncompiling util.c\n", `[#$] $`), hints: ""},
		{name: "a short word inside another", Facts: expecting("please look\n", "OK"), hints: ""},
		{name: "a rhyme is no typo", Facts: until("root", "please reboot"), hints: ""},
		{name: "the prompt's text inside a word", Facts: until("login", "Blogging since 2004\n"), hints: ""},
		{name: "a percentage is no prompt", Facts: expecting("copying 1 MB\n 45%", "copied"), hints: ""},
		{name: "old text that some change would match", Facts: expecting("User access verification\n"+strings.Repeat("10.0.0.0/8 via 10.1.1.1\n", 100), "user "), hints: ""},
		{name: "text on the wire that no longer matters", Facts: with(expecting("ok\n", `fail\r`), func(f *Facts) { f.Wire = []byte("no\r\nok\r\n") }), hints: ""},
		{name: "a peer that is fine but slow", Facts: with(expecting("building 1 of 90\n", "done"), wrote("make\n", true, 30)), hints: ""},

		{name: "a password written as it is, with the peer silent after it", Facts: with(expecting("\n", `\$ $`), func(f *Facts) {
			f.Consumed = []byte("login: brandon\nPassword: ")
			wrote("mypass\n", false, 1)(f)
		}), hints: ""},
		{name: "a line that was just being written", Facts: with(expecting("10% done\n<done", `finished`), func(f *Facts) { f.SinceLastByte = 5 * time.Millisecond }), hints: "sending"},

		// Several patterns.
		{name: "the seed's list, the prompt unescaped", Facts: expecting(motd+"brandon@demo:~$ ", "Login incorrect", "$ $"), hints: "meta", says: "hint: pattern 2: $ is special"},
		{name: "two prompts, one misspelt", Facts: expecting("Password: ", "Pasword: $", "login: $"), hints: "typo", says: "hint: pattern 1: it nearly matches"},
		{name: "settle that is never reached", Facts: expecting("r1# ", `r1# $`), hints: "open"},
	}
}

func TestFailedWaits(t *testing.T) {
	for _, c := range failedWaits() {
		t.Run(c.name, func(t *testing.T) {
			r := Diagnose(c.Facts)
			var causes []string
			for _, h := range r.Hints {
				causes = append(causes, string(h.Cause))
			}
			if got := strings.Join(causes, " "); got != c.hints {
				t.Errorf("hints %q, want %q", got, c.hints)
			}
			if c.fix != "" && (len(r.Hints) == 0 || r.Hints[0].Fix != c.fix) {
				t.Errorf("want the fix %s", c.fix)
			}
			if !strings.Contains(r.String(), c.says) {
				t.Errorf("the report does not say %q", c.says)
			}
			if t.Failed() || testing.Verbose() {
				t.Logf("the report:\n%s", r)
			}
		})
	}
}
