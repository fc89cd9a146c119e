"""Samples of foreign catalogues, written by us: fictional brands, real manners."""
