package cli

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// written finds the commands that a text shows: in code spans, in indented or fenced
// blocks, and behind a shell's prompt.
var written = regexp.MustCompile("`(moonwire [^`]+)`|(?m)^(?:\\s*|\\$ )(?:[A-Z_]+=\\S+ )*(moonwire [^|>#\n]+)")

// TestWrittenCommandsParse: every command that the manual, the README and their kin show
// is one, with flags that it has. Words in capitals stand for the user's.
func TestWrittenCommandsParse(t *testing.T) {
	files := []string{"../../README.md", "../../SECURITY.md", "../../CONTRIBUTING.md", "../../tests/bench/README.md"}
	err := filepath.WalkDir("../../stdlib/meta", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range written.FindAllStringSubmatch(string(text), -1) {
			line := m[1] + m[2]
			if m[2] != "" && !strings.HasSuffix(file, "README.md") && !regexp.MustCompile(`^moonwire( [a-z]+)? (-|\S+\.lua)|^moonwire (fleet|check|test|replay|play|record|demo|doc|connect) `).MatchString(m[2]) {
				continue // a sentence that begins with the program's name
			}
			args := wordsOf(strings.ReplaceAll(line, "-nats URL", "-nats nats://127.0.0.1:4222"))[1:]
			c := scripts()
			for _, named := range commands() {
				if name := strings.Fields(named.name); len(args) >= len(name) && strings.Join(args[:len(name)], " ") == named.name {
					c, args = named, args[len(name):]
				}
			}
			count++
			if _, _, err := c.parse(args); err != nil && !errors.Is(err, flag.ErrHelp) {
				t.Errorf("%s: %q: %v", file, line, err)
			}
		}
	}
	if count < 60 {
		t.Errorf("%d commands were found", count)
	}
}

// wordsOf cuts a command line into words as a shell does, but for its brackets, which
// stand for what may be left out.
func wordsOf(line string) (words []string) {
	for _, m := range regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		word := m[1] + m[2] + m[3]
		if strings.HasPrefix(word, "[") {
			continue
		}
		words = append(words, strings.TrimRight(word, "]"))
	}
	return words
}
