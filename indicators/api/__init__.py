"""Read-only public API: /api/v1/, mounted by the composition."""
