package ssh

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// maxTries is how often a person is asked again.
const maxTries = 3

// auth is a login in progress: which methods are tried, and what came of it.
type auth struct {
	d          *dialing
	order      []string        // the methods, in the order in which they are tried
	left       []string        // those that may be tried still
	offers     []string        // what was offered, for people
	open       []string        // the methods that the host takes
	passed     int             // steps of the login that the host has accepted
	asked      int             // passwords that a person was asked for
	spent      bool            // Config.Password was given
	refused    bool            // and refused
	used       map[string]bool // the questions that it was the answer to
	notes      []string        // why something was not tried
	agentEmpty bool            // there is an agent, without keys
	keyHint    string          // what would make a key that lies about one to offer
	question   string          // of the host, that nobody answers
	fatal      error           // ends the login
}

// newAuth decides the order: what was given comes before what lies about.
func newAuth(d *dialing) *auth {
	s := d.settings
	a := &auth{d: d}
	a.order = []string{"publickey", "password", "keyboard-interactive"}
	switch {
	case s.Password != "" && len(s.Keys) == 0 && s.Agent != Yes:
		a.order = []string{"password", "keyboard-interactive", "publickey"}
	case s.Password == "":
		a.order = []string{"publickey", "keyboard-interactive", "password"}
	}
	a.order = slices.DeleteFunc(a.order, func(m string) bool { return !slices.Contains(s.methods, m) })
	a.left = slices.Clone(a.order)
	return a
}

// next implements ssh.ClientAuthCallback.
func (a *auth) next(ctx *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	if a.fatal != nil {
		return nil, a.fatal
	}
	if err := a.d.wire.broken(); err != nil { // the library would go on
		return nil, err
	}
	a.open, a.refused = ctx.AllowedMethods, slices.Contains(ctx.TriedMethods, "password")
	if len(ctx.PartialSuccessMethods) > a.passed { // the host wants another step, perhaps by the same method
		a.passed = len(ctx.PartialSuccessMethods)
		a.left = slices.Clone(a.order)
	}
	for _, method := range a.left {
		if !slices.Contains(a.open, method) {
			continue
		}
		m, again, err := a.make(method)
		if err != nil {
			return nil, err
		}
		if !again {
			a.left = slices.DeleteFunc(a.left, func(l string) bool { return l == method })
		}
		if m != nil {
			return m, nil
		}
		return a.next(ctx)
	}
	return nil, a.denied()
}

// make makes a try of a method, nil if there is nothing to try. again says that it can be
// tried once more.
func (a *auth) make(method string) (m ssh.AuthMethod, again bool, err error) {
	s := a.d.settings
	switch method {
	case "publickey":
		signers, err := a.signers()
		if err != nil {
			return nil, false, err
		}
		if len(signers) == 0 {
			return nil, false, nil
		}
		return ssh.PublicKeys(signers...), false, nil
	case "password":
		if s.Password != "" && !a.spent {
			a.spent = true
			a.offers = append(a.offers, "password")
			return ssh.Password(s.Password), a.d.canAsk, nil
		}
		if !a.d.canAsk || a.asked >= maxTries {
			return nil, false, nil
		}
		a.asked++
		word, err := a.d.ask(Question{Kind: Password, Text: s.user + "@" + s.alias + "'s password: "})
		if errors.Is(err, ErrNobody) {
			a.d.canAsk = false
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		a.offers = append(a.offers, "password")
		return ssh.Password(word), true, nil
	}
	offered := false
	return ssh.KeyboardInteractive(func(name, instruction string, questions []string, echos []bool) ([]string, error) {
		if !offered && len(questions) > 0 {
			offered = true
			a.offers = append(a.offers, "keyboard-interactive")
		}
		return a.answer(name, instruction, questions, echos)
	}), false, nil
}

// answer answers the host's own questions.
func (a *auth) answer(name, instruction string, questions []string, echos []bool) ([]string, error) {
	answers := make([]string, len(questions))
	for i, text := range questions {
		if s := a.d.settings; s.Password != "" && !a.refused && !a.used[text] && wantsPassword(text) {
			if a.used == nil {
				a.used = make(map[string]bool)
			}
			a.used[text], answers[i] = true, s.Password // asked again, it was the wrong one
			continue
		}
		answer, err := a.d.ask(Question{Kind: Interactive, Text: text, Echo: echos[i], Name: name, Instruction: instruction})
		switch {
		case err == nil:
		case !errors.Is(err, ErrNobody):
			a.fatal = err
			return nil, err
		default:
			if !a.used[text] {
				a.question = text
			}
			return nil, err
		}
		answers[i] = answer
	}
	return answers, nil
}

// wantsPassword reports whether a question of the host is for the user's password.
func wantsPassword(text string) bool {
	text = strings.ToLower(text)
	for _, word := range []string{"new", "again", "retype", "one-time", "otp", "token", "code"} {
		if strings.Contains(text, word) {
			return false
		}
	}
	for _, word := range []string{"passw", "kennwort", "mot de passe", "contrase"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// tried lists what was offered to the host.
func (a *auth) tried() string {
	if len(a.offers) == 0 {
		return "nothing"
	}
	return strings.Join(slices.Compact(slices.Clone(a.offers)), ", ")
}

// denied says that nothing is left to try.
func (a *auth) denied() error {
	f := &failure{what: "permission denied: the host takes " + strings.Join(a.open, ", ") + "; tried: " + a.tried()}
	if a.passed > 0 {
		f.what = "permission denied: the host wants another step by " + strings.Join(a.open, ", ") + "; tried: " + a.tried()
	}
	if a.question != "" {
		f.what += "; nobody answers its question " + quoted(a.question)
	}
	for _, n := range a.notes {
		f.what += "; " + n
	}
	s := a.d.settings
	byWord := slices.Contains(a.open, "password") || slices.Contains(a.open, "keyboard-interactive")
	switch {
	case a.question != "" && (s.Password != "" || !wantsPassword(a.question)):
		f.hint = "ssh={on_prompt=function(question) return ... end} answers what the host asks"
	case byWord && s.Password == "" && !a.d.canAsk:
		f.hint = `give ssh={password=secret "NAME"}`
	case a.question == "" && (slices.Contains(a.offers, "password") || slices.Contains(a.offers, "keyboard-interactive")):
		f.hint = "the password, or another answer, was refused: is it right, and is " + s.user + " the right user?"
	case slices.Contains(a.open, "publickey") && len(s.Keys) == 0 && !slices.ContainsFunc(a.offers, isKey):
		f.hint = "give ssh={key=FILE}, or start an agent (ssh-add)"
		if a.keyHint != "" {
			f.hint = a.keyHint
		} else if a.agentEmpty {
			f.hint = "give ssh={key=FILE}, or the agent a key (ssh-add FILE)"
		}
		if s.Agent == Yes {
			f.hint = "ssh-add FILE gives the agent a key"
		}
	case s.User == "":
		f.hint = "is " + s.user + " the right user? ssh://USER@HOST names one"
	}
	return f
}

func isKey(offer string) bool { return strings.HasPrefix(offer, "the ") }

func quoted(text string) string { return "\"" + strings.TrimSpace(text) + "\"" }
