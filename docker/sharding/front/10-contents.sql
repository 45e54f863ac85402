-- The table that the API serves. Its partitions are tables of other servers. Runs once, in an
-- empty database.
CREATE EXTENSION postgres_fdw;
CREATE SERVER eu FOREIGN DATA WRAPPER postgres_fdw OPTIONS (
  host 'eu', dbname 'dbcontents',
  async_capable 'true',   -- all shards are read at the same time
  fetch_size '1000',      -- rows in one round trip; 100 by default
  connect_timeout '3',    -- a shard that is away costs a read so many seconds
  keepalives_idle '10',   -- one that goes silent is noticed
  tcp_user_timeout '10000'
);
CREATE SERVER us FOREIGN DATA WRAPPER postgres_fdw OPTIONS (
  host 'us', dbname 'dbcontents', async_capable 'true', fetch_size '1000', connect_timeout '3', keepalives_idle '10', tcp_user_timeout '10000'
);
CREATE TABLE test_table (
  id     bigint NOT NULL,
  region text NOT NULL,
  value  text NOT NULL,
  added  timestamptz NOT NULL
) PARTITION BY LIST (region);
CREATE FOREIGN TABLE test_table_eu PARTITION OF test_table FOR VALUES IN ('eu') SERVER eu OPTIONS (table_name 'test_table');
CREATE FOREIGN TABLE test_table_us PARTITION OF test_table FOR VALUES IN ('us') SERVER us OPTIONS (table_name 'test_table');
COMMENT ON TABLE test_table IS 'orders of all regions, each on a server of its own';
