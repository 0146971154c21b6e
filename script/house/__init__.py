"""What script/* does, with the standard library of Debian's Python alone."""
