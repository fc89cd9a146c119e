"""Other frameworks: translate, decide nothing."""
