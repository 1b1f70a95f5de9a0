package record

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"
)

// What asciinema and its kin write is read.
func TestForeignFiles(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("{\"version\": 2, \"width\": 80, \"height\": 24}\n[1, \"o\", \"one\"]\n[2.5, \"o\", \"two\"]\n"))
	_ = z.Close()
	for name, file := range map[string]string{
		"version 2":   "{\"version\": 2, \"width\": 80, \"height\": 24, \"timestamp\": 1504467315, \"idle_time_limit\": 1.5, \"theme\": {\"fg\": \"#d0d0d0\"}}\n[1, \"o\", \"one\"]\n[1.5, \"i\", \"\\r\"]\n[1.6, \"m\", \"\"]\n[2.5, \"o\", \"two\"]\n",
		"version 3":   "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24,\"type\":\"xterm\"},\"timestamp\":1504467315}\n# a comment\n[1.0,\"o\",\"one\"]\n[0.5,\"i\",\"\\r\"]\n[1.0,\"o\",\"two\"]\n[0.1,\"x\",\"0\"]\n",
		"version 1":   "{\n \"version\": 1,\n \"width\": 80, \"height\": 24, \"duration\": 2.5, \"command\": \"sh\",\n \"stdout\": [[1, \"one\"],\n [1.5, \"two\"]]\n}\n",
		"one line":    "{\"version\": 1, \"width\": 80, \"height\": 24, \"stdout\": [[1, \"one\"], [1.5, \"two\"]]}",
		"gzip":        zipped.String(),
		"other codes": "{\"version\": 2, \"width\": 80, \"height\": 24}\n[1, \"o\", \"one\"]\n[1, \"=\", \"not ours\"]\n[1, \"<\", \"\u2028\"]\n[1, \"custom\", {\"a\": 1}]\n[2.5, \"o\", \"two\"]",
	} {
		r, err := Read(strings.NewReader(file), "a.cast")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := r.Sessions[0]
		if string(s.Received()) != "onetwo" || r.Columns != 80 || r.Rows != 24 || len(s.Steps) < 2 || s.Steps[0].Time != time.Second || s.Steps[len(s.Steps)-1].Time != 2500*time.Millisecond {
			t.Errorf("%s: %+v %+v", name, r, s)
		}
	}
}

// A file that is none, or that is damaged, is an error that says where and what.
func TestDamagedFiles(t *testing.T) {
	const head = "{\"version\": 2, \"width\": 80, \"height\": 24}\n"
	const ours = "{\"version\": 2, \"width\": 80, \"height\": 24, \"moonwire\": {\"format\": 1}}\n"
	for _, test := range []struct{ file, want string }{
		{"", "x.cast: the file is empty, it holds no recording"},
		{"\n", "x.cast:1: this is no recording: it begins with an empty line"},
		{"Script started on 2026-01-17\n", `x.cast:1: this is no recording: it begins with "Script started on 20"`},
		{"\x7fELF\x02\x01", `x.cast:1: this is no recording: it begins with "\x7fELF\x02\x01"`},
		{"{\"name\": \"x\"}\n", `x.cast:1: this is no recording: its first line has no "version"`},
		{"{\"version\": 9}\n", "x.cast:1: this is asciicast version 9; versions 1 to 3 are known"},
		{"{\"version\": 2, \"wid", "x.cast:1: the header is cut off or damaged: unexpected end of JSON input"},
		{"{\"version\": 2, \"wid\n", "x.cast:1: the header is damaged: unexpected end of JSON input"},
		{"{\"version\": 2, \"moonwire\": {\"format\": 99}}\n", "x.cast:1: it was recorded by a later moonwire (format 99; this one knows 1)"},
		{"{\"version\": 1, \"stdout\": [[1, \"a\"], [2]]}\n", "x.cast: entry 2 of stdout is damaged: it should be [delay, text]"},
		{head + "hello\n", `x.cast:2: this is no event, which would be [time, code, data]: "hello"`},
		{head + "[1, \"o\", \"a\"]\n[1, \"o\", \"a\n[2, \"o\", \"b\"]\n", "x.cast:3: the event is damaged: unexpected end of JSON input"},
		{head + "[1, \"o\"]\n", "x.cast:2: an event has three parts, [time, code, data]; this one has 2"},
		{head + "[-1, \"o\", \"\"]\n", `x.cast:2: the event's time is wrong: "-1"`},
		{head + "[1, 2, \"\"]\n", `x.cast:2: the event's code is wrong: "2"`},
		{head + "[1, \"o\", 3]\n", `x.cast:2: the event's data is no string: "3"`},
		{ours + "[1, \"<\", \"\\u2028\"]\n", `x.cast:2: the data of an event "<" has characters that are no bytes`},
		{ours + "[1, \"o\", \"\xff\"]\n", "x.cast:2: the event is damaged: it is not UTF-8"},
		{ours + "[1, \"@\", \"7\"]\n", `x.cast:2: session "7" has not begun`},
		{ours + "[1, \"e\", \"echo\"]\n", `x.cast:2: the event "echo" is of no kind that is known`},
		{ours + "[1, \"S\", \"7\"]\n", "x.cast:2: the beginning of a session is damaged: json: cannot unmarshal number into Go value of type record.begun"},
		{"\x1f\x8bnot gzip", "x.cast: it is a damaged gzip file: gzip: invalid header"},
	} {
		_, err := Read(strings.NewReader(test.file), "x.cast")
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.file, err, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("{\"version\": 2, \"moonwire\": {\"format\": 1}}\n[0, \"S\", \"{\\\"session\\\":1}\"]\n[1, \"=\", \"\\u00ff\"]\n[1, \"o\", \"?\"]\n")
	f.Add("{\"version\": 1, \"stdout\": [[1, \"a\"]]}")
	f.Fuzz(func(t *testing.T, file string) {
		r, err := Read(strings.NewReader(file), "x.cast")
		if err == nil && len(r.Sessions) == 0 {
			t.Error("a recording without a session")
		}
	})
}
