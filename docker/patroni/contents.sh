#!/bin/sh
# What the API serves, and its role. Runs once, on the first primary of an empty cluster.
set -e
unset POSTGRES_PASSWORD_FILE # Patroni has set that password
export PGHOST=/var/run/postgresql POSTGRES_DB=dbcontents
psql --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --username=postgres --dbname=postgres --command="CREATE DATABASE $POSTGRES_DB"
psql --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --username=postgres --dbname="$POSTGRES_DB" --file=/opt/contents/10-contents.sql
sh /opt/contents/20-roles.sh
