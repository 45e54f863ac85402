// Package cache remembers what was used last, within a number of bytes.
package cache

// An LRU remembers what was used last, as much of it as fits into a number of
// bytes. It is for one goroutine at a time.
type LRU[K comparable, V any] struct {
	Limit, Bytes int
	Items        map[K]*Item[K, V]
	// ring leads through all items: next of it was used last, prev the longest ago.
	ring Item[K, V]
	// forgotten, if not nil, is told what had to go for want of room.
	Forgotten func(K, V)
}

// An Item is what is remembered for a key.
type Item[K comparable, V any] struct {
	key        K
	Value      V
	bytes      int
	prev, next *Item[K, V]
}

// New makes an empty cache of at most limit bytes.
func New[K comparable, V any](limit int) *LRU[K, V] {
	c := &LRU[K, V]{Limit: limit, Items: map[K]*Item[K, V]{}}
	c.ring.prev, c.ring.next = &c.ring, &c.ring
	return c
}

// Get finds what is remembered for key.
func (c *LRU[K, V]) Get(key K) (value V, ok bool) {
	item := c.Items[key]
	if item == nil {
		return value, false
	}
	return c.Use(item), true
}

// Use takes note that item is used now.
func (c *LRU[K, V]) Use(item *Item[K, V]) V {
	if c.ring.next != item {
		item.unlink()
		c.link(item)
	}
	return item.Value
}

// Put remembers value, which takes so many bytes, and forgets what was not used
// for the longest time until it fits. What does not fit at all is not remembered.
func (c *LRU[K, V]) Put(key K, value V, bytes int) {
	c.Drop(key)
	if bytes > c.Limit {
		return
	}
	for c.Bytes+bytes > c.Limit {
		last := c.ring.prev
		c.Drop(last.key)
		if c.Forgotten != nil {
			c.Forgotten(last.key, last.Value)
		}
	}
	item := &Item[K, V]{key: key, Value: value, bytes: bytes}
	c.Items[key] = item
	c.Bytes += bytes
	c.link(item)
}

// Drop forgets key.
func (c *LRU[K, V]) Drop(key K) {
	if item := c.Items[key]; item != nil {
		delete(c.Items, key)
		c.Bytes -= item.bytes
		item.unlink()
	}
}

func (c *LRU[K, V]) link(item *Item[K, V]) {
	item.prev, item.next = &c.ring, c.ring.next
	item.prev.next, item.next.prev = item, item
}

func (item *Item[K, V]) unlink() {
	item.prev.next, item.next.prev = item.next, item.prev
}
