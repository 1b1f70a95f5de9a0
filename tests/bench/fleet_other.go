//go:build !unix

package main

import (
	"context"
	"errors"
)

// runFleet needs to know the limit of open files, which only Unix tells.
func runFleet(context.Context, *bench) error { return errors.New("not on this system") }

// runMany needs it as well.
func runMany(context.Context, *bench) error { return errors.New("not on this system") }

// runAnsible runs where Ansible does.
func runAnsible(context.Context, *bench) error { return errors.New("not on this system") }
