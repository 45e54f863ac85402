package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// settled is how long after a change the state of the database is not taken to
// change again. It is longer than /readyz remembers a check, so that neither
// an old answer of that nor a request from before undoes the change.
const settled = 3 * time.Second

// availability logs once when the database goes and once when it is back. It
// learns of it from what requests come to; nothing asks on its behalf.
type availability struct {
	log *slog.Logger

	mu      sync.Mutex
	state   state
	changed time.Time
}

type state int

const (
	unknown state = iota
	up
	down
)

func (a *availability) observe(r *http.Request, o httpapi.Observation) {
	switch {
	case ofDatabase(o.Err):
		a.saw(down, o.Err)
	case o.Err == nil && (o.Status/100 == 2 || o.Status == http.StatusNotModified) && r.Method != http.MethodOptions &&
		(o.Table != "" || o.Route == "/readyz" || o.Route == "/"):
		a.saw(up, nil)
	}
}

// ofDatabase tells an error because of which nothing can be read from one of a single
// table, such as a materialized view that was never filled: then the database has
// taken the query and refused it.
func ofDatabase(err error) bool {
	var e *dbcontents.Error
	return errors.Is(err, dbcontents.ErrUnavailable) &&
		!(errors.As(err, &e) && e.Op == "read" && e.SQLState != "" && e.Code != "database_starting")
}

// now is the state as it is known.
func (a *availability) now() state {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state
}

func (a *availability) saw(now state, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now == a.state { // as it nearly always is
		return
	}
	since := time.Since(a.changed)
	if since < settled {
		return
	}
	was := a.state
	a.state, a.changed = now, time.Now()
	switch {
	case now == down:
		level := slog.LevelWarn // it may be about to start, as this server is
		if was == up {
			level = slog.LevelError
		}
		a.log.LogAttrs(context.Background(), level, "the database cannot be used", reason("", err)...)
	case was == down:
		a.log.Info("the database can be used again", "after", since.Round(time.Millisecond).String())
	default:
		a.log.Info("the database can be used")
	}
}

// firstCheck says in the log, without being asked, what does not work at the
// start. Who looks at a new server's log looks for this.
func (s *service) firstCheck(ctx context.Context) {
	report := s.store.Check(ctx)
	defer s.log.Debug("checked", "steps", len(report.Steps))
	for _, step := range report.Steps {
		switch {
		case ctx.Err() != nil:
			return
		case ofDatabase(step.Err):
			s.database.saw(down, step.Err)
			return
		case step.Err != nil:
			s.log.LogAttrs(ctx, slog.LevelWarn, "the first check failed", append(reason("", step.Err), slog.String("step", step.Name))...)
		case step.Name == "database" && step.OK:
			s.database.saw(up, nil)
		}
	}
}
