package mask_test

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/mask"
)

func Example() {
	m := mask.New(mask.Secret{Name: "password", Value: "mypass"})
	var out []byte
	for _, piece := range []string{"you typed my", "pa", "ss, did you?"} {
		out = m.Append(out, []byte(piece))
	}
	fmt.Printf("%s\n", m.Flush(out))
	// Output: you typed <secret password>, did you?
}
