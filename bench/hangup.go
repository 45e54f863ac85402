package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"
)

// hangUps is how often a client leaves in the middle of a download.
const hangUps = 200

// hangUpMode measures how long a query goes on after its client has left, and
// whether its connection serves on.
func hangUpMode(ctx context.Context, o options) error {
	b, server, err := newServing(ctx, o, o.rows)
	if err != nil {
		return err
	}
	defer b.close()
	large := request("/dbcontents/"+wideTable(o.rows).name, jsonFormat.accept)
	small := load{address: server.address, request: request("/dbcontents/"+exercise.name, jsonFormat.accept), clients: 1, requests: 1, rows: exercise.rows}
	if _, err := small.run(); err != nil {
		return err
	}
	_, before, err := b.sessions(ctx)
	if err != nil {
		return err
	}
	var gone []time.Duration
	for range hangUps {
		if err := hangUp(server.address, large); err != nil {
			return err
		}
		for start := time.Now(); ; {
			busy, _, err := b.sessions(ctx)
			if err != nil {
				return err
			}
			if busy == 0 {
				gone = append(gone, time.Since(start))
				break
			}
			if time.Since(start) > patience {
				return fmt.Errorf("a query was still there %v after its client had left", patience)
			}
		}
		if _, err := small.run(); err != nil {
			return err
		}
	}
	_, after, err := b.sessions(ctx)
	if err != nil {
		return err
	}
	kept := 0
	for _, pid := range before {
		if slices.Contains(after, pid) {
			kept++
		}
	}
	slices.Sort(gone)
	fmt.Printf("%d hang-ups in downloads of %d rows: the query was gone after %v at the median, %v at most; %d of %d connections kept, %d new\n",
		hangUps, o.rows, gone[len(gone)/2].Round(10*time.Microsecond), gone[len(gone)-1].Round(10*time.Microsecond), kept, len(before), len(after)-kept)
	return nil
}

// hangUp asks, receives a megabyte, and leaves.
func hangUp(address string, request []byte) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(request); err != nil {
		return err
	}
	for buf, left := make([]byte, 64<<10), 1<<20; left > 0; {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// sessions are how many of the server's are at work, and the processes of all.
func (b *bench) sessions(ctx context.Context) (busy int, pids []int32, err error) {
	err = b.db.admin.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state <> 'idle'), coalesce(array_agg(pid), '{}')
		FROM pg_stat_activity WHERE usename = 'reader'`).Scan(&busy, &pids)
	return busy, pids, err
}
