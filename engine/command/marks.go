package command

// A Pager is the mark with which a host stops, and the key that makes it go on.
type Pager struct {
	Pattern string // a regular expression; it matches up to the cursor
	Key     string
}

// Pagers returns the pagers that are known, the more particular ones first.
func Pagers() []Pager {
	return []Pager{
		{`(?:\(END\)|lines \d+-\d+/\d+ \(END\)) ?$`, "q"},
		{`-{2,}? ?\(?(?i:more)\)?[^\n]{0,80}? ?-{2,} ?$`, " "},
		{`(?i:-{2,} ?more ?-{2,})[^\n]{0,100}$`, " "},
		{`-{2,}\((?i:more)(?: \d+%)?\)-{2,} ?$`, " "},
		{`(?i:--more--) ?\(\d+%\)(?:\[[^\n]*\])?$`, " "},
		{`<-+ ?(?i:more) ?-+> ?$`, " "},
		{`(?i:more): ?<space>[^\n]{0,80}$`, " "},
		{`^(?:\S+ lines \d+-\d+/\d+|lines \d+-\d+(?:/\d+)?)(?: \d+%)? ?$`, " "},
		{`^ ?Manual page [^\n]{1,60} line \d+[^\n]{0,60}$`, " "},
		{`(?i:press (?:any key|<?space>?|<?space ?bar>?|<?enter>?|<?return>?))[^\n]{0,80}?(?i:to continue|for more|for next page)[^\n]{0,60}$`, " "},
		{`(?i:\(?q\)?uit)[^\n]{0,40}(?i:more)[^\n]{0,40}[:?>-] ?$`, " "},
	}
}

// Notices returns patterns of the log lines that hosts show on their consoles between
// other text, as syslog writes them.
func Notices() []string {
	const (
		month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
		clock = `\d\d:\d\d:\d\d`
	)
	return []string{
		`^(?:<\d+>)?(?:\d+: )*[*.]?` + month + ` +\d+ (?:\d{4} )?` + clock,
		`^(?:<\d+>)?(?:\S+ )?%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-\d-[A-Z0-9_]+: `,
		`^%%?\d*[A-Z0-9_]+/\d/[A-Z0-9_]+`,
		`^\d{4}-\d\d-\d\d[T ]` + clock + `\S* \S+`,
		`^\[ *\d+\.\d+\] `,
		`^\*{2,} ?` + month + `? ?\d+`,
		`^Broadcast message from `,
	}
}
