"""Agents that play: oracle driver, goal-blind expert, degenerate policies."""
