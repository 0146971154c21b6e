"""Progress results: computed by the pure method, stored with their inputs."""


def recompute_progress(*, indicator_id: int, place_id: int, trigger: str) -> int:
    """Compute the progress of an indicator in a place now; return the result's id."""
    raise NotImplementedError
