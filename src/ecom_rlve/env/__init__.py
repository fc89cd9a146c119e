"""The engine: episodes, transitions, rewards, diagnosis, traces, shells."""
