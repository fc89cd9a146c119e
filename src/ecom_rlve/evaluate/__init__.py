"""Running many episodes and telling what came out."""
