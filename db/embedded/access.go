package embedded

import (
	"fmt"
	"os"
	"os/user"
)

// writeAccessRules lets in the operating system's user that we run as, over the socket, and nobody else. The kernel says
// who a client is, so there is no password to keep.
func writeAccessRules(l layout) error {
	me, err := user.Current()
	if err != nil {
		return fmt.Errorf("find own user name: %w", err)
	}
	const hba = "local all all peer map=taskwire\n"
	if err := writePublic(l.hba, hba); err != nil {
		return err
	}
	return writePublic(l.ident, fmt.Sprintf("taskwire %s %s\n", quoteConf(me.Username), role))
}

// writePublic writes a file that the server's account must be able to read, whatever the umask is.
func writePublic(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write access rules: %w", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		return fmt.Errorf("write access rules: %w", err)
	}
	return nil
}
