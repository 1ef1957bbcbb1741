package embedded

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	defaultMaxConnections = 200
	megabyte              = 1 << 20
)

type setting struct{ name, value string }

// settings are the server's, given on its command line, so that a later version of Taskwire may change them.
func settings(opts Options, l layout) []setting {
	memory := totalMemory()
	connections := opts.MaxConnections
	if connections == 0 {
		connections = defaultMaxConnections
	}
	all := []setting{
		{"listen_addresses", ""}, // the socket only
		{"port", strconv.Itoa(socketPort)},
		{"unix_socket_directories", quoteConf(l.socketDir)},
		{"hba_file", l.hba},
		{"ident_file", l.ident},
		{"cluster_name", clusterName(l)},
		{"max_connections", strconv.Itoa(connections)},
		{"shared_buffers", megabytes(min(max(memory/8, 128*megabyte), 512*megabyte))},
		{"effective_cache_size", megabytes(max(memory/2, 512*megabyte))},
		{"random_page_cost", "1.1"}, // no spinning disks
		{"jit", "off"},              // compiling costs more than these short queries take
		{"timezone", "UTC"},
		{"log_timezone", "UTC"},
		{"datestyle", "ISO, MDY"},
		{"password_encryption", "scram-sha-256"},
		{"logging_collector", "off"}, // our log file is its standard error
		{"log_line_prefix", "%m [%p] "},
		{"log_checkpoints", "off"},
		{"checkpoint_timeout", "15min"},
		// The tables here are updated row by row all the time; dead rows slow the claim down.
		{"autovacuum_vacuum_scale_factor", "0.05"},
		{"autovacuum_analyze_scale_factor", "0.05"},
		{"autovacuum_vacuum_cost_limit", "1000"},
	}
	if opts.Durable {
		return append(all, durable()...)
	}
	return append(all, fleeting()...)
}

func durable() []setting {
	return []setting{
		{"fsync", "on"},
		{"full_page_writes", "on"},
		{"wal_compression", "on"},
		{"autovacuum_naptime", "15s"},
		{"min_dynamic_shared_memory", "64MB"}, // a container's /dev/shm is too small for parallel queries
	}
}

// fleeting is for a server whose data need not outlive a power failure. Its synchronous_commit stays on, so that tests see
// what it means.
func fleeting() []setting {
	return []setting{
		{"fsync", "off"},
		{"full_page_writes", "off"},
		{"autovacuum_naptime", "1min"}, // divided by the number of databases, of which tests make many
		{"shared_buffers", megabytes(128 * megabyte)},
		{"dynamic_shared_memory_type", "mmap"}, // files in the cluster, gone with it even after a kill -9
	}
}

// clusterName shows in the titles of the server's processes, so that they can be told from another server's.
func clusterName(l layout) string { return "taskwire-" + clusterID(l.dir) }

func megabytes(n uint64) string { return fmt.Sprintf("%dMB", n/megabyte) }

// quoteConf quotes an item of a list setting or of an access rule.
func quoteConf(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
