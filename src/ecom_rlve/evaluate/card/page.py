"""The card as a page for people."""
