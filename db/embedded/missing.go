package embedded

import (
	"cmp"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// MissingError says that no fitting server binaries could be had, and what to do.
type MissingError struct {
	Major   int        // the only major version that fits, because the data directory is of it; 0 if any from OldestMajor on
	Found   []Binaries // installed, but of another major version
	Fetch   error      // why none could be fetched
	Install string     // the command that installs them here
}

func (e *MissingError) Error() string {
	var b strings.Builder
	if e.Major == 0 {
		fmt.Fprintf(&b, "no PostgreSQL server (version %d or later) found on this machine", OldestMajor)
	} else {
		fmt.Fprintf(&b, "the data directory was made by PostgreSQL %d, which is not installed", e.Major)
		for i, found := range e.Found {
			fmt.Fprintf(&b, "%s %s", []string{", only", ","}[min(i, 1)], found.Version)
		}
	}
	fmt.Fprintf(&b, ", and fetching one did not work: %v.\nInstall it:\n\n    %s\n\n", e.Fetch, e.Install)
	b.WriteString("or set DATABASE_URL to a server that you have (postgres://user:password@host/database)")
	return b.String()
}

func (e *MissingError) Unwrap() error { return e.Fetch }

func hasProgram(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// installCommand is what a person types here to get the server of a major version, or of the usual one if major is 0.
func installCommand(goos string, root bool, has func(program string) bool, major int) string {
	version, dashed := "", ""
	if major != 0 {
		version = strconv.Itoa(major)
		dashed = "-" + version
	}
	some := cmp.Or(version, "17") // where there is no package of the usual one
	sudo := "sudo "
	if root {
		sudo = ""
	}
	switch {
	case goos == "darwin" && has("port") && !has("brew"):
		return sudo + "port install postgresql" + some + "-server"
	case goos == "darwin":
		return "brew install postgresql@" + some
	case has("apt-get"):
		return sudo + "apt-get install postgresql" + dashed
	case has("dnf"):
		return sudo + "dnf install postgresql" + version + "-server"
	case has("yum"):
		return sudo + "yum install postgresql" + version + "-server"
	case has("zypper"):
		return sudo + "zypper install postgresql" + version + "-server"
	case has("apk"):
		return sudo + "apk add postgresql" + some
	case has("pacman"):
		return sudo + "pacman -S postgresql"
	case goos == "freebsd":
		return sudo + "pkg install postgresql" + some + "-server"
	}
	return "see https://www.postgresql.org/download/"
}
