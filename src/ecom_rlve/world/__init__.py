"""The world: one frozen value, its records and their arithmetic."""
