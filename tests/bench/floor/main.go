// Command floor is the least that a client can do: a bare TCP connection that is
// read until the prompt stands at the end of what came, with nothing kept and
// nothing understood.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

const prompt = "router# "

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

// run is `bulk HOST PORT SIZE [KIND]`, `turns HOST PORT COUNT`,
// `drip HOST PORT SECONDS BYTES`, `spawn FILE`, `ssh HOST PORT USER DIR FILE` or
// `logins HOST PORT USER DIR COUNT`.
func run(args []string) error {
	if len(args) == 2 && args[0] == "spawn" {
		return spawn(args[1])
	}
	if len(args) == 6 && (args[0] == "ssh" || args[0] == "logins") {
		return remote(args[0], net.JoinHostPort(args[1], args[2]), args[3], args[4], args[5])
	}
	if len(args) < 4 {
		return errors.New("usage: floor WORKLOAD HOST PORT SIZE [MORE]")
	}
	conn, err := net.Dial("tcp", net.JoinHostPort(args[1], args[2]))
	if err != nil {
		return err
	}
	buf := make([]byte, 128<<10)
	total := 0
	wait := func() error {
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return err
			}
			total += n
			if bytes.HasSuffix(buf[:n], []byte(prompt)) {
				return nil
			}
		}
	}
	switch args[0] {
	case "turns":
		count, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		if _, err := conn.Write([]byte("turn\n")); err != nil {
			return err
		}
		for range count {
			if _, err := conn.Write([]byte("show\n")); err != nil {
				return err
			}
			if err := wait(); err != nil {
				return err
			}
		}
	case "drip":
		if len(args) < 5 {
			return errors.New("drip needs the number of bytes to come")
		}
		want, err := strconv.Atoi(args[4])
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(conn, "drip %s\n", args[3]); err != nil {
			return err
		}
		for total < want {
			n, err := conn.Read(buf)
			if err != nil {
				return err
			}
			total += n
		}
	default:
		if _, err := fmt.Fprintf(conn, "%s %s\n", args[0], args[3]); err != nil {
			return err
		}
		if err := wait(); err != nil {
			return err
		}
	}
	if err := conn.Close(); err != nil {
		return err
	}
	_, err = fmt.Printf("%d\t%s\n", total, prompt)
	return err
}
