package telemetry

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/cache"
)

// A description is the name of a span and its attributes, of which the metric has all. Nobody may change it.
type description struct {
	name       string
	attributes []attribute.KeyValue
	measured   []metric.RecordOption // the attributes as a set, which is half of what a measurement costs
}

func newDescription(name string, attributes []attribute.KeyValue) *description {
	return &description{name, attributes, []metric.RecordOption{metric.WithAttributes(attributes...)}}
}

// A memo remembers the descriptions that were used last. It has a limit, as a program may have any number of tables.
type memo[K comparable] struct {
	describe func(K) *description
	mu       sync.Mutex
	made     *cache.LRU[K, *description]
}

// maxMade is how many descriptions a memo has. Each takes about 2 KB.
const maxMade = 1000

func newMemo[K comparable](describe func(K) *description) *memo[K] {
	return &memo[K]{describe: describe, made: cache.New[K, *description](maxMade)}
}

func (m *memo[K]) of(key K) *description {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.made.Get(key)
	if !ok {
		d = m.describe(key)
		m.made.Put(key, d, 1)
	}
	return d
}
