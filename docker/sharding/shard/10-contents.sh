#!/bin/sh
# A shard's rows: one hundred of the region, from the first number on. Runs once, in an empty database.
set -e
psql --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --username="${POSTGRES_USER:-postgres}" --dbname="$POSTGRES_DB" \
	--set=region="${REGION:?is not set}" --set=first="${FIRST:?is not set}" <<'SQL'
CREATE TABLE test_table (
  id     bigint PRIMARY KEY,
  region text NOT NULL CHECK (region = :'region'),
  value  text NOT NULL,
  added  timestamptz NOT NULL
);
INSERT INTO test_table
  SELECT id, :'region', 'order ' || id, timestamptz '2026-03-01 08:00+00' + id * interval '5 min'
  FROM generate_series(:first, :first + 99) id;
SQL
