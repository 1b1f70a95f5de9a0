// Package network is a network of simulated devices on loopback, for tests and
// benchmarks: thousands of them in one process. Each is a demo host of package demo with
// an address, a name and a state of its own. Some refuse connections, never answer, hang
// up in the middle of a login, or refuse the password.
//
// All devices share one listener: on Linux each address of 127.0.0.0/8 is this machine, so
// the address that a client has dialled says which device it wants. Elsewhere [Start]
// returns an error.
package network

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moonwire/moonwire/engine/demo"
)

// A Fate is how a device answers.
type Fate int

// The fates of a device.
const (
	Answers Fate = iota // works
	Refuses             // refuses connections
	Silent              // takes connections and never says anything
	Drops               // hangs up when it has been told a name
	Denies              // refuses every password
)

// String is the fate as a word.
func (f Fate) String() string {
	return [...]string{"answers", "refuses", "silent", "drops", "denies"}[f]
}

// Some is a network in which two of a hundred devices have each of the other fates.
func Some(i int) Fate {
	switch i % 50 {
	case 7:
		return Refuses
	case 17:
		return Silent
	case 27:
		return Drops
	case 37:
		return Denies
	}
	return Answers
}

// Config is what a network is like. Its zero value is one whose devices all answer at once.
type Config struct {
	Latency time.Duration    // how long an answer takes
	Fate    func(i int) Fate // nil: all answer
	// Sites is the number of sites that the devices are spread over, 0 for 10.
	Sites int
}

// A Network is a number of devices.
type Network struct {
	Devices []*Device

	listener net.Listener
	config   Config
	over     chan struct{}
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil once the network is closed
}

// A Device is one of a network.
type Device struct {
	Name    string // "d00042"
	Address string // "telnet://127.1.0.42:40123"
	Site    string // "s2"
	Fate    Fate

	server *demo.Server
	conns  atomic.Int64
	logins atomic.Int64
}

// Connections is the number of connections that the device has accepted.
func (d *Device) Connections() int { return int(d.conns.Load()) }

// Logins is the number of logins that went well.
func (d *Device) Logins() int { return int(d.logins.Load()) }

// most is the number of devices that a network can have: 127.1.0.0 and what follows.
const most = 1 << 20

// closedPort is one at which nobody listens.
const closedPort = 1

// Start makes a network of n devices.
func Start(n int, config Config) (*Network, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("a simulated network needs Linux, where each address of 127.0.0.0/8 is this machine")
	}
	if n > most {
		return nil, fmt.Errorf("a simulated network has at most %d devices", most)
	}
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return nil, err
	}
	w := &Network{listener: l, config: config, over: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	addr, _ := l.Addr().(*net.TCPAddr)
	sites := config.Sites
	if sites == 0 {
		sites = 10
	}
	for i := range n {
		d := &Device{Name: fmt.Sprintf("d%05d", i), Site: fmt.Sprintf("s%d", i%sites)}
		if config.Fate != nil {
			d.Fate = config.Fate(i)
		}
		port := addr.Port
		if d.Fate == Refuses {
			port = closedPort
		}
		d.Address = fmt.Sprintf("telnet://127.%d.%d.%d:%d", 1+i>>16, i>>8&255, i&255, port)
		d.server = &demo.Server{Name: d.Name, Log: d.told}
		if d.Fate == Denies {
			d.server.Password = "another than everybody knows"
		}
		w.Devices = append(w.Devices, d)
	}
	w.running.Go(w.serve)
	return w, nil
}

// told is told what the device's host does.
func (d *Device) told(line string) {
	if strings.Contains(line, " logged in from ") {
		d.logins.Add(1)
	}
}

// Inventory is the network as a CSV file: name, address and site.
func (w *Network) Inventory() string {
	var b strings.Builder
	b.WriteString("name,address,site\n")
	for _, d := range w.Devices {
		fmt.Fprintf(&b, "%s,%s,%s\n", d.Name, d.Address, d.Site)
	}
	return b.String()
}

// Close hangs up and returns when all is closed.
func (w *Network) Close() {
	close(w.over)
	_ = w.listener.Close()
	w.mu.Lock()
	for c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
	w.mu.Unlock()
	w.running.Wait()
}

// serve accepts connections until the listener is closed.
func (w *Network) serve() {
	for {
		conn, err := w.listener.Accept()
		if err != nil {
			select {
			case <-w.over:
				return
			case <-time.After(10 * time.Millisecond): // descriptors are lacking
				continue
			}
		}
		d := w.device(conn.LocalAddr())
		if d == nil {
			_ = conn.Close()
			continue
		}
		if !w.keep(conn) {
			return
		}
		d.conns.Add(1)
		w.running.Go(func() {
			w.run(d, conn)
			w.mu.Lock()
			delete(w.conns, conn)
			w.mu.Unlock()
		})
	}
}

// keep notes a connection; it closes it and returns false once the network is closed.
func (w *Network) keep(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conns == nil {
		_ = conn.Close()
		return false
	}
	w.conns[conn] = struct{}{}
	return true
}

// device finds the device that a client has dialled, nil if there is none.
func (w *Network) device(dialled net.Addr) *Device {
	addr, _ := dialled.(*net.TCPAddr)
	ip := addr.IP.To4()
	if ip == nil || ip[0] != 127 || ip[1] == 0 {
		return nil
	}
	i := (int(ip[1])-1)<<16 | int(ip[2])<<8 | int(ip[3])
	if i >= len(w.Devices) {
		return nil
	}
	return w.Devices[i]
}

// run is a connection to a device.
func (w *Network) run(d *Device, conn net.Conn) {
	if d.Fate == Silent {
		buffer := make([]byte, 512)
		for {
			if _, err := conn.Read(buffer); err != nil {
				_ = conn.Close()
				return
			}
		}
	}
	d.server.ServeConn(&far{Conn: conn, w: w, drops: d.Fate == Drops})
}

// far is a connection to a host that is far away, which may hang up.
type far struct {
	net.Conn
	w     *Network
	drops bool
}

// Write implements net.Conn.
func (f *far) Write(p []byte) (int, error) {
	if f.drops && strings.Contains(string(p), "assword: ") {
		_ = f.Close()
		return 0, net.ErrClosed
	}
	if f.w.config.Latency > 0 {
		wait := time.NewTimer(f.w.config.Latency)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-f.w.over:
			return 0, net.ErrClosed
		}
	}
	return f.Conn.Write(p)
}

// CloseWrite lets the host end in order.
func (f *far) CloseWrite() error {
	if half, ok := f.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
