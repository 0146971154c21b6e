"""Refusals that come from the server itself, not from a source."""

from indicators.sources.errors import ContentRefused, SourceError


def not_kept(error: OSError) -> ContentRefused:
    """Return the refusal of a load whose file the server could not keep."""
    return ContentRefused(
        "not_kept",
        f"No se pudo guardar el archivo en el servidor: {error.strerror}.",
        f"The file could not be kept on the server: {error.strerror}.",
    )


def failed_inside(error: Exception) -> SourceError:
    """Return what is written down of a load that a fault of the program ended."""
    kind = type(error).__name__
    return SourceError(
        "failed",
        f"La carga falló por un error del programa ({kind}); no cambió nada.",
        f"The load failed for a fault of the program ({kind}); nothing changed.",
    )
