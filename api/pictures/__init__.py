"""Pictures of findings as SVG, made on request: what was measured, beside what is usual or allowed."""
