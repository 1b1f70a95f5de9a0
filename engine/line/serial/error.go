package serial

// An OpenError tells why a port was not opened.
type OpenError struct {
	What string
	Hint string // what may help, "" if nothing is known
	Err  error  // the cause, nil if there is none below
}

// Error gives the message without the hint.
func (e *OpenError) Error() string { return e.What }

// Unwrap gives the cause.
func (e *OpenError) Unwrap() error { return e.Err }
