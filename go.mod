module github.com/moonwire/moonwire

go 1.26.0

require (
	github.com/creack/pty v1.1.24
	github.com/rogpeppe/go-internal v1.16.0
	github.com/yuin/gopher-lua v1.1.2
	golang.org/x/sys v0.50.0
	golang.org/x/term v0.48.0
	golang.org/x/text v0.44.0
)

require (
	github.com/chzyer/readline v1.5.1
	github.com/kevinburke/ssh_config v1.6.0
	github.com/skeema/knownhosts v1.3.3
	go.bug.st/serial v1.8.0
	golang.org/x/crypto v0.59.0
)

require golang.org/x/tools v0.52.0 // indirect
