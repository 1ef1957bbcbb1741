package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
)

// account is the operating system's user that the server runs as. PostgreSQL refuses to run as root.
type account struct {
	name     string
	uid, gid uint32
	dropped  bool // differs from ours, because ours is root
}

// chooseAccount returns our own account; for root, that of the cluster's owner, or of a user fit for a new one.
func chooseAccount(cluster string) (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	info, err := os.Lstat(cluster)
	if errors.Is(err, fs.ErrNotExist) {
		return unprivileged()
	}
	if err != nil {
		return account{}, fmt.Errorf("find owner of the data: %w", err)
	}
	uid, ok := ownerOf(info)
	if !ok || uid == 0 {
		return unprivileged()
	}
	owner, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return account{}, fmt.Errorf("find owner of %s: %w", cluster, err)
	}
	return accountOf(owner)
}

func unprivileged() (account, error) {
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return accountOf(found)
		}
	}
	return account{}, errors.New("PostgreSQL can't run as root, and there is no user postgres or nobody to run it as; " +
		"add one (useradd --system postgres), or run taskwire as an ordinary user")
}

func accountOf(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read id of user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read group of user %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid), dropped: true}, nil
}

// dirMode is the mode of a data directory made for the account: others may pass when one of them has to.
func (a account) dirMode() fs.FileMode {
	if a.dropped {
		return 0o711
	}
	return 0o700
}

// own gives path, made by us, to the account.
func (a account) own(path string) error {
	if !a.dropped {
		return nil
	}
	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("give %s to user %s: %w", path, a.name, err)
	}
	return nil
}

// command is name with args, to be run as the account, in a session of its own: a Ctrl-C in the terminal is for us only,
// and we stop our children in our own order.
func (a account) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.Env = serverEnv(os.Environ())
	cmd.SysProcAttr = childAttr(a)
	return cmd
}
