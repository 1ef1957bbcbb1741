//go:build race

package main

// megabytesUnderAttack is what attacks may make the program grow by. The race detector keeps a shadow of all memory, five to
// ten times as large: https://go.dev/doc/articles/race_detector.
const megabytesUnderAttack = 1_500
