package record

// GeneratedScripts are recordings, with the scripts that are made of them.
var (
	GeneratedScripts = generatedScripts
	Handwritten      = script
)

// Lines are a recording's, as Handwritten takes them.
func (g *generatedScript) Lines() (name string, lines []string) { return g.name, g.lines }
