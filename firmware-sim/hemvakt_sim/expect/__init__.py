"""What a scenario expects of the gateway and its people: steps in plain words, and verdicts."""
