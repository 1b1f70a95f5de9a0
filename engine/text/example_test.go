package text_test

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/text"
)

// The packets of a login, cut where the network pleased.
func ExampleView() {
	view, err := text.NewView("latin1")
	if err != nil {
		panic(err)
	}
	var screen []byte
	for _, packet := range []string{"\x1b[", "1mCaf\xe9\x1b[0m\r", "\n\x00login: "} {
		screen = view.Append(screen, []byte(packet))
	}
	screen = view.Flush(screen)
	fmt.Printf("%q\n", screen)
	// Output: "Café\nlogin: "
}
