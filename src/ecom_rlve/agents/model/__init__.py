"""A model behind an OpenAI-compatible chat endpoint as an agent. Needs the extra `model` (httpx)."""
