package telnet

import (
	"bytes"
	"testing"
)

// The benchmarks set the codec beside a plain copy of the same bytes: what a
// session does with Data is a copy into its buffer.

const benchSize = 64 << 10

// logLines returns n bytes of log lines, with a command or a doubled 255 every
// so many bytes, or none at 0.
func logLines(n, every int) []byte {
	p := bytes.Repeat([]byte("Nov 23 20:31:07 core-1 %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\r\n"), n/70)[:n]
	if every > 0 {
		for i, odd := every, false; i+1 < n; i, odd = i+every, !odd {
			p[i], p[i+1] = iac, byte(GA)
			if odd {
				p[i+1] = iac
			}
		}
	}
	return p
}

func benchCopy(b *testing.B, in []byte) {
	dst := make([]byte, 0, len(in))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		dst = append(dst[:0], in...)
	}
}

func benchCodec(b *testing.B, in []byte) {
	c := New(Config{})
	dst := make([]byte, 0, len(in))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		dst = dst[:0]
		for rest := in; ; {
			event, n := c.Next(rest)
			rest = rest[n:]
			if event.Kind == None {
				break
			}
			dst = append(dst, event.Data...)
		}
	}
}

func BenchmarkCopy(b *testing.B)          { benchCopy(b, logLines(benchSize, 0)) }
func BenchmarkCodecClean(b *testing.B)    { benchCodec(b, logLines(benchSize, 0)) }
func BenchmarkCodecIACPerKB(b *testing.B) { benchCodec(b, logLines(benchSize, 1024)) }
func BenchmarkCodecAllIAC(b *testing.B)   { benchCodec(b, bytes.Repeat([]byte{iac}, benchSize)) }

func BenchmarkCodecOptionStorm(b *testing.B) {
	in := bytes.Repeat([]byte("\xff\xfb\x01\xff\xfc\x01\xff\xfd\x63"), benchSize/9)
	c := New(Config{})
	var out []byte
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		for rest := in; ; {
			event, n := c.Next(rest)
			rest = rest[n:]
			if event.Kind == None {
				break
			}
		}
		out = c.AppendOutput(out[:0])
	}
}

func BenchmarkAppendText(b *testing.B) {
	c := New(Config{})
	in := logLines(benchSize, 0)
	dst := make([]byte, 0, 2*len(in))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		dst = c.AppendText(dst[:0], in, "\r\n")
	}
}

func BenchmarkInflate(b *testing.B) {
	wire := []byte(deflate(b, false, string(logLines(1<<20, 0))))
	buf := make([]byte, 32<<10)
	b.SetBytes(1 << 20)
	for b.Loop() {
		f := NewInflater(bytes.NewReader(wire))
		_ = f.Start(nil)
		for {
			if _, err := f.Read(buf); err != nil {
				break
			}
		}
	}
}
