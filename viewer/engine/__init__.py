"""What to load for a view: column grid, tiles, cache, worker. Neither Qt nor OpenGL."""
