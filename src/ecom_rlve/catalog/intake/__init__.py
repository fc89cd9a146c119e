"""Building a catalogue from somebody else's data: read, clean, stage, merge, report. Knows no episode."""
