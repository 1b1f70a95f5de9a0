package report

import (
	"context"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestInBrowser opens the page in headless Chromium, with a filter and a host, and looks at
// what the script has made of it.
func TestInBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("MOONWIRE_REAL") != "" {
			t.Fatal("there is no chromium here, and MOONWIRE_REAL is set")
		}
		t.Skip("there is no chromium on this machine")
	}
	page := written(t, hosts(2000), 0, false, 0)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		hash  url.Values
		want  []string // parts of the text
		wrong []string
	}{
		{
			url.Values{"q": {"site=fra cannot"}, "host": {"r3"}},
			[]string{
				"200 of 2000 hosts", "200 cannot connect to HOST (connect)", "r7", "100 more of 100",
				"r3close", "telnet://192.0.2.3 · group=core rack=3 site=fra", "\"says\": \"<i>hello</i>\"",
				"login: <u>me</u> \ufffd", "The first 20 bytes are left out here.", "Xred\n<s>two</s>\n$ ls", "0.9 of 0.9 s",
				"r3.log, r3.cast, r3+2.cast. moonwire play hosts/r3+2.cast plays the recording.",
			},
			[]string{"r1999", "\x1b"},
		},
		{
			url.Values{"host": {evil}},
			[]string{evil + "close", "failed (x" + evil + "), in step", "There is neither a log nor a recording of this host.", "1799", "200 cannot connect", "1 HOST! (x" + evil + ")"},
			nil,
		},
	} {
		dom, told := dump(t, chromium, "file://"+path+"#"+test.hash.Encode())
		if strings.Contains(dom, "<title>run") || strings.Contains(told, "CONSOLE") {
			t.Errorf("%s", told)
		}
		_, body, _ := strings.Cut(dom, "<main>")
		body = regexp.MustCompile(`(?s)<script.*?</script>|<noscript>.*?</noscript>`).ReplaceAllString(body, "")
		text := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, ""))
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: there is no %q", test.hash, want)
			}
		}
		for _, wrong := range test.wrong {
			if strings.Contains(text, wrong) {
				t.Errorf("%s: there is %q", test.hash, wrong)
			}
		}
		if t.Failed() {
			t.Fatalf("%s\n%.6000s", told, text)
		}
	}
}

// dump is the page as Chromium has it, and what it says of it.
func dump(t *testing.T, chromium, url string) (dom, told string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", url)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return out.String(), errs.String()
}
