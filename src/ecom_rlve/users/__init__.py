"""The simulated customer: policy first, words second."""
