"""Yearly values: entered by those they are assigned to, published by another person."""
