//go:build !race

package baselib_test

const underRace = false
