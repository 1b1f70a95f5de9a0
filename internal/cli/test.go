package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/luabind/spec"
)

// runTest runs files of tests.
func (app *App) runTest(s *settings, paths []string) int {
	files, err := testFiles(paths)
	if err != nil {
		app.say("test: %v", err)
		return exitUsage
	}
	if len(files) == 0 {
		app.say("test: there is no file that ends in _test.lua in %s", strings.Join(orHere(paths), ", "))
		return exitUsage
	}
	t := &testRun{app: app, s: s, verbose: s.verbose, tap: s.tap}
	for _, file := range files {
		if err := t.file(file); err != nil {
			return app.finish(err)
		}
	}
	if s.junit != "" {
		if err := t.writeJUnit(s.junit); err != nil {
			app.say("test: %v", err)
			return exitError
		}
	}
	status := t.end()
	if t.count == 0 {
		app.say("test: there is no test in %s", strings.Join(files, ", "))
		app.hint(`a test is it("what it shows", function() ... end)`)
		return exitUsage
	}
	return status
}

func orHere(paths []string) []string {
	if len(paths) == 0 {
		return []string{"."}
	}
	return paths
}

// testFiles finds the files of tests: those named, and those in the directories
// that are named, here if none is.
func testFiles(paths []string) (files []string, err error) {
	for _, path := range orHere(paths) {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", path, errors.Unwrap(err))
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && name != path && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case !d.IsDir() && strings.HasSuffix(name, "_test.lua"):
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.Compact(files), nil
}

// A testRun is the tests of all files and how they went.
type testRun struct {
	app                     *App
	s                       *settings
	verbose, tap            bool
	passed, failed, pending int
	count                   int
	suites                  []junitSuite
}

// file runs the tests of one file. What its script prints goes to standard output
// with -v, else it is shown where a test fails.
func (t *testRun) file(path string) error {
	suite := junitSuite{Name: path}
	var printed bytes.Buffer
	in, err := t.app.interpWith(t.s, func(c *luabind.Config) {
		c.Stdin, c.Terminal = strings.NewReader(""), nil
		if !t.verbose && !t.tap {
			c.Stdout = &printed
		} else {
			c.Stdout = &prefixed{out: t.app.Stdout, prefix: "# "}
		}
	})
	if err != nil {
		return err
	}
	file := spec.Open(in, path, t.app.status)
	var row progress
	file.Progress = func(done, all int, begun time.Time) {
		if row.begun != begun {
			row = progress{what: "test: " + path, all: all, say: t.app.say, begun: begun}
		}
		row.done = done - 1
		row.ran(true, time.Now())
	}
	report := func(r spec.Result) {
		_ = in.Flush() // its output is a buffer
		t.report(path, r, &suite, printed.String())
		printed.Reset()
	}
	source, err := os.ReadFile(path)
	if err == nil {
		err = refuseBinary(path, source)
	}
	if err == nil {
		in.AddModulePath(filepath.Dir(path))
		err = in.Run(t.app.ctx, source, path)
	}
	if err == nil {
		err = file.Run(t.app.ctx, report)
	}
	closeErr := in.Close()
	t.suites = append(t.suites, suite)
	switch {
	case t.app.ctx.Err() != nil:
		return t.app.ctx.Err()
	case err != nil:
		report(spec.Result{Name: "(the file)", Where: path, Err: err})
		t.suites[len(t.suites)-1] = suite
	}
	return closeErr
}

// report tells of one test.
func (t *testRun) report(file string, r spec.Result, suite *junitSuite, printed string) {
	t.count++
	r.Name, file, r.Where = t.app.heading(r.Name), t.app.heading(file), t.app.heading(r.Where)
	c := junitCase{Name: r.Name, Class: file, Time: fmt.Sprintf("%.3f", r.Took.Seconds())}
	state, detail := "ok", ""
	switch {
	case r.Pending:
		t.pending++
		state = "pending"
		c.Skipped = &struct{}{}
	case r.Err != nil:
		t.failed++
		state = "FAILED"
		detail = message(r.Err)
		if e, ok := errors.AsType[*baselib.Error](r.Err); ok && e.Traceback != "" {
			detail += "\n" + e.Traceback
		}
		if printed != "" {
			detail += "\nit printed:\n" + strings.TrimSuffix(printed, "\n")
		}
		detail = t.app.shown(detail)
		first, _, _ := strings.Cut(detail, "\n")
		c.Failure = &junitFailure{first, detail}
		suite.Failures++
	default:
		t.passed++
	}
	suite.Tests++
	suite.Cases = append(suite.Cases, c)
	switch {
	case t.tap:
		line := fmt.Sprintf("ok %d - %s: %s", t.count, file, r.Name)
		if r.Err != nil {
			line = "not " + line
		}
		if r.Pending {
			line += " # TODO"
		}
		t.app.print(line + "\n" + indented(detail, "# "))
	case r.Err != nil:
		t.app.print(fmt.Sprintf("FAILED  %s: %s\n%s", r.Where, r.Name, indented(detail, "    ")))
	case t.verbose || r.Pending:
		t.app.print(fmt.Sprintf("%-7s %s: %s\n", state, r.Where, r.Name))
	}
}

// heading is a test's or a file's name on one line.
func (app *App) heading(name string) string {
	return strings.ReplaceAll(app.shown(name), "\n", `\n`)
}

func indented(text, by string) string {
	if text == "" {
		return ""
	}
	return by + strings.ReplaceAll(text, "\n", "\n"+by) + "\n"
}

// end tells the sum.
func (t *testRun) end() int {
	if t.tap {
		t.app.print(fmt.Sprintf("1..%d\n", t.count))
	} else {
		sum := fmt.Sprintf("%d passed", t.passed)
		if t.failed > 0 {
			sum += fmt.Sprintf(", %d failed", t.failed)
		}
		if t.pending > 0 {
			sum += fmt.Sprintf(", %d pending", t.pending)
		}
		t.app.print(sum + "\n")
	}
	if t.failed > 0 {
		return exitError
	}
	return exitOK
}

// prefixed begins every line that a script prints with a mark, so that it is no
// line of TAP.
type prefixed struct {
	out    io.Writer
	prefix string
	inLine bool
}

// Write implements io.Writer.
func (p *prefixed) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		if !p.inLine {
			if _, err := io.WriteString(p.out, p.prefix); err != nil {
				return 0, err
			}
		}
		p.inLine = line[len(line)-1] != '\n'
		if _, err := p.out.Write(line); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// JUnit's format, as far as those who read it agree on one.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *struct{}     `xml:"skipped"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Detail  string `xml:",chardata"`
}

func (t *testRun) writeJUnit(path string) error {
	all := struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []junitSuite
	}{Suites: t.suites}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte(xml.Header), append(text, '\n')...), 0o644) // a report for others to read
}
