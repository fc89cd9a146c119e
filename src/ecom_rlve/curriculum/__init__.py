"""Adaptive difficulty."""
