#!/bin/sh
# Lets the API's role, and the superuser for ANALYZE, read the shards as the role reader there. It
# may be run again at any time.
set -e
READER_PASSWORD=$(cat "${READER_PASSWORD_FILE:?is not set}")
export READER_PASSWORD
psql --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --single-transaction \
	--username="${POSTGRES_USER:-postgres}" --dbname="${POSTGRES_DB:?is not set}" <<'SQL'
-- No password in the server's log, not even if a statement fails.
SET LOCAL log_statement = none;
SET LOCAL log_min_error_statement = panic;
SET LOCAL log_min_duration_statement = -1;

\getenv reader READER_PASSWORD
SELECT format('DROP USER MAPPING IF EXISTS FOR %I SERVER %I; CREATE USER MAPPING FOR %1$I SERVER %2$I OPTIONS (user %L, password %L)',
  role, srvname, 'reader', :'reader')
FROM pg_foreign_server, unnest(ARRAY['reader', current_user::text]) role \gexec
SQL
