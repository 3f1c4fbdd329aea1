"""The life of an alarm: three axes, one table, and what people may do."""
