package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A saved answer is one that the real server has given, for the rivals that repeat it.
type savedAnswer struct {
	header http.Header // of a small one
	body   []byte
}

// What follows a table's name in the names of the files.
const (
	bodyOf   = ".json"
	headerOf = ".header"
)

// saveAnswer keeps the JSON of t, verified, and if it is small its headers.
func (b *bench) saveAnswer(ctx context.Context, server *process, t table, e *expectation) error {
	file, err := os.Create(filepath.Join(b.dir, t.name+bodyOf))
	if err != nil {
		return err
	}
	_, err = verified(server, t, jsonFormat, e.verifier(jsonFormat), file)
	if err := errors.Join(err, file.Close()); err != nil || !(cell{table: t}).small() {
		return err
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+server.address+"/dbcontents/"+t.name, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(ask)
	if err != nil {
		return err
	}
	response.Body.Close()
	response.Header.Del("Date") // net/http writes its own
	text, err := json.Marshal(response.Header)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.dir, t.name+headerOf), text, 0o644)
}

// savedAnswers are those in BENCH_ANSWERS of which there is such a file, by the
// path that they answer. Of headerOf, which only small ones have, both are read.
func savedAnswers(file string) (map[string]savedAnswer, error) {
	names, err := filepath.Glob(filepath.Join(os.Getenv("BENCH_ANSWERS"), "*"+file))
	if err != nil {
		return nil, err
	}
	answers := map[string]savedAnswer{}
	for _, name := range names {
		var a savedAnswer
		table := strings.TrimSuffix(name, file)
		if a.body, err = os.ReadFile(table + bodyOf); err != nil {
			return nil, err
		}
		if file == headerOf {
			text, err := os.ReadFile(name)
			if err == nil {
				err = json.Unmarshal(text, &a.header)
			}
			if err != nil {
				return nil, err
			}
		}
		answers["/dbcontents/"+path.Base(table)] = a
	}
	return answers, nil
}
