"""Falls, found in streams of acceleration from devices worn at the waist, the wrist or the neck."""
