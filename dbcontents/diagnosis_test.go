package dbcontents_test

import (
	"errors"
	"maps"
	"net/http"
	"regexp"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

func TestDiagnoses(t *testing.T) {
	t.Parallel()
	unused := maps.Clone(sentinels)
	code := regexp.MustCompile(`^[a-z][a-z0-9_]+$`)
	oneLine := regexp.MustCompile(`^[^\s].*[^\s.]$`)
	seen := map[string]bool{}
	for _, d := range diagnosis.Table {
		if !code.MatchString(d.Code) || seen[d.Code] {
			t.Errorf("%q: the code is not a word, or not the only one of its name", d.Code)
		}
		seen[d.Code] = true
		if !oneLine.MatchString(d.Title) || !oneLine.MatchString(d.Hint) {
			t.Errorf("%s: title %q and hint %q must be one line without a stop", d.Code, d.Title, d.Hint)
		}
		// 499 is what others use for a client that has gone, too; net/http has no name for it. 300
		// is PostgREST's for a choice that it leaves to the client.
		if d.Status != 499 && d.Status != 300 && (d.Status < 400 || http.StatusText(d.Status) == "") {
			t.Errorf("%s: status %d", d.Code, d.Status)
		}
		if d.At&(diagnosis.Connecting|diagnosis.Unencrypted) != 0 && d.Layer == 0 {
			t.Errorf("%s can end an attempt to connect, and is in no layer", d.Code)
		}
		delete(unused, d.Kind)

		err := error(&dbcontents.Error{Op: "read", Table: "public.t", Code: d.Code, Hint: d.Hint})
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.HTTPStatus() != d.Status || e.Title() != d.Title {
			t.Errorf("%s: an Error of it has status %d and title %q", d.Code, e.HTTPStatus(), e.Title())
		}
		for kind, sentinel := range sentinels {
			if got, want := errors.Is(err, sentinel), kind == d.Kind; got != want {
				t.Errorf("%s: errors.Is(%v) = %v", d.Code, sentinel, got)
			}
		}
		if want := "read public.t: " + d.Code; err.Error() != want {
			t.Errorf("Error() = %q, want %q", err, want)
		}
	}
	for _, sentinel := range unused {
		t.Errorf("no diagnosis is %v", sentinel)
	}
}

var sentinels = map[diagnosis.Kind]error{
	diagnosis.Config: dbcontents.ErrConfig, diagnosis.Unavailable: dbcontents.ErrUnavailable, diagnosis.Busy: dbcontents.ErrBusy,
	diagnosis.Timeout: dbcontents.ErrTimeout, diagnosis.Interrupted: dbcontents.ErrInterrupted, diagnosis.NoTable: dbcontents.ErrNoTable,
	diagnosis.Denied: dbcontents.ErrDenied, diagnosis.Invalid: dbcontents.ErrInvalid, diagnosis.TooLarge: dbcontents.ErrTooLarge,
	diagnosis.Closed: dbcontents.ErrClosed,
}
