package fleet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Folder is where a run keeps what it makes.
type Folder string

// The names of the files in a folder.
const (
	ResultsName = "results.jsonl"
	TableName   = "results.csv"
	JUnitName   = "junit.xml"
	ReportName  = "report.html"
	hostsName   = "hosts"
)

// CreateFolder makes the folder of a new run. It must not be there yet.
func CreateFolder(path string) (Folder, error) {
	err := os.Mkdir(path, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return "", &existsError{path}
	case err != nil:
		return "", fmt.Errorf("cannot make the folder %s: %w", path, cause(err))
	}
	f := Folder(path)
	if err := os.Mkdir(f.join(hostsName), 0o700); err != nil {
		_ = os.Remove(path)
		return "", fmt.Errorf("cannot make the folder %s: %w", f.join(hostsName), cause(err)) // no test: the disk must be full just now
	}
	return f, nil
}

// existsError says that a folder is there already.
type existsError struct{ path string }

func (e *existsError) Error() string { return e.path + " is there already" }

// Unwrap returns fs.ErrExist.
func (e *existsError) Unwrap() error { return fs.ErrExist }

// Remove takes the folder away again whose run could not begin.
func (f Folder) Remove() {
	for _, name := range []string{JournalName, hostsName, ""} {
		_ = os.Remove(f.join(name)) // what cannot go may stay
	}
}

func (f Folder) join(name string) string { return filepath.Join(string(f), name) }

// NewRecording is a file for a host's recording at which nothing is yet: that of a host which is tried
// again, or resumed, has a number.
func (f Folder) NewRecording(host string) string { return f.unused(host, castEnd) }

// NewLog is NewRecording for logs.
func (f Folder) NewLog(host string) string { return f.unused(host, logEnd) }

// Recordings are the files of a host's recordings, those of the last try last.
func (f Folder) Recordings(host string) []string { return f.used(host, castEnd) }

// Logs are the files of a host's logs, those of the last try last.
func (f Folder) Logs(host string) []string { return f.used(host, logEnd) }

const (
	castEnd = ".cast"
	logEnd  = ".log"
)

// numbered is the file of a host's try. The mark before the number is in no name that
// FileName gives.
func (f Folder) numbered(host, end string, n int) string {
	name := FileName(host)
	if n > 1 {
		name += "+" + strconv.Itoa(n)
	}
	return filepath.Join(f.join(hostsName), name+end)
}

func (f Folder) unused(host, end string) string {
	for n := 1; ; n++ {
		path := f.numbered(host, end, n)
		if _, err := os.Lstat(path); err != nil {
			return path
		}
	}
}

func (f Folder) used(host, end string) []string {
	var paths []string
	for n := 1; ; n++ {
		path := f.numbered(host, end, n)
		if _, err := os.Lstat(path); err != nil {
			return paths
		}
		paths = append(paths, path)
	}
}

// reservedNames are those that Windows keeps for itself.
var reservedNames = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "com1": true, "com2": true, "com3": true, "com4": true,
	"lpt1": true, "lpt2": true, "lpt3": true,
}

// FileName makes a file's name of a host's name, a different one for each. What cannot
// stand in a file's name, capitals among it, as some file systems don't tell them apart,
// is written as % and its bytes in hex. So is a hyphen at the beginning, which programs
// would take for a flag. A long name is cut; a sum tells it apart.
func FileName(host string) string {
	var b strings.Builder
	for i := range len(host) {
		c := host[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-' && i > 0, c == '.' && i > 0 && i < len(host)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	name := b.String()
	if stem, _, _ := strings.Cut(name, "."); reservedNames[stem] {
		name = fmt.Sprintf("%%%02x", name[0]) + name[1:]
	}
	if len(name) > longestFileName {
		sum := (&Host{Name: host}).Sum()
		name = name[:longestFileName-len(sum)-2] + "%%" + sum
	}
	return name
}

// longestFileName is the longest that FileName gives, so that an ending can follow.
const longestFileName = 200

// WriteReport writes the report.
func (f Folder) WriteReport(write func(w io.Writer) error) error { return f.Replace(ReportName, write) }

// Replace writes a file anew: the old one is there until the new one is whole.
func (f Folder) Replace(name string, write func(w io.Writer) error) error {
	path := f.join(name)
	temporary, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		w := bufio.NewWriterSize(temporary, 1<<16)
		err = write(w)
		if err == nil {
			err = w.Flush()
		}
		if closed := temporary.Close(); err == nil {
			err = closed
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		} else {
			_ = os.Remove(path + ".new")
		}
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}
