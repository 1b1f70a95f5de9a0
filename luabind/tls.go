package luabind

import (
	"crypto/tls"

	lua "github.com/yuin/gopher-lua"
)

// tlsTable returns the table that s.tls is: nil for a session in clear, else the
// version, the cipher and, if the certificate was verified, the name it was
// verified for.
func (c *call) tlsTable(state *tls.ConnectionState) lua.LValue {
	if state == nil {
		return lua.LNil
	}
	t := c.L.CreateTable(0, 3)
	t.RawSetString("version", lua.LString(tls.VersionName(state.Version)))
	t.RawSetString("cipher", lua.LString(tls.CipherSuiteName(state.CipherSuite)))
	if len(state.VerifiedChains) > 0 {
		t.RawSetString("verified", lua.LString(state.ServerName))
	}
	return t
}
