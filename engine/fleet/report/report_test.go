package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

// evil is what a host says that wants to run something in the page.
const evil = `</script><script>document.title="run"</script><img src=x onerror="document.title='run'">&lt;`

type worker func(job *fleet.Job) fleet.Outcome

func (f worker) Run(_ context.Context, job *fleet.Job) fleet.Outcome { return f(job) }

func hosts(n int) []*fleet.Host {
	list := make([]*fleet.Host, n)
	for i := range list {
		list[i] = &fleet.Host{
			Name: fmt.Sprintf("r%d", i), Address: fmt.Sprintf("telnet://192.0.2.%d", i), Groups: []string{"core"},
			Vars: map[string]any{"site": []string{"ams", "fra"}[i%2], "rack": float64(i), "connect": map[string]any{"timeout": 5.0}},
		}
	}
	list[1].Name = evil
	return list
}

// fate is what becomes of a host.
func fate(job *fleet.Job) fleet.Outcome {
	time.Sleep(time.Second)
	switch {
	case job.Host.Name == evil:
		return fleet.Outcome{Error: &fleet.Failure{Kind: "x" + evil, Reason: evil + "!", Message: evil + "\nhint: none", Step: evil, Where: "x.lua:3"}}
	case strings.HasSuffix(job.Host.Name, "7"):
		return fleet.Outcome{Error: &fleet.Failure{Kind: "connect", Reason: "cannot connect to " + job.Host.Address, Message: "cannot connect"}}
	case job.Host.Name == "r2":
		return fleet.Outcome{Value: fmt.Appendf(nil, `{"text":"%s"}`, strings.Repeat("x", 2*mostText))}
	}
	return fleet.Outcome{Value: []byte(`{"says":"<i>hello</i>"}`)}
}

// written runs hosts and returns the report. stop ends the run after so many; it goes on
// an hour later if goOn.
func written(t *testing.T, list []*fleet.Host, stop int, goOn bool, dialogues int) string {
	t.Helper()
	folder, err := fleet.CreateFolder(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		folder.NewLog("r3"):        strings.Repeat("-", mostLog) + "\nlogin: <u>me</u> \xff\n",
		folder.NewRecording("r3"):  "{}\n[0.1, \"o\", \"first try\"]\n",
		folder.NewRecording("r5"):  cast(`[0.5, "o", "` + strings.Repeat("y", mostEvent) + `"]`),
		folder.NewLog("r7"):        "no answer\n",
		folder.NewRecording("r17"): cast(`[0.1, "S", "{\"session\":4,\"name\":\"a\"}"]`, `[0.2, "S", "{\"session\":5,\"name\":\"b\"}"]`, `[0.3, "@", "4"]`, `[0.4, "o", "of a"]`, `[0.5,`),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(folder.NewRecording("r3"), []byte(cast(`[0.5, "o", "abc\rX\u001b[1;3"]`, `[0.6, "o", "1mred\u001b[0m\r\n<s>one</s>\r\u001b[K<s>two</s>\r\n$ lx\bs"]`, `[0.9, "i", "ls\r\n"]`, `["bad"]`)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder.NewLog("r9"), folder.NewRecording("r9")} { // not to be read
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var page bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		header := &fleet.Header{Script: "up & down.lua", Args: []string{"key", evil}, Inventory: "hosts.csv", Limit: "site=<ams>", Begun: time.Now(), Program: "moonwire 0.1"}
		for _, h := range list {
			header.Hosts = append(header.Hosts, [2]string{h.Name, h.Sum()})
		}
		journal, err := fleet.CreateJournal(string(folder), header)
		if err != nil {
			t.Fatal(err)
		}
		run := fleet.NewRun()
		run.Hosts, run.Rules, run.Journal, run.Worker = list, fleet.Rules{At: 3, Stop: fleet.Stop{Failures: stop}}, journal, worker(fate)
		summary, err := run.Do(t.Context())
		if err == nil && goOn {
			if err := journal.Close(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			var state *fleet.State
			if journal, state, err = fleet.OpenJournal(string(folder)); err != nil {
				t.Fatal(err)
			}
			run = fleet.NewRun()
			run.Hosts, run.Rules, run.Journal, run.State, run.Worker = list, fleet.Rules{At: 3}, journal, state, worker(fate)
			summary, err = run.Do(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		hide := func(text string) string { return strings.ReplaceAll(text, "key", "<secret>") }
		r := &Report{Run: run, Header: header, Folder: folder, Summary: summary, Hide: hide, Dialogues: dialogues}
		if err := r.Write(&page); err != nil {
			t.Fatal(err)
		}
		if err := r.Write(full{}); err == nil {
			t.Error("a full disk is no error")
		}
		if err := journal.Close(); err != nil {
			t.Fatal(err)
		}
		if err := r.Write(&page); err == nil {
			t.Error("a journal that cannot be read is no error")
		}
	})
	return page.String()
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func cast(lines ...string) string {
	return `{"version":2,"width":30,"height":6}` + "\n" + strings.Join(lines, "\n") + "\n"
}

// data is what the page's script reads.
func data(t *testing.T, page string) (d struct {
	Groups []group
	Hosts  [][]any
},
) {
	t.Helper()
	_, rest, _ := strings.Cut(page, `id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v\n%.300s", err, text)
	}
	return d
}

// TestReport: figures, groups and the picture, and nothing that a host says is markup.
func TestReport(t *testing.T) {
	page := written(t, hosts(100), 0, false, 0)
	for _, want := range []string{
		"<h1>up &amp; down.lua &lt;secret&gt; &lt;/script&gt;", "site=&lt;ams&gt;", "<dt>hosts</dt><dd>100</dd>", "<dt>ok</dt><dd>89</dd>", "<dt>failed</dt><dd>11</dd>",
		"<dt>took</dt><dd>34.0 s</dd>", "<dt>95 % within</dt><dd>1.0 s</dd>", `aria-label="the run over time"`, ">20 s</text>",
		"style-src '" + sum(style) + "'", "script-src '" + sum(script) + "'", "<style>" + style + "</style>", "<script>" + script + "</script>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("there are %d scripts", n)
	}
	for _, wrong := range []string{"<img", "<i>hello", "onerror=\"", `class="pause"`, "http://", "https://"} {
		if strings.Contains(strings.Replace(page, script, "", 1), wrong) {
			t.Errorf("there is %q", wrong)
		}
	}
	for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(strings.Replace(page, script, "", 1), -1) {
		if regexp.MustCompile(`\s(on\w+|style|src|href)=`).MatchString(tag) {
			t.Errorf("the tag %s", tag)
		}
	}
	d := data(t, page)
	if len(d.Hosts) != 100 || len(d.Groups) != 3 || d.Groups[0] != (group{"failed", "connect", "cannot connect to HOST", 10}) || d.Groups[1].Reason != "HOST!" || d.Groups[2] != (group{"ok", "", "", 89}) {
		t.Errorf("%+v", d.Groups)
	}
	if h := d.Hosts[1]; h[0] != evil || h[2] != "group=core rack=1 site=fra" || h[3] != 1.0 || h[8] != evil+"\nhint: none" {
		t.Errorf("%v", h)
	}
	if h := d.Hosts[2]; !strings.HasSuffix(h[7].(string), "x… (the rest is in results.jsonl)") {
		t.Errorf("%v", h)
	}
}

// TestPauses: a run that was resumed has no gap in its picture, and what is left is told.
func TestPauses(t *testing.T) {
	page := written(t, hosts(100), 2, true, 0)
	if !strings.Contains(page, `class="pause"`) || !regexp.MustCompile(`resumed 2000-01-01 01:00:0[34], after 1 h 0 min`).MatchString(page) || !strings.Contains(page, "<dt>took</dt><dd>34.0 s</dd>") {
		t.Error(page)
	}
	page = written(t, hosts(100), 2, false, 0)
	if !strings.Contains(page, "The run has ended early: failures have reached -stop 2. <code>moonwire fleet -resume ") || !strings.Contains(page, "<dt>left</dt><dd>") {
		t.Error(page)
	}
	d := data(t, page)
	if g := d.Groups[len(d.Groups)-2]; g.Outcome != "left" || g.Hosts < 80 || len(d.Hosts[99]) != 4 {
		t.Errorf("%+v %v", d.Groups, d.Hosts[99])
	}
	// Nothing is there to draw.
	if page := written(t, hosts(2)[:1], 0, false, 0); strings.Contains(page, "<svg") || !strings.Contains(page, "<dt>took</dt>") {
		t.Error(page)
	}
}

// TestManyReasons: who runs no script reads the first of them.
func TestManyReasons(t *testing.T) {
	p := &page{Report: &Report{}, groups: make(map[groupKey]int)}
	for i := range 103 {
		p.group("failed", "", fmt.Sprint("reason ", i))
	}
	var out bytes.Buffer
	p.to(&out)
	p.body()
	_ = p.w.Flush()
	if !strings.Contains(out.String(), "<td>failed reason 99</td></tr>\n<tr><td></td><td>and 3 reasons more</td></tr>") {
		t.Error(out.String())
	}
}

// TestDialogues: what the page has of logs and recordings, and what it leaves out.
func TestDialogues(t *testing.T) {
	page := written(t, hosts(100), 0, false, 0)
	for _, i := range []int{3, 5, 7, 9, 17} {
		if !strings.Contains(page, fmt.Sprintf(`id="d%d"`, i)) {
			t.Errorf("there is no dialogue of host %d", i)
		}
	}
	if strings.Count(page, `<script type="text/plain" id="d`) != 5 || strings.Contains(page, `id="full"`) {
		t.Error("there are other dialogues")
	}
	// Little room: those that failed come first.
	room := 0
	for _, m := range regexp.MustCompile(`id="d1?7">([^<]*)<`).FindAllStringSubmatch(page, -1) {
		room += len(m[1])
	}
	page = written(t, hosts(100), 0, false, room)
	if !strings.Contains(page, `id="d7"`) || !strings.Contains(page, `id="d17"`) || strings.Contains(page, `id="d5"`) || !strings.Contains(page, `id="full"`) {
		t.Error(page)
	}
}

// TestUnreadable: a log or a recording that cannot be read is told of.
func TestUnreadable(t *testing.T) {
	var d dialogue
	d.readLog(t.TempDir())
	d.readCast(t.TempDir())
	if !strings.Contains(d.Log, "the log cannot be read: ") || !d.Cut || d.Before != 0 {
		t.Errorf("%+v", d)
	}
	d = dialogue{}
	d.readLog("nosuch")
	d.readCast("nosuch")
	if !strings.Contains(d.Log, "no such file") || !d.Cut {
		t.Errorf("%+v", d)
	}
}

// TestHouseStyle: the page has the colours of the manual.
func TestHouseStyle(t *testing.T) {
	manual, err := os.ReadFile("../../../stdlib/reference/manual.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.SplitAfter(style, "\n")[:2] {
		if !strings.Contains(string(manual), line) {
			t.Errorf("the manual does not have %s", line)
		}
	}
}

// TestDurations are for people.
func TestDurations(t *testing.T) {
	for seconds, want := range map[float64]string{0.0104: "10 ms", 59.94: "59.9 s", 61: "1 min 1 s", 7260: "2 h 1 min"} {
		if got := duration(seconds); got != want {
			t.Errorf("%g is %q, want %q", seconds, got, want)
		}
	}
	for length, want := range map[float64]float64{0.001: 0.001, 33: 10, 100: 20, 1e6: 172800} {
		if got := niceStep(length); got != want {
			t.Errorf("%g has steps of %g, want %g", length, got, want)
		}
	}
	if mark(120) != "2 min" || mark(0.5) != "0.5 s" {
		t.Error(mark(120), mark(0.5))
	}
}

// TestSecretsAboutHosts: a variable that has a password in it is not in the page.
func TestSecretsAboutHosts(t *testing.T) {
	h := &fleet.Host{
		Name: "r1", Groups: []string{"core"}, Vars: map[string]any{"site": "ams", "url": "http://admin:hunter2@r1/", "login": "hunter2"},
		Secrets: map[string]string{"password": "hunter2", "secret": ""},
	}
	if got := about(h); got != "group=core site=ams" {
		t.Error(got)
	}
}
