"""Pure ASGI: middleware for every request, whatever answers it, and streams of events."""
