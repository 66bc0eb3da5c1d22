"""The only door through which foreign data enters."""
