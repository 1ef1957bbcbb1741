package embedded

import "syscall"

// endWithParent has the kernel send the child PostgreSQL's signal for a fast shutdown when the thread that started it
// ends. The starter must therefore keep its thread: see runLocked.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = sigFast }
