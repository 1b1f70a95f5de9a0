// What other names than the shell's lead to: a menu, a console server, a bulletin board.

package demo

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"
)

// programs are what the names at the login lead to, but for [User] and the routers.
func programs() map[string]func(c *session) {
	return map[string]func(c *session){
		"menu":    (*session).menu,
		"console": (*session).console,
		"bbs":     (*session).bbs,
	}
}

// visibleKey returns the next key that is not the rest of a newline.
func (c *session) visibleKey() (byte, error) {
	for {
		b, err := c.key()
		if err != nil || !c.afterCR || b != '\n' && b != 0 {
			c.afterCR = b == '\r'
			return b, err
		}
		c.afterCR = false
	}
}

const clearScreen = "\x1b[2J\x1b[H"

// menu acts at each key, without Enter.
func (c *session) menu() {
	const items = "  1  System status\n  2  Messages\n  0  Log off\n"
	for {
		c.print(clearScreen + "ACME terminal server\n\n" + items + "\n")
		c.prompt("Choice: ")
		b, err := c.visibleKey()
		if err != nil {
			return
		}
		switch b {
		case '0', keyEOF:
			c.print("0\nGood bye.\n")
			return
		case '1':
			c.print("1\n\nTemperature 41 C\nFans        ok\nPower       A ok, B failed\n")
		case '2':
			c.print("2\n\nNo messages.\n")
		default:
			c.print("\a")
			continue
		}
		c.prompt("\nPress any key to go on ")
		if _, err := c.visibleKey(); err != nil {
			return
		}
	}
}

// console joins the client to a router's port, as a console server does.
func (c *session) console() {
	c.print("Console server\n 1  r1\n 2  r2\n 3  r3\n")
	for !c.failed {
		c.prompt("Port (q leaves): ")
		line, err := c.line(true)
		if errors.Is(err, errInterrupt) {
			continue
		}
		if err != nil || line == "q" {
			return
		}
		if line != "1" && line != "2" && line != "3" {
			c.print("No such port.\n")
			continue
		}
		c.print("Connected to port " + line + ". ~. and Enter disconnects.\n")
		c.port(c.server.device("r" + line))
		c.print("Disconnected.\n")
	}
}

// port joins the client to the console of a device, until it leaves.
func (c *session) port(d *device) {
	defer func() { c.restarts = nil }()
	for {
		c.restarts = d.goesDown()
		if _, err := c.line(false); err == nil { // nothing is seen there before Enter is pressed
			c.commandLine(d, "~.")
		}
		if !c.restarted() {
			return
		}
		for _, text := range d.bootText() {
			c.print(text)
			c.pause(100 * time.Millisecond)
		}
	}
}

// bbs is a bulletin board in Big5, which redraws its screen and acts at each key.
func (c *session) bbs() {
	big5 := func(text string) string {
		encoded, _ := traditionalchinese.Big5.NewEncoder().String(text) // Big5 has all characters below
		return encoded
	}
	articles := []struct{ author, title, text string }{
		{"sysop", "歡迎光臨", "這裡是月線站，請多多指教。"},
		{"brandon", "今天的天氣", "下雨了，記得帶傘。"},
	}
	c.print(clearScreen + big5("※ 歡迎光臨月線站 ※\n\n"))
	c.prompt(big5("請按任意鍵繼續 "))
	if _, err := c.visibleKey(); err != nil {
		return
	}
	for {
		var screen strings.Builder
		screen.WriteString(clearScreen + "\x1b[1;33m" + big5("【文章列表】") + "\x1b[m\n\n")
		for i, a := range articles {
			fmt.Fprintf(&screen, "%3d  1/17 %-10s %s\n", i+1, a.author, big5(a.title))
		}
		c.print(screen.String())
		c.prompt(big5("\n(1-2) 閱讀  (G) 離站： "))
		b, err := c.visibleKey()
		switch {
		case err != nil:
			return
		case b == 'g' || b == 'G':
			c.print(big5("\n再見！\n"))
			return
		case b < '1' || b > '2':
			c.print("\a")
			continue
		}
		a := articles[b-'1']
		c.print(clearScreen + big5("作者: "+a.author+"\n標題: "+a.title+"\n\n"+a.text+"\n\n"))
		c.prompt(big5("請按任意鍵繼續 "))
		if _, err := c.visibleKey(); err != nil {
			return
		}
	}
}

// tail shows log lines as they are written, until ^C.
func (c *session) tail([]string) int {
	messages := []string{
		"kernel: eth0: link up",
		"app[217]: request 1 GET / 200 in 12 ms",
		"kernel: eth1: link down",
		"app[217]: request 2 GET / 500 in 3 ms",
		"kernel: eth1: link up",
	}
	for i := 0; ; i++ {
		now, _ := c.server.now()
		c.print(now.Add(time.Duration(i)*time.Second).Format("Jan 2 15:04:05 ") + "demo " + messages[i%len(messages)] + "\n")
		if !c.pause(100 * time.Millisecond) {
			return 130
		}
	}
}
