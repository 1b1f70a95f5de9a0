package mask

// The automaton of Aho and Corasick (1975): its state after some bytes is the
// longest end of them that begins a secret.

type automaton struct {
	class  [256]uint16 // of a byte; 0: occurs in no secret
	begins [256]bool   // whether a secret begins with the byte
	width  int         // number of classes, 0 among them
	next   []int32     // state*width + class
	depth  []int32     // how many bytes the state stands for
	ends   []int32     // the longest secret that ends here, -1 if none does
	parent []int32     // failure links while it is built

	values  [][]byte // of the secrets
	longest int      // bytes of the longest
}

func (a *automaton) step(state int32, b byte) int32 {
	return a.next[int(state)*a.width+int(a.class[b])]
}

func compile(secrets []Secret) *automaton {
	a := &automaton{}
	classes, most := 1, 1
	for _, s := range secrets {
		most += len(s.Value)
		a.values = append(a.values, []byte(s.Value))
		a.longest = max(a.longest, len(s.Value))
		a.begins[s.Value[0]] = true
		for i := range len(s.Value) {
			if c := &a.class[s.Value[i]]; *c == 0 {
				*c = uint16(classes)
				classes++
			}
		}
	}
	a.width = classes
	a.next, a.depth, a.ends = make([]int32, 0, most*classes), make([]int32, 0, most), make([]int32, 0, most)
	a.grow(0)
	for i, s := range secrets {
		a.add(s.Value, int32(i))
	}
	a.link()
	return a
}

// grow adds a state without children.
func (a *automaton) grow(depth int32) int32 {
	state := int32(len(a.depth))
	for range a.width {
		a.next = append(a.next, -1)
	}
	a.depth = append(a.depth, depth)
	a.ends = append(a.ends, -1)
	return state
}

// add puts a secret into the tree of beginnings.
func (a *automaton) add(value string, which int32) {
	state := int32(0)
	for i := range len(value) {
		at := int(state)*a.width + int(a.class[value[i]])
		if a.next[at] < 0 {
			a.next[at] = a.grow(int32(i + 1))
		}
		state = a.next[at]
	}
	a.ends[state] = which
}

// link makes the tree a machine that has a next state for every byte: level by
// level, where a state has no child it goes on as the longest shorter end does.
func (a *automaton) link() {
	a.parent = make([]int32, len(a.depth))
	queue := make([]int32, 0, len(a.depth))
	for c := range a.width {
		if child := a.next[c]; child < 0 {
			a.next[c] = 0
		} else {
			queue = append(queue, child)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		shorter := a.parent[state]
		if a.ends[state] < 0 {
			a.ends[state] = a.ends[shorter]
		}
		for c := range a.width {
			at := int(state)*a.width + c
			elsewhere := a.next[int(shorter)*a.width+c]
			if child := a.next[at]; child < 0 {
				a.next[at] = elsewhere
			} else {
				a.parent[child] = elsewhere
				queue = append(queue, child)
			}
		}
	}
	a.parent = nil
}
