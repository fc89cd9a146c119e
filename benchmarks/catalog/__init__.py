"""Search measured: `python -m benchmarks.catalog` tells speed and memory, `... benchmarks.catalog.quality` quality."""
