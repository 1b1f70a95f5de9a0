package terminal

import (
	"os"

	"golang.org/x/term"
)

type state struct {
	found *term.State
	mode  Mode
}

func getState(f *os.File) (*state, error) {
	s, err := term.GetState(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	return &state{found: s}, nil
}

func setState(f *os.File, s *state) error {
	if s.mode == Found {
		return term.Restore(int(f.Fd()), s.found)
	}
	_, err := term.MakeRaw(int(f.Fd()))
	return err
}

func (s *state) in(m Mode) *state { return &state{s.found, m} }
