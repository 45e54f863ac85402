package dbcontents

// A cache remembers what was used last, as much of it as fits into a number of
// bytes. It is for one goroutine at a time.
type cache[K comparable, V any] struct {
	limit, bytes int
	items        map[K]*cached[K, V]
	// ring leads through all items: next of it was used last, prev the longest ago.
	ring cached[K, V]
	// forgotten, if not nil, is told what had to go for want of room.
	forgotten func(K, V)
}

type cached[K comparable, V any] struct {
	key        K
	value      V
	bytes      int
	prev, next *cached[K, V]
}

func newCache[K comparable, V any](limit int) *cache[K, V] {
	c := &cache[K, V]{limit: limit, items: map[K]*cached[K, V]{}}
	c.ring.prev, c.ring.next = &c.ring, &c.ring
	return c
}

// get finds what is remembered for key.
func (c *cache[K, V]) get(key K) (value V, ok bool) {
	item := c.items[key]
	if item == nil {
		return value, false
	}
	return c.use(item), true
}

// use takes note that item is used now.
func (c *cache[K, V]) use(item *cached[K, V]) V {
	if c.ring.next != item {
		item.unlink()
		c.link(item)
	}
	return item.value
}

// put remembers value, which takes so many bytes, and forgets what was not used
// for the longest time until it fits. What does not fit at all is not remembered.
func (c *cache[K, V]) put(key K, value V, bytes int) {
	c.drop(key)
	if bytes > c.limit {
		return
	}
	for c.bytes+bytes > c.limit {
		last := c.ring.prev
		c.drop(last.key)
		if c.forgotten != nil {
			c.forgotten(last.key, last.value)
		}
	}
	item := &cached[K, V]{key: key, value: value, bytes: bytes}
	c.items[key] = item
	c.bytes += bytes
	c.link(item)
}

// drop forgets key.
func (c *cache[K, V]) drop(key K) {
	if item := c.items[key]; item != nil {
		delete(c.items, key)
		c.bytes -= item.bytes
		item.unlink()
	}
}

func (c *cache[K, V]) link(item *cached[K, V]) {
	item.prev, item.next = &c.ring, c.ring.next
	item.prev.next, item.next.prev = item, item
}

func (item *cached[K, V]) unlink() {
	item.prev.next, item.next.prev = item.next, item.prev
}
