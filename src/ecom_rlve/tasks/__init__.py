"""The environments, one file each, and what they share."""
