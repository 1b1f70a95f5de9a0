package workers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

// protocol is the version of what queues and workers say to each other.
const protocol = 2

// A Bundle is what a run does, as workers get it.
type Bundle struct {
	Protocol int               `json:"protocol"`
	Program  string            `json:"program"` // the version of moonwire
	Run      string            `json:"run"`
	Script   string            `json:"script"` // its name
	Source   []byte            `json:"source"`
	Modules  map[string][]byte `json:"modules,omitempty"` // by the name that require has
	Args     []string          `json:"args,omitempty"`
	Wait     time.Duration     `json:"wait,omitempty"`    // how long a wait may take that names no time
	Timeout  time.Duration     `json:"timeout,omitempty"` // how long a host may take
	Records  bool              `json:"records,omitempty"` // recordings and logs are wanted
	Sites    []string          `json:"sites"`             // of its hosts; "" for those without one
	Expires  time.Time         `json:"expires"`
	Public   []byte            `json:"public"` // the run's key
}

// A signed bundle is what lies on the server.
type signed struct {
	Bundle  []byte  `json:"bundle"`
	Voucher voucher `json:"voucher"`
}

// mostBundle is the largest bundle, in bytes.
const mostBundle = 64 << 20

// seal signs a bundle. Without a key it is not signed.
func (b *Bundle) seal(k *Key) []byte {
	data := fleet.JSON(b)
	return fleet.JSON(signed{data, k.sign("bundle", data)})
}

// A Refusal is why a worker does not do the jobs of a run.
type Refusal struct {
	Run  string
	Why  string // the bundle ...
	Hint string
}

// Error says so.
func (r *Refusal) Error() string {
	return fmt.Sprintf("the run %s is refused: its bundle %s", r.Run, r.Why)
}

// openBundle checks who signed a bundle, for which run, and until when it holds.
func openBundle(data []byte, run, program string, trust Trust, now time.Time) (*Bundle, *Refusal) {
	refuse := func(hint, format string, args ...any) (*Bundle, *Refusal) {
		return nil, &Refusal{run, fmt.Sprintf(format, args...), hint}
	}
	var s signed
	if json.Unmarshal(data, &s) != nil {
		return refuse("", "is damaged")
	}
	if wrong := trust.check(s.Voucher, "bundle", s.Bundle); wrong != "" {
		return refuse("the run must be signed by -key FILE, and the public half of that key be in the worker's -trust", "%s", wrong)
	}
	b := &Bundle{}
	switch err := json.Unmarshal(s.Bundle, b); {
	case err != nil:
		return refuse("", "is damaged")
	case b.Protocol != protocol || b.Program != program:
		return refuse("run the same version on all machines", "is of %s, and this worker is %s", b.Program, program)
	case b.Run != run:
		return refuse("", "is that of another run, %.40q", b.Run)
	case !now.Before(b.Expires):
		return refuse("moonwire fleet -resume DIR -key FILE signs it anew; or the clock of this machine is wrong", "has expired at %s", b.Expires.Format(time.DateTime))
	case len(b.Public) != 32:
		return refuse("", "is damaged")
	}
	return b, nil
}

// hashOf is a short name for a text, in letters that subjects and keys may have.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
