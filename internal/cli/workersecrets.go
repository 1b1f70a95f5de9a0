package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/words"
)

// workerSecrets is a worker's own file: which secrets there are, where each comes from,
// and which addresses may have it. A line is a name, a source as -secret has it, and
// patterns of addresses.
type workerSecrets struct {
	file string
	list map[string]workerSecret
}

type workerSecret struct {
	from  string
	hosts []string
}

// readWorkerSecrets reads such a file. Without one there are no secrets.
func readWorkerSecrets(file string) (*workerSecrets, error) {
	w := &workerSecrets{file: file, list: make(map[string]workerSecret)}
	if file == "" {
		return w, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the secrets' file %s: %w", file, reason(err))
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		fields, err := words.Split(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if len(fields) < 3 {
			return nil, fmt.Errorf("%s:%d: a line must be NAME SOURCE ADDRESS..., as in router /etc/moonwire/router telnet://10.1.*", file, n)
		}
		for _, pattern := range fields[2:] {
			if _, err := path.Match(pattern, ""); err != nil || !strings.Contains(pattern, ":") {
				return nil, fmt.Errorf("%s:%d: %q is no address, which may have * and ? in it, as telnet://10.1.* has", file, n, pattern)
			}
		}
		if _, twice := w.list[fields[0]]; twice {
			return nil, fmt.Errorf("%s:%d: the secret %q is there twice", file, n, fields[0])
		}
		w.list[fields[0]] = workerSecret{fields[1], fields[2:]}
	}
	return w, nil
}

// may reports why an address may not have a secret; nil if it may.
func (w *workerSecrets) may(name, address string) error {
	s, ok := w.list[name]
	if !ok {
		return nil // it is none of this worker's
	}
	shown := address
	if a, err := kinds.Parse(address, ""); err == nil {
		shown = a.String()
		if place := placeOf(a); place != "" { // a user is no part of where a host is
			shown = a.Scheme() + "://" + place
		}
	}
	for _, pattern := range s.hosts {
		if matchAddress(pattern, shown) {
			return nil
		}
	}
	return fmt.Errorf("the secret %s is not for %s: %s does not name it", name, shown, w.file)
}

// matchAddress reports whether a pattern stands for an address, or for its host with
// any port.
func matchAddress(pattern, address string) bool {
	simple := strings.NewReplacer("/", "\x01") // so that * may stand for a slash
	for _, text := range []string{address, withoutPort(address)} {
		if ok, _ := path.Match(simple.Replace(pattern), simple.Replace(text)); ok {
			return true
		}
	}
	return false
}

func withoutPort(address string) string {
	if i := strings.LastIndexByte(address, ':'); i > strings.Index(address, "://") && !strings.HasSuffix(address, "]") {
		return address[:i]
	}
	return address
}

// value finds a secret's value.
func (w *workerSecrets) value(ctx context.Context, app *App, name string) (string, error) {
	s, ok := w.list[name]
	switch {
	case w.file == "":
		return "", errors.New("secret " + name + " is not set: this worker has no secrets; -secrets FILE names some")
	case !ok:
		return "", fmt.Errorf("secret %s is not set: %s has none of that name", name, w.file)
	}
	return app.storedSecret(ctx, &settings{secrets: map[string]string{name: s.from}}, name)
}
