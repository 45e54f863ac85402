-- What the API serves. Runs once, in an empty database.
CREATE TABLE test_table (
  id       bigint PRIMARY KEY,
  value    text NOT NULL,
  price    numeric(10,2),
  in_stock boolean NOT NULL,
  added    timestamptz NOT NULL
);
COMMENT ON TABLE test_table IS 'what a small shop sells';
INSERT INTO test_table VALUES
  (1, 'apple',         0.40, true,  '2026-03-01 08:00+00'),
  (2, 'bread, sliced', 2.95, true,  '2026-03-01 08:05+00'),
  (3, 'crème fraîche', 1.80, false, '2026-03-02 09:30+00'),
  (4, '12" pizza',     6.50, true,  '2026-03-03 17:45+00'),
  (5, 'advice',        NULL, true,  '2026-03-04 10:00+00');
