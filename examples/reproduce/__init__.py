"""A small reproduction: a tiny Qwen3 from random weights learns to fill carts, on a CPU. See docs/training.md."""
