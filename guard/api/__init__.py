"""HTTP shapes: requests to `ChatRequest`, events to responses, and nothing else."""
