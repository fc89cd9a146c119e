"""OpenEnv: environment, client, models, server. Needs the extra `openenv`; translates, and decides nothing."""
