package app

import "runtime"

// ballastBytes is how much more may be allocated between two runs of the garbage collector.
const ballastBytes = 32 << 20

// holdBallast keeps the garbage collector from running thirty times a second: it runs when the heap has doubled, and that of a
// server which nobody subscribes to is 10 MB. Nothing is written to the ballast, so that it takes addresses, and no memory. A
// higher GOGC would do as well here, but multiply a large heap, too. Call release at the end.
func holdBallast() (release func()) {
	ballast := make([]byte, ballastBytes)
	return func() { runtime.KeepAlive(ballast) }
}
