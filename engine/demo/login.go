// The login: a name and a password, three tries.

package demo

import "errors"

// maxTries is how often a wrong name or password is taken.
const maxTries = 3

// login reports whether the user is in.
func (c *session) login() bool {
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
			return false
		case name == User && password == Password:
			return true
		}
		tries++
		c.print("Login incorrect\n")
	}
	return false
}
