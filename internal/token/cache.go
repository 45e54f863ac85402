package token

import (
	"container/list"
	"sync"
	"time"
)

const (
	// mostEntries bounds the cache to 1000 tokens of at most 8 KiB: 8 MiB.
	mostEntries = 1000
	// entryLife is how long an entry saves verifying a signature.
	entryLife = 5 * time.Minute
)

// A cache remembers verified tokens by their SHA-256, so that reading its memory
// yields no token. The one used least recently makes room. The zero cache is empty.
type cache struct {
	mu      sync.Mutex
	entries map[[32]byte]*list.Element // of *entry
	order   list.List                  // the most recently used first
}

// An entry is a verified token. It never changes.
type entry struct {
	id     [32]byte
	keys   *keySet // with the key that signed it; the entry is worth nothing once they are replaced
	until  time.Time
	period period // checked at each use
	claims Claims
}

func (c *cache) get(id [32]byte, now time.Time) (*entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[id]
	if !ok {
		return nil, false
	}
	e := element.Value.(*entry)
	if !now.Before(e.until) {
		c.drop(element)
		return nil, false
	}
	c.order.MoveToFront(element)
	return e, true
}

// put adds e, in place of an older entry for the same token.
func (c *cache) put(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = make(map[[32]byte]*list.Element)
	}
	if element, ok := c.entries[e.id]; ok {
		c.drop(element)
	}
	c.entries[e.id] = c.order.PushFront(e)
	if len(c.entries) > mostEntries {
		c.drop(c.order.Back())
	}
}

func (c *cache) remove(id [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[id]; ok {
		c.drop(element)
	}
}

// drop needs the lock to be held.
func (c *cache) drop(element *list.Element) {
	delete(c.entries, c.order.Remove(element).(*entry).id)
}
