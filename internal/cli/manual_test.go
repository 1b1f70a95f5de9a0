package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/stdlib/reference"
)

// TestManual: the page has each entry and flag, once, and refers to nothing outside;
// every link has its place. The pages for man please mandoc, where there is one.
func TestManual(t *testing.T) {
	dir := t.TempDir()
	_, errs, status := said(t, "doc", "-html", filepath.Join(dir, "html"), "-man", filepath.Join(dir, "man"))
	if status != exitOK {
		t.Fatalf("%d, %s", status, errs)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "man", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wrote " + filepath.Join(dir, "html", "index.html"), fmt.Sprintf("wrote %d pages to %s", len(pages), filepath.Join(dir, "man"))} {
		if !strings.Contains(errs, want) {
			t.Errorf("%q lacks %q", errs, want)
		}
	}
	source, err := os.ReadFile(filepath.Join(dir, "html", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(source)
	ids := make(map[string]int)
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]]++; ids[m[1]] > 1 {
			t.Errorf("the place %s is there twice", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if place, inside := strings.CutPrefix(m[1], "#"); !inside || ids[place] == 0 {
			t.Errorf("the link %s leads nowhere", m[1])
		}
	}
	for _, outside := range []string{"<link", "@import", "url(", "fetch("} {
		if strings.Contains(page, outside) {
			t.Errorf("the page has %s", outside)
		}
	}
	for _, c := range commands() {
		for _, d := range c.flags {
			if !strings.Contains(page, "<code>"+d.form()+"</code>") {
				t.Errorf("there is nothing about %s %s", c.name, d.form())
			}
		}
	}
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Entries() {
		if e.Kind == reference.Function && ids[e.Name] == 0 || e.Kind == reference.Topic && ids[strings.ReplaceAll(e.Name, " ", "-")] == 0 {
			t.Errorf("there is nothing about %s", e.Name)
		}
	}
	pages, err = filepath.Glob(filepath.Join(dir, "man", "moonwire*.[137]"))
	if err != nil || len(pages) != len(r.Topics())+2 {
		t.Errorf("pages %v, %v", pages, err)
	}
	if mandoc, err := exec.LookPath("mandoc"); err == nil {
		out, _ := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "warning"}, pages...)...).CombinedOutput() // its status says the same
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "missing date") { // so that each build gives the same
				t.Error(line)
			}
		}
	}
	if _, errs, status := said(t, "doc", "-html", dir, "expect"); status != exitUsage || !strings.Contains(errs, "take no NAME") {
		t.Errorf("%d, %s", status, errs)
	}
	if _, errs, status := said(t, "doc", "-man", filepath.Join(dir, "html", "index.html")); status != exitError || !strings.Contains(errs, "moonwire: doc: ") {
		t.Errorf("%d, %s", status, errs)
	}
}
