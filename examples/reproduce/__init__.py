"""A small reproduction: a tiny model from random weights learns cart building, first by imitation, then by DAPO."""
