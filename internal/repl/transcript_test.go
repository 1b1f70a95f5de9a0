package repl_test

import (
	"strings"
	"testing"

	"github.com/moonwire/moonwire/internal/repl"
)

func TestTranscript(t *testing.T) {
	tr := repl.NewTranscript()
	for _, s := range []string{
		"<welcome\r\nlogin: ", ">brandx\x7f", "<brandx\b \b", ">on\r", "<on\r\n", "<Password: ",
		">mypass\r", "<\r\n\x1b[1mdemo\x1b[0m$ ", ">echo \"ä\"\r", "<echo \"ä\"\r\nä\r\n$ ", ">\x03", "<^C\r\n$ ", ">\r", "<\r\n$ ", ">half",
		"<half",
	} {
		if s[0] == '<' {
			tr.Shown([]byte(s[1:]))
		} else {
			for i := 1; i < len(s); i++ { // keys come one by one
				tr.Typed([]byte{s[i]})
			}
		}
	}
	want := `read_until("login: ")
writeln("brandon")
read_until("Password: ")
writeln(secret "password")
read_until("demo$ ")
writeln([[echo "ä"]])
read_until("$ ")
write("\003")
read_until("$ ")
writeln("")
read_until("$ ")
write("half")`
	got := strings.Join(tr.Lua(), "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
