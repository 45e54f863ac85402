package attacks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// A siege is two tenants, and a boss who sees all rows, at one rig.
type siege struct {
	*rig
	*tenancy
	requests atomic.Int64
	own      atomic.Int64 // responses with the tenant's own canary
	kills    [2]atomic.Int64
	snapshot atomic.Int64

	mu       sync.Mutex
	outcomes map[string]int
	tokens   []string            // of pages, of both tenants
	tags     map[string][]string // by tenant
}

// besiege runs everything at once for as long as a siege takes, and looks at what is left.
func besiege(t *testing.T, x *tenancy, config dbcontents.Config) dbcontents.Stats {
	t.Helper()
	r := build(t, x.db, config, httpapi.Options{Session: x.of, ServerTiming: true, MaxInFlight: 24})
	s := &siege{rig: r, tenancy: x, outcomes: map[string]int{}, tags: map[string][]string{}}
	killer := x.db.Conn()
	ctx, stop := context.WithTimeout(t.Context(), siegeTime(t))
	defer stop()
	var all sync.WaitGroup
	for i := range 12 {
		for tenant := range tenantCanaries {
			all.Go(func() { s.ask(ctx, tenant, rand.New(rand.NewPCG(uint64(i), uint64(len(tenant))))) })
		}
	}
	all.Go(func() { s.ask(ctx, "boss", rand.New(rand.NewPCG(1, 1))) })
	for tenant := range tenantCanaries {
		all.Go(func() { s.look(ctx, tenant) })
	}
	all.Go(func() { s.kill(ctx, killer) })
	all.Wait()
	s.end()
	return r.store.Stats()
}

// tenantPaths are what tenants ask for; %d is a number of theirs.
var tenantPaths = []string{
	"/notes", "/notes?format=csv", "/notes?format=ndjson", "/notes?format=text&select=body", "/notes?format=html&limit=30", "/notes?limit=1&offset=3",
	"/notes?order=id&limit=7", "/notes?order=body.desc&limit=9", "/notes?order=tenant,body&limit=40", "/notes?order=doc->>a,id.desc&limit=5", "/notes?order=seen,id&limit=6",
	"/notes?id=gt.0&limit=5", "/notes?or=(id.gt.0,tenant.not.is.null)&order=id.desc&limit=3", "/notes?body=like.*note*&limit=4", "/notes?tags=cs.{x}&limit=4", "/notes?body=fts.note&limit=2",
	"/notes?select=tenant,id.count()", "/notes?select=body.min(),tenant.max(),id.sum()", "/notes?select=id,doc->a,doc->>a,bytes&limit=4", "/notes?select=id,seen&limit=20", "/notes?select=seen,id.count()",
	"/notes?select=id,changing&limit=3", "/notes?changing=neq.x&limit=2", "/notes?changing=is.null&select=seen", "/notes?select=id,failing", "/notes?failing=neq.x", "/notes?order=failing&limit=2",
	"/notes?id=eq.x", "/notes?body=match.(", "/notes?tags=cs.{", "/notes?nope=eq.1", "/notes?select=doc->a::int", "/notes?select=body::int&limit=2", "/notes?order=nope", "/notes?after=AAAA", "/nothing", "/",
	"/wide", "/wide?format=csv", "/wide?format=ndjson", "/wide?select=id&limit=3", "/wide?order=body&limit=100", "/notes?select=id,slow&limit=40",
}

var pageLink = regexp.MustCompile(`<[^>]*[?&]after=([^&>]+)[^>]*>`)

// ask sends requests of one tenant until ctx ends.
func (s *siege) ask(ctx context.Context, tenant string, dice *rand.Rand) {
	one := func(list []string) string {
		if len(list) == 0 {
			return ""
		}
		return list[dice.IntN(len(list))]
	}
	for ctx.Err() == nil {
		path := one(tenantPaths)
		if strings.HasPrefix(path, "/wide") && dice.IntN(4) > 0 {
			continue
		}
		header := []string{"Tenant", tenant, "Prefer", one([]string{"", "", "count=exact", "count=planned", "count=estimated", "timezone=Asia/Tokyo"}), "Accept", one([]string{"*/*", "*/*", "*/*", "application/vnd.pgrst.object+json", "text/csv", "text/html"})}
		method, token := one([]string{"GET", "GET", "GET", "GET", "HEAD"}), ""
		s.mu.Lock()
		if strings.Contains(path, "order=") && dice.IntN(2) == 0 {
			if token = one(s.tokens); token != "" {
				path += "&after=" + token
			}
		}
		stolen := one(s.tags[other(tenant)])
		s.mu.Unlock()
		if dice.IntN(3) == 0 && stolen != "" {
			header = append(header, "If-None-Match", stolen)
		}
		s.send(ctx, tenant, method, path, token, dice.IntN(6), header)
	}
}

// send sends one request and judges the response. mood 0 hangs up in the middle, and 1 while waiting.
func (s *siege) send(ctx context.Context, tenant, method, path, token string, mood int, header []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, method, s.server.URL, nil)
	request.URL.Opaque = "//" + request.URL.Host + "/dbcontents" + strings.NewReplacer(">", "%3E", "{", "%7B", "}", "%7D").Replace(path)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	s.requests.Add(1)
	if mood == 1 {
		time.AfterFunc(time.Duration(len(path)%8)*time.Millisecond, cancel)
	}
	answer, err := s.server.Client().Do(request)
	if err != nil {
		outcome := "no response: " + err.Error()
		if ctx.Err() != nil || errors.Is(err, context.Canceled) {
			outcome = "hung up" // by net/http maybe on behalf of the request before it on the same connection
		}
		s.count(outcome)
		return
	}
	defer answer.Body.Close()
	body := io.Reader(answer.Body)
	if mood == 0 {
		body = io.LimitReader(body, 30_000)
	}
	bytes, readErr := io.ReadAll(body)
	s.judge(tenant, path, token, request, response{answer, string(bytes)}, readErr)
}

func (s *siege) judge(tenant, path, token string, request *http.Request, a response, readErr error) {
	sent := token
	if decoded, err := url.QueryUnescape(token); err == nil {
		sent = decoded
	}
	if sent != "" { // what was sent is no secret
		clean := func(text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, token, ""), sent, "")
		}
		for _, values := range a.Header {
			for i := range values {
				values[i] = clean(values[i])
			}
		}
		a.body = clean(a.body)
	}
	seen := a.text()
	if len(seen) < 20_000 {
		seen = a.seen() // which takes longer than the response
	}
	if canary := foreign(tenant, seen); canary != "" && tenant != "boss" {
		s.Errorf("%s %s as %s, %s: another tenant's %q is in the response: %.2000s", request.Method, path, tenant, request.Header, canary, seen)
	}
	if strings.Contains(seen, s.login) || strings.Contains(path, "seen") && tenant != "boss" && a.StatusCode == 200 && strings.Contains(a.body, s.boss) {
		s.Errorf("%s as %s: a role that is not the caller's: %.600s", path, tenant, a.body)
	}
	outcome := a.Status
	if a.StatusCode >= 400 {
		var cause string
		if _, rest, ok := strings.Cut(a.body, `"cause":"`); ok {
			cause, _, _ = strings.Cut(rest, `"`)
		}
		outcome += " " + cause
	} else if readErr != nil {
		outcome += ", broken off"
	}
	s.count(outcome)
	if tenant == "boss" || a.StatusCode >= 400 {
		return
	}
	if _, total, _ := strings.Cut(a.Header.Get("Content-Range"), "/"); request.Header.Get("Prefer") == "count=exact" && path == "/notes" && a.StatusCode < 300 && total != fmt.Sprint(tenantNotes) && total != "" {
		s.Errorf("%s as %s: %s rows counted", path, tenant, total)
	}
	if strings.Contains(a.body, tenantCanaries[tenant][0]) {
		s.own.Add(1)
		if tag := a.Header.Get("Etag"); tag != "" {
			s.mu.Lock()
			s.tags[tenant] = append(s.tags[tenant][max(0, len(s.tags[tenant])-50):], tag)
			s.mu.Unlock()
		}
	}
	if a.StatusCode == http.StatusNotModified {
		s.Errorf("%s as %s: not modified, by the tag of another's rows", path, tenant)
	}
	if link := pageLink.FindStringSubmatch(a.Header.Get("Link")); link != nil {
		s.mu.Lock()
		s.tokens = append(s.tokens[max(0, len(s.tokens)-100):], link[1])
		s.mu.Unlock()
	}
}

func (s *siege) count(outcome string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes[outcome]++
}

// look reads in snapshots, directly from the Store, and leaves some of it unread.
func (s *siege) look(ctx context.Context, tenant string) {
	as := s.store.As(s.as(tenant))
	for n := 0; ctx.Err() == nil; n++ {
		err := func() error {
			snapshot, err := as.Snapshot(ctx)
			if err != nil {
				return err
			}
			defer snapshot.Release()
			for i, q := range []dbcontents.Query{
				{Table: "notes", Format: dbcontents.CSV, Count: dbcontents.CountExact},
				{Table: "wide", Limit: int64(10 + n%300), Format: dbcontents.JSON},
				{Table: "notes", Select: dbcontents.Columns("changing"), Format: dbcontents.NDJSON, Limit: 2},
				{Table: "notes", Select: dbcontents.Columns("seen", "body"), Format: dbcontents.NDJSON},
			} {
				rows, err := snapshot.Query(ctx, q)
				if err != nil {
					return err
				}
				s.snapshot.Add(1)
				if total, known := rows.Total(); known && total != tenantNotes {
					s.Errorf("%d rows are counted in a snapshot of %s", total, tenant)
				}
				if (n+i)%5 == 0 {
					rows.Next()
					rows.Close()
					continue
				}
				var text strings.Builder
				_, err = rows.WriteTo(&text)
				if canary := foreign(tenant, text.String()); canary != "" || q.Table == "wide" && err == nil && strings.Contains(text.String(), s.login) {
					s.Errorf("a snapshot of %s holds %q: %.1000s", tenant, canary, text.String())
				}
				if err != nil {
					return err
				}
			}
			return nil
		}()
		if err != nil {
			var e *dbcontents.Error
			if errors.As(err, &e); foreign(tenant, fmt.Sprintf("%+v %#v", err, e)) != "" {
				s.Errorf("an error of %s: %+v", tenant, err)
			}
			code := "no Error"
			if e != nil {
				code = e.Code
			}
			s.count("snapshot " + code)
		}
		if _, err := s.store.Query(ctx, dbcontents.Query{Table: "notes"}); err == nil {
			s.Error("without a session rows are read")
		}
	}
}

// kill cancels and ends what the role's backends do.
func (s *siege) kill(ctx context.Context, conn *pgx.Conn) {
	for n := 0; ctx.Err() == nil; n++ {
		call, which := "pg_cancel_backend", 0
		if n%4 == 0 {
			call, which = "pg_terminate_backend", 1
		}
		tag, err := conn.Exec(ctx, "SELECT "+call+"(pid) FROM (SELECT pid FROM pg_stat_activity WHERE usename = $1 ORDER BY state <> 'active', random() LIMIT 1) x", s.login)
		if err == nil {
			s.kills[which].Add(tag.RowsAffected())
		}
		select {
		case <-time.After(40 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
