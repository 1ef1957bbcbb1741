//go:build race

package main

// megabytesUnderAttack is what attacks may make the program grow by. The race detector keeps a shadow of all memory, garbage
// that is left lying included, so it is more here: 437 were seen. See https://go.dev/doc/articles/race_detector.
const megabytesUnderAttack = 700
