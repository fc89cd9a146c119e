"""Values that every floor shares."""
