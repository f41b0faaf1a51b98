"""The benchmark: catalogues of laws, the judge of answers, and runs over a catalogue."""
