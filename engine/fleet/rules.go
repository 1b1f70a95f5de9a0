package fleet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rules say how a run goes about its hosts.
type Rules struct {
	At      int           `json:"at"`                // hosts that run at once
	Rate    float64       `json:"rate,omitempty"`    // starts a second; 0: no limit
	Per     []Per         `json:"per,omitempty"`     // limits of groups
	Canary  int           `json:"canary,omitempty"`  // so many hosts first
	Retry   int           `json:"retry,omitempty"`   // tries beyond the first
	Stop    Stop          `json:"stop,omitzero"`     // when the run ends early
	Timeout time.Duration `json:"timeout,omitempty"` // of each host's try; 0: none
}

// Per is a limit for the hosts that have the same value of a variable, for each value.
type Per struct {
	Key  string  `json:"key"`
	At   int     `json:"at,omitempty"`   // at once
	Rate float64 `json:"rate,omitempty"` // starts a second
}

// ParsePer reads "site=2", two at once, or "site=2/s", two starts a second.
func ParsePer(text string) (Per, error) {
	key, value, ok := strings.Cut(text, "=")
	if key = strings.TrimSpace(key); !ok || key == "" {
		return Per{}, errors.New("must be VARIABLE=N or VARIABLE=N/s")
	}
	if strings.Contains(value, "/") {
		rate, err := ParseRate(value)
		return Per{Key: key, Rate: rate}, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 1 {
		return Per{}, fmt.Errorf("%s must be a whole number from 1 on, not %q", key, value)
	}
	return Per{Key: key, At: n}, nil
}

// String is as ParsePer reads it.
func (p Per) String() string {
	if p.Rate > 0 {
		return p.Key + "=" + rateText(p.Rate)
	}
	return p.Key + "=" + strconv.Itoa(p.At)
}

func rateText(rate float64) string {
	if rate < 1.0/60 {
		return strconv.FormatFloat(rate*3600, 'g', 4, 64) + "/h"
	}
	if rate < 1 {
		return strconv.FormatFloat(rate*60, 'g', 4, 64) + "/m"
	}
	return strconv.FormatFloat(rate, 'g', 4, 64) + "/s"
}

// ParseRate reads "5/s", "30/m", "100/h"; "5" is 5 a second.
func ParseRate(text string) (float64, error) {
	number, unit, _ := strings.Cut(strings.TrimSpace(text), "/")
	seconds, known := map[string]float64{"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}[unit]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !known || !(n > 0 && n <= 1e6) {
		return 0, errors.New("must be a number of starts such as 5/s, 30/m or 100/h")
	}
	return n / seconds, nil
}

// Stop says how many failures end a run: a number, or a share of all hosts in percent.
// Its zero value is never.
type Stop struct {
	Failures int     `json:"failures,omitempty"`
	Percent  float64 `json:"percent,omitempty"`
}

// ParseStop reads "5" or "5%".
func ParseStop(text string) (Stop, error) {
	if number, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n > 0 && n <= 100) {
			return Stop{}, errors.New("must be a share from above 0% to 100%")
		}
		return Stop{Percent: n}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return Stop{}, errors.New("must be a number of failures such as 5, or a share such as 5%")
	}
	return Stop{Failures: n}, nil
}

// String is as ParseStop reads it, "" for never.
func (s Stop) String() string {
	switch {
	case s.Percent > 0:
		return strconv.FormatFloat(s.Percent, 'g', -1, 64) + "%"
	case s.Failures > 0:
		return strconv.Itoa(s.Failures)
	}
	return ""
}

// reached reports whether so many failures of so many hosts end the run.
func (s Stop) reached(failures, hosts int) bool {
	return s.Failures > 0 && failures >= s.Failures ||
		s.Percent > 0 && failures > 0 && float64(failures)*100 >= s.Percent*float64(hosts)
}

// String describes the rules in a line.
func (r Rules) String() string {
	parts := []string{fmt.Sprintf("%d at once", r.At)}
	add := func(is bool, format string, args ...any) {
		if is {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(r.Rate > 0, "%s", rateText(r.Rate))
	for _, p := range r.Per {
		add(true, "per %s", p)
	}
	add(r.Canary > 0, "canary %d", r.Canary)
	add(r.Retry > 0, "retry %d", r.Retry)
	add(r.Stop != Stop{}, "stop at %s failures", r.Stop)
	add(r.Timeout > 0, "timeout %s", r.Timeout)
	return strings.Join(parts, ", ")
}

// Check reports what is wrong with the rules for these hosts.
func (r Rules) Check(hosts []*Host) error {
	for _, p := range r.Per {
		found := false
		for _, h := range hosts {
			found = found || h.Values(p.Key) != nil
		}
		if !found {
			return &UnknownKey{Key: p.Key, Known: Keys(hosts)}
		}
	}
	return nil
}
