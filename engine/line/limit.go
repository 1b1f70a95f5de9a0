package line

import "strconv"

// Limiter is a line that does not take everything that is written.
type Limiter interface {
	// Fits returns why data that go out next would not arrive whole, nil if they do.
	Fits(data []byte) error
}

// A LongLineError tells of a line that a terminal would cut.
type LongLineError struct{ Most int }

// Error says so.
func (e *LongLineError) Error() string {
	return "a terminal whose program reads lines takes no more than " + strconv.Itoa(e.Most) + " bytes in one, and loses the rest; nothing was sent"
}

// Hints says what to do.
func (*LongLineError) Hints() []string {
	return []string{"cut the line, or put it into a file that the program reads"}
}
