// The login: a name and a password, three tries.

package demo

import "errors"

// maxTries is how often a wrong name or password is taken.
const maxTries = 3

// login returns what the user's name leads to, nil if nobody is in.
func (c *session) login() func() {
	for tries := 0; tries < maxTries; {
		c.prompt("login: ")
		name, err := c.line(true)
		if err == nil && name == "" {
			continue
		}
		var password string
		if err == nil {
			c.prompt("Password: ")
			password, err = c.line(false)
		}
		switch {
		case errors.Is(err, errInterrupt):
			continue
		case err != nil:
			return nil
		}
		if start := c.allowed(name, password); start != nil {
			c.user = name
			return start
		}
		tries++
		c.print("Login incorrect\n")
	}
	return nil
}

// allowed returns what a name leads to, nil if there is no such user or the password
// is not his.
func (c *session) allowed(name, password string) func() {
	if d := c.server.device(name); d != nil && d.knows(password) {
		return func() { c.commandLine(d, "") }
	}
	switch program := programs()[name]; {
	case password != c.server.password():
		return nil
	case program != nil:
		return func() { program(c) }
	case name == User:
		return c.shell
	}
	return nil
}
