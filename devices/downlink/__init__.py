"""What is said to devices: its kinds, and how it is kept until a device has heard it."""
