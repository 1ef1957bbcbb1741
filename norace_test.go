//go:build !race

package main

// megabytesUnderAttack is what attacks may make the program grow by.
const megabytesUnderAttack = 250
