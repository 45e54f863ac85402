//go:build linux

package cluster

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// readYourWrites writes at the primary and reads at standbys that are late on purpose: with the position of the
// write no read is stale. Without it reads are, or else this would prove nothing.
func (c *cluster) readYourWrites(url string) {
	c.Helper()
	c.whole()
	primary := c.primary(nil)
	delay := "300ms"
	for _, n := range c.nodes {
		if n != primary {
			c.exec(n, "ALTER SYSTEM SET recovery_min_apply_delay = '"+delay+"'")
			c.exec(n, "SELECT pg_reload_conf()")
			delay = "700ms"
		}
	}
	defer func() {
		for _, n := range c.nodes {
			if n != primary {
				c.exec(n, "ALTER SYSTEM RESET recovery_min_apply_delay")
				c.exec(n, "SELECT pg_reload_conf()")
			}
		}
	}()
	conn, err := pgx.Connect(c.Context(), primary.dsn("postgres"))
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close(c.Context())
	var writes, stale, fresh int
	var slowest time.Duration
	for end := time.Now().Add(max(3*time.Second, *longer/20)); time.Now().Before(end); {
		var written int64
		var position string
		if err := conn.QueryRow(c.Context(), "UPDATE counter SET n = n + 1 RETURNING n").Scan(&written); err != nil {
			c.Fatal(err)
		}
		if err := conn.QueryRow(c.Context(), "SELECT pg_current_wal_insert_lsn()::text").Scan(&position); err != nil {
			c.Fatal(err)
		}
		writes++
		if c.counted(url, "") < written {
			stale++
		} else {
			fresh++
		}
		began := time.Now()
		if got := c.counted(url, position); got < written {
			c.Fatalf("read %d with the position of %d", got, written)
		}
		slowest = max(slowest, time.Since(began))
	}
	c.Logf("%d writes: without the position %d reads were stale and %d were not; with it none was, and the slowest took %v", writes, stale, fresh, slowest)
	if stale == 0 || writes < 5 {
		c.Error("no read was stale without the position: the standbys are not late")
	}
}

// counted reads the counter at a state that includes the position.
func (c *cluster) counted(url, position string) int64 {
	c.Helper()
	request, err := http.NewRequestWithContext(c.Context(), http.MethodGet, url+"/dbcontents/counter", nil)
	if err != nil {
		c.Fatal(err)
	}
	if position != "" {
		request.Header.Set("Dbcontents-Min-Lsn", position)
	}
	response, err := rest.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	defer response.Body.Close()
	var rows []struct{ N int64 }
	if err := json.NewDecoder(response.Body).Decode(&rows); err != nil || response.StatusCode != http.StatusOK || len(rows) != 1 {
		c.Fatalf("%s, %v", response.Status, err)
	}
	return rows[0].N
}
