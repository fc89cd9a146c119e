"""Curves of training runs, from their JSONL alone."""
