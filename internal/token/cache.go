package token

import (
	"container/list"
	"sync"
	"time"
)

const (
	// mostEntries bounds the cache to 8 MiB, since claims have at most 8 KiB.
	mostEntries = 1000
	// entryLife is the time after which a signature is verified again.
	entryLife = 5 * time.Minute
)

// A cache remembers verified tokens by their SHA-256, so that it does not hold the tokens
// themselves. A full cache drops the token used least recently. The zero cache is empty.
type cache struct {
	mu      sync.Mutex
	entries map[[32]byte]*list.Element // of *entry
	order   list.List                  // the most recently used first
}

// An entry is a verified token. It never changes.
type entry struct {
	id     [32]byte
	keys   *keySet // has the key that signed it; once it is replaced, the entry is not used
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
