package dbcontents_test

import (
	"context"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func TestStatsCountWaits(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{PoolSize: 1, Tables: []string{"test_table"}}, `CREATE TABLE test_table (id int); INSERT INTO test_table SELECT generate_series(1, 3)`)
	query := dbcontents.Query{Table: "test_table"}
	first, err := store.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	before := store.Stats()

	second := make(chan error, 1)
	go func() {
		rows, err := store.Query(t.Context(), query)
		if err == nil {
			err = rows.Close()
		}
		second <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := store.Query(ctx, query); err == nil {
		t.Error("there was a second connection")
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
	s := store.Stats()
	if s.Acquires-before.Acquires != 1 || s.Waits-before.Waits != 1 || s.GivenUp-before.GivenUp != 1 || s.AcquireWait <= before.AcquireWait {
		t.Errorf("one waited and one gave up: %+v, before %+v", s, before)
	}
}
