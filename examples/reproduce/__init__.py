"""Towards a small reproduction: cart building in few tokens, for a tiny model. No training yet."""
