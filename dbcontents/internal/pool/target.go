package pool

import (
	"context"
	"errors"
	"reflect"

	"github.com/jackc/pgx/v5/pgconn"
)

// A Role is what a server is in streaming replication.
type Role string

// The roles. A server that has not been asked yet has none.
const (
	Primary Role = "primary"
	Standby Role = "standby"
)

// A target is what target_session_attrs asks of a server, in its own words. Empty asks nothing.
type target string

// targets are the words that pgx takes, by the functions that it makes of them.
var targets = map[uintptr]target{
	pointer(pgconn.ValidateConnectTargetSessionAttrsReadWrite):     "read-write",
	pointer(pgconn.ValidateConnectTargetSessionAttrsReadOnly):      "read-only",
	pointer(pgconn.ValidateConnectTargetSessionAttrsPrimary):       "primary",
	pointer(pgconn.ValidateConnectTargetSessionAttrsStandby):       "standby",
	pointer(pgconn.ValidateConnectTargetSessionAttrsPreferStandby): "prefer-standby",
}

func pointer(f pgconn.ValidateConnectFunc) uintptr { return reflect.ValueOf(f).Pointer() }

// targetOf is what a configuration of pgx's own making asks for.
func targetOf(validate pgconn.ValidateConnectFunc) target {
	if validate == nil {
		return ""
	}
	return targets[pointer(validate)]
}

// mode reports whether t asks for sessions that write, or do not. Then our own setting
// of default_transaction_read_only must come after the question.
func (t target) mode() bool { return t == "read-write" || t == "read-only" }

// misfit is an error if a server is not what t asks for. A primary where a standby is preferred
// is one too: it is taken if there is no other.
func (t target) misfit(r Role, readOnly bool) error {
	switch {
	case t == "read-write" && readOnly:
		return pgconn.ErrReadOnlyConnection
	case t == "read-only" && !readOnly:
		return pgconn.ErrReadWriteConnection
	case t == "primary" && r == Standby:
		return pgconn.ErrStandbyConnection
	case (t == "standby" || t == "prefer-standby") && r == Primary:
		return pgconn.ErrPrimaryConnection
	}
	return nil
}

// ask finds out what the server of pg is. PostgreSQL says so of its own accord since version
// 14. A pooler may repeat what it has once heard, so it is not believed.
func (t target) ask(ctx context.Context, pg *pgconn.PgConn, believe bool) (r Role, readOnly bool, err error) {
	reported := pg.ParameterStatus("in_hot_standby")
	r = roleOf(reported)
	readOnly = r == Standby || pg.ParameterStatus("default_transaction_read_only") == "on"
	if t == "" || believe && r != "" {
		return r, readOnly, nil
	}
	question, mode := "SELECT pg_catalog.pg_is_in_recovery()", t.mode()
	if mode {
		question = "SHOW transaction_read_only"
	}
	results, err := pg.Exec(ctx, question).ReadAll()
	if err != nil {
		return "", false, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || len(results[0].Rows[0]) != 1 {
		return "", false, errors.New("the server does not say which role it has")
	}
	switch yes := string(results[0].Rows[0][0]); {
	case mode:
		return r, yes == "on", nil
	case yes == "t":
		return Standby, true, nil
	}
	return Primary, false, nil
}

// roleOf is the role that the parameter in_hot_standby tells.
func roleOf(inHotStandby string) Role {
	switch inHotStandby {
	case "on":
		return Standby
	case "off":
		return Primary
	}
	return ""
}
