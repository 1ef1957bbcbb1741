#!/bin/sh
# Makes server.txz, an archive as the binary repository has them, of programs that can tell their version and
# nothing else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
for program in postgres initdb; do
	printf '#!/bin/sh\necho "%s (PostgreSQL) 18.3"\n' "$program" >"$work/bin/$program"
done
printf '#!/bin/sh\nexit 1\n' >"$work/bin/pg_ctl"
chmod 755 "$work/bin"/*
tar -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cJf "$here/server.txz" bin
