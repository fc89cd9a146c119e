"""A build from somebody else's data at the size of a real shop."""
