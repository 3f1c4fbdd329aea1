"""Who is told next, for as long as nobody has accepted."""
