// Devices: what the routers of the host are set to, for as long as it serves.

package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	ports  = 30 // of a router
	cabled = 4  // ports that have a cable
)

// device is one router: its commands may come from several sessions.
type device struct {
	mu       sync.Mutex
	name     string
	password string
	ports    [ports]port
	images   []string      // files in flash
	boot     string        // the file to boot from
	running  string        // the file that runs
	down     chan struct{} // closed when it restarts
}

// firstImage is the software that a router runs at first.
const firstImage = "router-15.2(4)M7.bin"

// versionOf is the version of the software in a file: what stands behind the last dash.
func versionOf(image string) string {
	name := strings.TrimSuffix(image, ".bin")
	return name[strings.LastIndexByte(name, '-')+1:]
}

// copyImage puts a file into flash.
func (d *device) copyImage(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.images, name) {
		d.images = append(d.images, name)
	}
}

// bootFrom sets the file to boot from, and reports whether it is in flash.
func (d *device) bootFrom(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.images, name) {
		return false
	}
	d.boot = name
	return true
}

// restart runs the software that was chosen.
func (d *device) restart() {
	d.set(func(d *device) {
		d.running = d.boot
		close(d.down)
		d.down = make(chan struct{})
	})
}

// goesDown is closed when the device restarts the next time.
func (d *device) goesDown() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.down
}

// bootText is what a console shows when the device starts, a piece at a time.
func (d *device) bootText() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []string{
		"\n\nSystem Bootstrap, version 12.4(13r)T\nLoading flash:" + d.running + " ",
		"########", "########", " [OK]\n\nDemo IOS, version " + versionOf(d.running) + "\n",
		"\nPress RETURN to get started!\n",
	}
}

// version is that of the software that runs.
func (d *device) version() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return versionOf(d.running)
}

type port struct {
	description string
	shut        bool
}

func newDevice(name, password string) *device {
	d := &device{name: name, password: password, images: []string{firstImage}, boot: firstImage, running: firstImage, down: make(chan struct{})}
	d.ports[0].description = "uplink"
	return d
}

// device returns the router of that name, nil if there is none: r1 to r9.
func (s *Server) device(name string) *device {
	if len(name) != 2 || name[0] != 'r' || name[1] < '1' || name[1] > '9' {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.devices == nil {
		s.devices = make(map[string]*device)
	}
	if s.devices[name] == nil {
		s.devices[name] = newDevice(cmp.Or(s.Name, name), s.password())
	}
	return s.devices[name]
}

func (d *device) hostname() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.name
}

func (d *device) knows(password string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return password == d.password
}

// set changes what the device is set to.
func (d *device) set(change func(d *device)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// running returns the configuration.
func (d *device) configuration() []string {
	version := d.version()
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := []string{"Building configuration...", "", "version " + version[:min(len(version), 4)], "hostname " + d.name}
	for i, p := range d.ports {
		lines = append(lines, fmt.Sprintf("interface Gi0/%d", i))
		if p.description != "" {
			lines = append(lines, " description "+p.description)
		}
		lines = append(lines, fmt.Sprintf(" ip address 192.0.2.%d 255.255.255.254", 2*i))
		if p.shut {
			lines = append(lines, " shutdown")
		}
		lines = append(lines, "!")
	}
	return append(lines, "end")
}

// portTable returns the table of the ports.
func (d *device) portTable() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := []string{fmt.Sprintf("%-8s %-18s %s", "Port", "Name", "Status")}
	for i, p := range d.ports {
		status := "notconnect"
		switch {
		case p.shut:
			status = "disabled"
		case i < cabled:
			status = "connected"
		}
		lines = append(lines, fmt.Sprintf("%-8s %-18s %s", "Gi0/"+strconv.Itoa(i), p.description, status))
	}
	return lines
}

func showLines() []routerLine {
	return []routerLine{
		{"", "show version", func(r *router, _ string) {
			r.print("Demo IOS, version " + r.version() + "\n" + r.hostname() + " uptime is 5 days\n")
		}},
		{"", "show clock", func(r *router, _ string) {
			now, _ := r.server.now()
			r.print(now.Format("15:04:05.000 MST Mon Jan 2 2006") + "\n")
		}},
		{"", "show interfaces status", func(r *router, _ string) { r.page(r.portTable()) }},
		{"enabled", "copy tftp: flash:", func(r *router, _ string) { r.copy() }},
		{"enabled", "show running-config", func(r *router, _ string) { r.page(r.configuration()) }},
	}
}

func configLines() []routerLine {
	ofPort := func(change func(p *port, rest string)) func(r *router, rest string) {
		return func(r *router, rest string) {
			if r.config != "config-if" {
				r.invalid()
				return
			}
			r.set(func(d *device) { change(&d.ports[r.port], rest) })
		}
	}
	return []routerLine{
		{"enabled", "configure terminal", func(r *router, _ string) {
			r.print("Enter configuration commands, one per line.  End with CNTL/Z.\n")
			r.config = "config"
		}},
		{"config", "hostname", func(r *router, rest string) {
			if rest != "" {
				r.set(func(d *device) { d.name = rest })
			}
		}},
		{"config", "boot system", func(r *router, rest string) {
			if name := strings.TrimPrefix(rest, "flash:"); !r.bootFrom(name) {
				r.print("%Error opening flash:" + name + " (File not found)\n")
			}
		}},
		{"config", "username", func(r *router, rest string) { r.username(strings.Fields(rest)) }},
		{"config", "interface", func(r *router, rest string) {
			n, err := strconv.Atoi(rest[strings.LastIndexByte(rest, '/')+1:])
			if err != nil || n < 0 || n >= ports {
				r.invalid()
				return
			}
			r.config, r.port = "config-if", n
		}},
		{"config", "description", ofPort(func(p *port, rest string) { p.description = rest })},
		{"config", "no description", ofPort(func(p *port, _ string) { p.description = "" })},
		{"config", "shutdown", ofPort(func(p *port, _ string) { p.shut = true })},
		{"config", "no shutdown", ofPort(func(p *port, _ string) { p.shut = false })},
		{"config", "clock prompt", func(r *router, _ string) { r.clock = true }},
		{"config", "end", func(r *router, _ string) { r.config = ""; r.notice("%SYS-5-CONFIG_I: Configured from vty0") }},
	}
}

// username is "username NAME password TEXT", for the device's only user.
func (r *router) username(words []string) {
	if len(words) != 3 || words[1] != "password" || r.server.device(words[0]) != r.device {
		r.invalid()
		return
	}
	r.set(func(d *device) { d.password = words[2] })
}

// ping reaches what the ports with a cable lead to.
func (r *router) ping(address string) {
	r.print("Sending 5, 100-byte ICMP Echos to " + address + ", timeout is 2 seconds:\n")
	if n, found := strings.CutPrefix(address, "192.0.2."); found {
		if i, err := strconv.Atoi(n); err == nil && slices.Contains(r.up(), i/2) {
			r.print("!!!!!\nSuccess rate is 100 percent (5/5)\n")
			return
		}
	}
	r.print(".....\nSuccess rate is 0 percent (0/5)\n")
}

// up lists the ports that are connected.
func (d *device) up() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []int
	for i := range cabled {
		if !d.ports[i].shut {
			list = append(list, i)
		}
	}
	return list
}
