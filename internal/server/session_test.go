package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const jwtSecret = "a secret of the tests, long enough"

// signed is a token with these claims; without exp it is good for an hour.
func signed(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	if _, ok := claims["exp"]; !ok {
		claims["exp"] = time.Now().Add(time.Hour).Unix()
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(jwtSecret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A token decides as which role a request reads, and policies see its claims.
func TestTokens(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE TABLE notes (id int PRIMARY KEY, owner text, body text);
		INSERT INTO notes VALUES (1, 'ann', 'a'), (2, 'bob', 'b'), (3, 'ann', 'c');
		ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON notes USING (owner = (SELECT current_setting('request.jwt.claims')::json ->> 'sub'));
		CREATE TABLE news (id int PRIMARY KEY, body text); INSERT INTO news VALUES (1, 'n');`)
	dsn := db.Role("NOINHERIT")
	login, user, anon := pgtest.UserOf(t, dsn), pgtest.UserOf(t, db.Role("", "GRANT SELECT ON notes, news TO ROLE")), pgtest.UserOf(t, db.Role("", "GRANT SELECT ON news TO ROLE"))
	db.Exec(`GRANT "` + user + `", "` + anon + `" TO "` + login + `"`)
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, jwtSecret+"\n")
	s := serve(t, "DATABASE_URL="+dsn, "DBCONTENTS_TABLES=*", "DBCONTENTS_JWT_SECRET_FILE="+secret, "DBCONTENTS_ROLES="+user, "DBCONTENTS_ANON_ROLE="+anon)
	for _, tt := range []struct {
		reason, path, token string
		status              int
		want                string // in the body
	}{
		{"one's own rows", "/dbcontents/notes?format=csv&order=id", signed(t, jwt.MapClaims{"role": user, "sub": "ann"}), 200, "id,owner,body\r\n1,ann,a\r\n3,ann,c\r\n"},
		{"another's own", "/dbcontents/notes?format=csv&order=id", signed(t, jwt.MapClaims{"role": user, "sub": "bob"}), 200, "id,owner,body\r\n2,bob,b\r\n"},
		{"nobody's", "/dbcontents/notes?format=csv&order=id", signed(t, jwt.MapClaims{"role": user}), 200, "id,owner,body\r\n"},
		{"a claim that looks like SQL", "/dbcontents/notes?format=csv", signed(t, jwt.MapClaims{"role": user, "sub": "x'); DROP TABLE notes; --"}), 200, "id,owner,body\r\n"},
		{"without a token", "/dbcontents/news?format=csv", "", 200, "id,body\r\n1,n\r\n"},
		{"without a token, what it may not", "/dbcontents/notes", "", 404, `"code":"PGRST205"`},
		{"a token without a role", "/dbcontents/news?format=csv", signed(t, jwt.MapClaims{"sub": "ann"}), 200, "id,body\r\n1,n\r\n"},
		{"a role that is not allowed", "/dbcontents/news", signed(t, jwt.MapClaims{"role": login}), 403, `"code":"42501"`},
		{"expired", "/dbcontents/news", signed(t, jwt.MapClaims{"exp": time.Now().Add(-time.Minute).Unix()}), 401, `"message":"JWT expired"`},
		{"the index", "/", signed(t, jwt.MapClaims{"role": user, "sub": "ann"}), 200, `public.notes`},
		{"the index without a token", "/", "", 200, `public.news`},
		{"ready", "/readyz", "", 200, `"ok"`},
	} {
		var header []string
		if tt.token != "" {
			header = []string{"Authorization", "Bearer " + tt.token}
		}
		response, body := s.get(t, tt.path, header...)
		if response.StatusCode != tt.status || !strings.Contains(body, tt.want) || tt.status == 200 && strings.HasPrefix(tt.want, "id") && body != tt.want {
			t.Errorf("%s: %d %s", tt.reason, response.StatusCode, body)
		}
		if vary := response.Header.Get("Vary"); tt.path != "/readyz" && !strings.Contains(vary, "Authorization") {
			t.Errorf("%s: Vary: %s", tt.reason, vary)
		}
	}
	if _, body := s.get(t, "/"); strings.Contains(body, "notes") {
		t.Errorf("the index without a token: %s", body)
	}
	s.Stop(t)
	if log := s.Log.String(); strings.Contains(log, "eyJ") || strings.Contains(log, jwtSecret) {
		t.Errorf("a token or the secret is in the log:\n%s", log)
	}
	code, stdout, stderr := run(t, []string{"check"}, "DATABASE_URL="+dsn, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=notes,news", "DBCONTENTS_JWT_SECRET="+jwtSecret, "DBCONTENTS_ROLES="+user)
	for _, want := range []string{"ok      table notes: readable as role " + user + "; row-level security: on\n", "; row-level security: off\n", "ok      tokens: there are keys"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("check: %d, no %q in\n%s%s", code, want, stdout, stderr)
		}
	}
}

// A request with a wrong token takes no connection: here there is no database, and nobody notices.
func TestWrongTokensTakeNoConnection(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL=postgres://u@127.0.0.1:1/d", "DBCONTENTS_JWT_SECRET="+jwtSecret, "DBCONTENTS_ROLES=reader", "DBCONTENTS_JWT_AUDIENCE=us", "DBCONTENTS_JWT_ISSUER=https://issuer.example")
	now := time.Now()
	good := func(change jwt.MapClaims) string {
		claims := jwt.MapClaims{"role": "reader", "aud": "us", "iss": "https://issuer.example"}
		for k, v := range change {
			if claims[k] = v; v == nil {
				delete(claims, k)
			}
		}
		return "Bearer " + signed(t, claims)
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"role": "reader", "exp": now.Add(time.Hour).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason, authorization string
		status                int
		code, cause, message  string
	}{
		{"none", "", 401, "PGRST302", "token_missing", "Anonymous access is disabled"},
		{"empty", "Bearer ", 401, "PGRST301", "token_invalid", "Empty JWT is sent in Authorization header"},
		{"two parts", "Bearer a.b", 401, "PGRST301", "token_invalid", "Expected 3 parts in JWT; got 2"},
		{"unsigned", "Bearer " + none, 401, "PGRST301", "token_invalid", ""},
		{"another key", good(nil) + "x", 401, "PGRST301", "token_invalid", ""},
		{"expired", good(jwt.MapClaims{"exp": now.Add(-31 * time.Second).Unix()}), 401, "PGRST303", "token_expired", "JWT expired"},
		{"not yet valid", good(jwt.MapClaims{"nbf": now.Add(time.Minute).Unix()}), 401, "PGRST303", "claims_invalid", "JWT not yet valid"},
		{"issued in the future", good(jwt.MapClaims{"iat": now.Add(time.Minute).Unix()}), 401, "PGRST303", "claims_invalid", "JWT issued at future"},
		{"for somebody else", good(jwt.MapClaims{"aud": "them"}), 401, "PGRST303", "claims_invalid", "JWT not in audience"},
		{"for nobody", good(jwt.MapClaims{"aud": nil}), 401, "PGRST303", "claims_invalid", "JWT not in audience"},
		{"of somebody else", good(jwt.MapClaims{"iss": "https://other.example"}), 401, "PGRST303", "claims_invalid", ""},
		{"no role", good(jwt.MapClaims{"role": nil}), 401, "PGRST302", "token_missing", "Anonymous access is disabled"},
		{"a role that is not allowed", good(jwt.MapClaims{"role": "postgres"}), 403, "42501", "role_not_allowed", ""},
		{"basic", "Basic dTpw", 401, "PGRST301", "token_invalid", ""},
	} {
		for _, path := range []string{"/dbcontents", "/dbcontents/other", "/", "/no/path"} {
			var header []string
			if tt.authorization != "" {
				header = []string{"Authorization", tt.authorization}
			}
			response, body := s.get(t, path, header...)
			var p struct{ Code, Cause, Message, Hint string }
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatalf("%s: %s: %v", tt.reason, body, err)
			}
			challenge := response.Header.Get("WWW-Authenticate")
			if response.StatusCode != tt.status || p.Code != tt.code || p.Cause != tt.cause || tt.message != "" && p.Message != tt.message || p.Hint == "" || (challenge == "") != (tt.status == 403) {
				t.Errorf("%s at %s: %d %s, challenge %q", tt.reason, path, response.StatusCode, body, challenge)
			}
			if strings.Contains(challenge, "error=") && challenge != `Bearer error="invalid_token", error_description="`+p.Message+`"` {
				t.Errorf("%s: challenge %q", tt.reason, challenge)
			}
		}
	}
	if response, body := s.get(t, "/dbcontents", "Authorization", good(nil)); response.StatusCode != 503 || !strings.Contains(body, "PGRST000") {
		t.Errorf("a good token: %d %s", response.StatusCode, body)
	}
}

// Without keys a server is not ready, and says why; with them it is.
func TestKeysThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	broken := httptest.NewServer(http.NotFoundHandler())
	defer broken.Close()
	role := pgtest.UserOf(t, db.Role(""))
	env := []string{"DATABASE_URL=" + db.DSN, "DBCONTENTS_JWT_JWKS_URL=" + broken.URL, "DBCONTENTS_ROLES=" + role, "ADDR=127.0.0.1:0"}
	s := serve(t, env...)
	if body := s.eventually(t, "/readyz", 503); !strings.Contains(body, "keys_unavailable") {
		t.Errorf("not ready: %s", body)
	}
	response, body := s.get(t, "/dbcontents", "Authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA")
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !strings.Contains(body, "keys_unavailable") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	code, stdout, _ := run(t, []string{"check"}, env...)
	if code != 1 || !strings.Contains(stdout, "FAILED  tokens: ") || !strings.Contains(stdout, "cause: keys_unavailable") {
		t.Errorf("check: %d\n%s", code, stdout)
	}
}
