package ssh

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// allInsecure lists every algorithm that only Config.Legacy allows.
func allInsecure() []string {
	a := ssh.InsecureAlgorithms()
	return slices.Concat(a.KeyExchanges, a.Ciphers, a.MACs, a.HostKeys)
}

// LegacyNames lists what Config.Legacy may hold beside LegacyAll.
func LegacyNames() []string { return allInsecure() }

// allowed returns the algorithms of one kind that may be used.
func allowed(supported, insecure, legacy []string) []string {
	if len(legacy) == 1 && legacy[0] == LegacyAll {
		return slices.Concat(supported, insecure)
	}
	for _, name := range insecure {
		if slices.Contains(legacy, name) {
			supported = append(supported, name)
		}
	}
	return supported
}

// algorithms are what may be used with a host.
func algorithms(legacy []string, f *file) (a ssh.Algorithms, err error) {
	good, bad := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	slices.SortStableFunc(good.HostKeys, func(a, b string) int { return preference(a) - preference(b) })
	for _, part := range []struct {
		to        *[]string
		good, bad []string
		keyword   string
	}{
		{&a.KeyExchanges, good.KeyExchanges, bad.KeyExchanges, "KexAlgorithms"},
		{&a.Ciphers, good.Ciphers, bad.Ciphers, "Ciphers"},
		{&a.MACs, good.MACs, bad.MACs, "MACs"},
		{&a.HostKeys, good.HostKeys, bad.HostKeys, "HostKeyAlgorithms"},
		{&a.PublicKeyAuths, good.PublicKeyAuths, bad.PublicKeyAuths, "PubkeyAcceptedAlgorithms"},
	} {
		*part.to = allowed(part.good, part.bad, legacy)
		said, err := f.get(part.keyword)
		if err != nil {
			return a, err
		}
		if said != "" {
			known := slices.Concat(part.good, part.bad)
			if *part.to = listed(said, *part.to, known); len(*part.to) == 0 {
				return a, &failure{what: "ssh_config allows no algorithm that is known here: " + part.keyword + " " + said, hint: useOpenSSH}
			}
		}
	}
	return a, nil
}

// preference is the place of an algorithm of host keys in OpenSSH's order. Whoever compares
// the fingerprint of a new host's key then compares the key that OpenSSH shows. Some
// versions of dropbear offer RSA without a key for it, and crash if it is chosen.
func preference(name string) int {
	place := 2
	switch {
	case strings.HasPrefix(name, ssh.KeyAlgoED25519):
		place = 0
	case strings.HasPrefix(name, "ecdsa-"):
		place = 1
	}
	if !strings.Contains(name, "-cert-") {
		place += 3
	}
	return place
}

// listed applies a list of ssh_config, which begins with + to add, - to take away, ^ to
// put first, or replaces what there is. Names that are not known do nothing.
func listed(said string, have, known []string) []string {
	how := said[0]
	names := strings.Split(strings.TrimLeft(said, "+-^"), ",")
	var chosen []string
	for _, pattern := range names {
		for _, k := range known {
			if matches(pattern, k) && !slices.Contains(chosen, k) {
				chosen = append(chosen, k)
			}
		}
	}
	without := slices.DeleteFunc(slices.Clone(have), func(n string) bool { return slices.Contains(chosen, n) })
	switch how {
	case '+':
		return slices.Concat(have, slices.DeleteFunc(chosen, func(n string) bool { return slices.Contains(have, n) }))
	case '-':
		return without
	case '^':
		return slices.Concat(chosen, without)
	}
	return chosen
}

// matches reports whether a pattern with * and ? matches all of s.
func matches(pattern, s string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for i := 0; i <= len(s); i++ {
				if matches(pattern[1:], s[i:]) {
					return true
				}
			}
			return false
		case s == "" || pattern[0] != '?' && pattern[0] != s[0]:
			return false
		}
		pattern, s = pattern[1:], s[1:]
	}
	return s == ""
}

// weak lists those of the negotiated algorithms that are not safe.
func weak(n ssh.NegotiatedAlgorithms) []string {
	bad := allInsecure()
	var found []string
	for _, name := range []string{n.KeyExchange, n.HostKey, n.Read.Cipher, n.Write.Cipher, n.Read.MAC, n.Write.MAC} {
		if slices.Contains(bad, name) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}
