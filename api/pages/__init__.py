"""The console in the browser: pages rendered here, small scripts, no build step."""
