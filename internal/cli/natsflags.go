package cli

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/moonwire/moonwire/engine/fleet/workers"
	"github.com/moonwire/moonwire/engine/mask"
)

// natsSettings is what the flags say of fleets on several machines.
type natsSettings struct {
	server       workers.Server
	passwordFrom string // a file or, behind a "!", a program
	keyFile      string
	trustTexts   []string
	key          *workers.Key
	trust        workers.Trust
	expires      time.Duration

	// Of workers alone.
	name, site, secrets string
	at                  int
}

// natsFlags say where the server is, and who we are to it.
func natsFlags() []flagDef {
	text := func(name, arg, help string, to func(s *workers.Server) *string) flagDef {
		return word(name, arg, help, func(s *settings) *string { return to(&s.nats.server) })
	}
	return []flagDef{
		{name: "nats", arg: "URL", help: "the server through which the machines of a fleet work together: nats://HOST:4222", set: func(s *settings, v string) error {
			s.nats.server.URL = v
			return workers.CheckURL(v)
		}},
		text("creds", "FILE", "the credentials for it, as nsc makes them", func(s *workers.Server) *string { return &s.Creds }),
		text("nkey", "FILE", "the seed of an nkey for it", func(s *workers.Server) *string { return &s.NKey }),
		text("user", "NAME", "the user at it", func(s *workers.Server) *string { return &s.User }),
		word("password", "FILE", `the user's password, or a token, as -secret takes them`, func(s *settings) *string { return &s.nats.passwordFrom }),
		text("ca", "FILE", "the authority that signed its certificate", func(s *workers.Server) *string { return &s.CA }),
		text("cert", "FILE", "our certificate for it", func(s *workers.Server) *string { return &s.Cert }),
		text("cert-key", "FILE", "the key of our certificate", func(s *workers.Server) *string { return &s.CertKey }),
	}
}

func keyFlag(help string) flagDef {
	return word("key", "FILE", help, func(s *settings) *string { return &s.nats.keyFile })
}

func trustFlag(help string) flagDef {
	return flagDef{name: "trust", arg: "KEY", help: help, set: func(s *settings, v string) error {
		s.nats.trustTexts = append(s.nats.trustTexts, v)
		return nil
	}}
}

func expiryFlag() flagDef {
	return number("expires", "HOURS", "how long workers may do what was signed", "24", false, "a number of hours above 0", func(s *settings, n float64) {
		s.nats.expires = time.Duration(min(n, 1e5) * float64(time.Hour))
	})
}

// workerFlags are those of moonwire fleet worker alone.
func workerFlags() []flagDef {
	return []flagDef{
		word("site", "NAME", "take only hosts whose variable site is NAME, and those that have none", func(s *settings) *string { return &s.nats.site }),
		{name: "at", arg: "N", help: "so many hosts at once", initial: strconv.Itoa(atOnce), set: func(s *settings, v string) (err error) {
			s.nats.at, err = whole(v, 1, mostAtOnce)
			return err
		}},
		trustFlag("do only runs that KEY, or a key in the file KEY, has signed (may be given several times)"),
		keyFlag("vouch for this worker with the key in FILE"),
		word("secrets", "FILE", "the secrets of this worker, and which addresses may have them", func(s *settings) *string { return &s.nats.secrets }),
		word("name", "NAME", "what the worker is called (the machine's name)", func(s *settings) *string { return &s.nats.name }),
	}
}

// readKeys reads the keys that the flags name.
func (n *natsSettings) readKeys() (err error) {
	if n.keyFile != "" {
		if n.key, err = workers.ReadKey(n.keyFile); err != nil {
			return fmt.Errorf("-key: %w", err)
		}
	}
	for _, text := range n.trustTexts {
		trust, err := workers.ReadTrust(text)
		if err != nil {
			return fmt.Errorf("-trust: %w", err)
		}
		n.trust = append(n.trust, trust...)
	}
	return nil
}

// connection completes what the flags say of the server.
func (app *App) connection(s *settings) (workers.Server, error) {
	server := s.nats.server
	server.Name = "moonwire"
	if server.Cert != "" && server.CertKey == "" || server.Cert == "" && server.CertKey != "" {
		return server, errors.New("-cert and -cert-key belong together")
	}
	if err := s.nats.readKeys(); err != nil {
		return server, err
	}
	from := *s
	from.secrets = nil
	if s.nats.passwordFrom != "" {
		from.secrets = map[string]string{"nats": s.nats.passwordFrom}
	}
	password, err := app.storedSecret(app.ctx, &from, "nats")
	switch _, unset := errors.AsType[*unsetSecret](err); {
	case unset && server.User != "":
		return server, errors.New("-user needs a password: -password FILE, or MOONWIRE_SECRET_NATS")
	case unset:
	case err != nil:
		return server, err
	}
	server.Password = password
	if password != "" {
		app.secrets.Add(mask.Secret{Name: "nats", Value: password})
	}
	return server, nil
}
