#!/bin/sh
# Makes the API's role, which may read test_table and nothing else. It may be run
# again at any time, and sets the passwords to those of the files then. It is
# the last script and one transaction: if the role is there, all is.
set -e
READER_PASSWORD=$(cat "${READER_PASSWORD_FILE:?is not set}")
export READER_PASSWORD="${READER_PASSWORD:?: the file is empty}"
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then # on the first run the image has seen to it
	SUPERUSER_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
	export SUPERUSER_PASSWORD="${SUPERUSER_PASSWORD:?: the file is empty}"
fi
psql --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --single-transaction \
	--username="${POSTGRES_USER:-postgres}" --dbname="${POSTGRES_DB:?is not set}" <<'SQL'
-- No password in the server's log, not even if a statement fails.
SET LOCAL log_statement = none;
SET LOCAL log_min_error_statement = panic;
SET LOCAL log_min_duration_statement = -1;
SET LOCAL password_encryption = 'scram-sha-256';

\getenv superuser SUPERUSER_PASSWORD
\if :{?superuser}
ALTER ROLE CURRENT_USER PASSWORD :'superuser';
\endif
\getenv reader READER_PASSWORD
SELECT 'CREATE ROLE reader' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') \gexec
ALTER ROLE reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'reader';
ALTER ROLE reader SET default_transaction_read_only = on;

-- Not even what everybody may by default: connect to other databases, make
-- temporary tables and, before PostgreSQL 15, tables in public.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database \gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT format('GRANT CONNECT ON DATABASE %I TO reader', current_database()) \gexec
GRANT USAGE ON SCHEMA public TO reader;
GRANT SELECT ON test_table TO reader;
SQL
