package config

import (
	"errors"
	"flag"
)

// TLS names the files of the server's certificate; without them it serves plain HTTP.
type TLS struct {
	CertFile string // PEM, with the intermediate certificates behind the server's own
	KeyFile  string // PEM
}

// IsOn reports whether the server speaks TLS.
func (t *TLS) IsOn() bool { return t.CertFile != "" }

func (t *TLS) flags(flags *flag.FlagSet) {
	flags.StringVar(&t.CertFile, "tls-cert", "", "`file` of the certificate chain in PEM; read again when it changes (default plain HTTP)")
	flags.StringVar(&t.KeyFile, "tls-key", "", "`file` of its key in PEM")
}

func (t *TLS) validate() error {
	if (t.CertFile == "") != (t.KeyFile == "") {
		return errors.New("--tls-cert and --tls-key belong together")
	}
	return nil
}
