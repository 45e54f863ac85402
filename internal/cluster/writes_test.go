//go:build linux

package cluster

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// readYourWrites writes at the primary and reads at standbys that are late on purpose: with the position of the
// write no read is stale. Without it reads are, or else this would prove nothing.
func (c *cluster) readYourWrites(url string) {
	c.Helper()
	c.whole()
	primary := c.primary(nil)
	c.delay(`"400ms"`, "400ms")
	defer c.delay("null", "0")
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
	if stale == 0 || writes < 3 {
		c.Error("no read was stale without the position: the standbys are not late")
	}
}

// delay has Patroni make all standbys late, and waits until they are. Were it set past Patroni, that would undo it.
func (c *cluster) delay(value, shown string) {
	c.Helper()
	primary := c.primary(nil)
	body := `{"postgresql": {"recovery_conf": {"recovery_min_apply_delay": ` + value + `}}}`
	request, err := http.NewRequest(http.MethodPatch, "http://"+local(primary.rest)+"/config", strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	response, err := rest.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	response.Body.Close()
	for _, n := range c.nodes {
		if n == primary {
			continue
		}
		c.eventually(n.name+" is late by "+shown, func() bool {
			conn, err := pgx.Connect(context.Background(), n.dsn("postgres"))
			if err != nil {
				return false
			}
			defer conn.Close(context.Background())
			var got string
			return conn.QueryRow(context.Background(), "SHOW recovery_min_apply_delay").Scan(&got) == nil && got == shown
		})
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
