#!/bin/sh
# Makes the passwords of the database's superuser and of the API's role where
# there are none yet. Each file is readable by those who need it and nobody
# else: postgres is 999:999 in the official image, the API 65532:65532 in ours.
set -eu
umask 077
secrets=/run/dbcontents made=

make() { # make NAME OWNER MODE
	if [ -s "$secrets/$1" ]; then return; fi
	rm -f "$secrets/$1.new"
	od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n' >"$secrets/$1.new"
	chmod "$3" "$secrets/$1.new"
	chown "$2" "$secrets/$1.new"
	mv "$secrets/$1.new" "$secrets/$1" # whole or not at all
	made="$made $1"
}
make postgres_password 999:999 0400
make reader_password 65532:999 0440

if [ -z "$made" ]; then
	echo "the passwords are there"
	exit
fi
echo "made:$made"
if [ -n "$(find /var/lib/postgresql -maxdepth 4 -name PG_VERSION)" ]; then
	cat >&2 <<-'END'
		WARNING: the database is older than these passwords and knows others: the API will say wrong_password.
		To set the new ones:      docker compose -f docker/compose.yaml exec db sh /docker-entrypoint-initdb.d/20-roles.sh
		Or, to begin without data: docker compose -f docker/compose.yaml down --volumes
	END
fi
