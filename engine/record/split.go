package record

// Telnet's framing alone: which bytes are data and which are commands. The bytes
// themselves are kept as they are.

import "bytes"

// The bytes that matter to the framing, RFC 854 and RFC 855.
const (
	iac  = 0xFF
	dont = 0xFE
	will = 0xFB
	sb   = 0xFA
	se   = 0xF0
)

// maxCommand bounds what is kept of a command that has no end.
const maxCommand = 64 << 10 // bytes

type framing uint8

const (
	inData    framing = iota
	afterIAC          // IAC came
	afterVerb         // IAC WILL, WONT, DO or DONT came
	inSub             // within a subnegotiation
	inSubIAC          // an IAC within it
)

// A splitter takes a stream apart. Commands are collected until they are whole.
type splitter struct {
	bare    bool // no telnet: all is data
	state   framing
	command []byte
}

// split calls data for runs of data and command for whole commands, in their
// order. A doubled IAC is data, both bytes of it. The runs are valid until the
// function returns.
func (s *splitter) split(p []byte, data, command func(p []byte)) {
	for len(p) > 0 {
		if s.state != inData {
			if s.step(p[0]) {
				s.finish(data, command)
			}
			p = p[1:]
			continue
		}
		end := -1
		if !s.bare {
			end = bytes.IndexByte(p, iac)
		}
		if end < 0 {
			data(p)
			return
		}
		if end > 0 {
			data(p[:end])
		}
		s.command = append(s.command[:0], iac)
		s.state = afterIAC
		p = p[end+1:]
	}
}

// step takes a byte of a command and reports whether it is to be handed on.
func (s *splitter) step(b byte) bool {
	s.command = append(s.command, b)
	switch s.state {
	case afterIAC:
		switch {
		case b == sb:
			s.state = inSub
			return false
		case b >= will && b <= dont:
			s.state = afterVerb
			return false
		}
	case inSub:
		if b == iac {
			s.state = inSubIAC
		}
		return len(s.command) >= maxCommand
	case inSubIAC:
		if b == iac {
			s.state = inSub
			return false
		}
	}
	s.state = inData
	return true
}

func (s *splitter) finish(data, command func(p []byte)) {
	if len(s.command) == 2 && s.command[1] == iac && s.state == inData {
		data([]byte{iac, iac}) // the command's buffer is used again before p is
	} else if len(s.command) > 0 {
		command(s.command)
	}
	s.command = s.command[:0]
}

// announces reports whether a command of the peer's begins a layer below the bytes
// that are recorded: IAC SB COMPRESS2 IAC SE, or START-TLS with FOLLOWS.
func announces(command []byte) bool {
	return bytes.Equal(command, []byte{iac, sb, 86, iac, se}) || bytes.Equal(command, []byte{iac, sb, 46, 1, iac, se})
}
