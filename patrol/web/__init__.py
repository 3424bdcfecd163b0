"""The world coming in by HTTP and websocket: pages, API, live map, positions, tiles."""
