"""GEOBOSQUES: official annual forest loss by district.

Service: https://bosques-app.pe/geobosques/api-bosques (JSON by ubigeo); the wide
    table is downloaded by hand from
    https://geobosques.minam.gob.pe/geobosque/view/descargas.php
Licence: none stated; public figures, cite "MINAM (PNCBMCC) y MIDAGRI (SERFOR).
    «Mapa del Bosque Húmedo Amazónico Peruano, 2000–2024». Acceso a través de
    GEOBOSQUES."
Publication lag: a year's figures appear about August of the next year.
Checked: 2026-11-20, documents and public clients only; never called live.

Quirks
- Humid Amazon forest, 30 m; natural and human loss. Method of the University of
  Maryland to 2016, of PNCBMCC from 2017: the series breaks there.
- Values are multiples of 0.09 ha (a Landsat pixel). Years without loss are zeros.
- Thousands commas stand in the last two columns of the table only.
- Each edition may change past years by a few hectares.
- Names are upper case without accents; UBIGEO is six digits, and Excel likes to drop
  the leading zero of 010101.
- The older service answers with a UTF-8 byte order mark and numbers as text.

Brings pandas and pandera with it (seconds): for tasks and commands only.
"""

from indicators.sources.geobosques_json import (
    combined,
    fetch_json,
    fetch_older_json,
    parse_json,
)
from indicators.sources.geobosques_table import parse_wide_table

__all__ = [
    "combined",
    "fetch_json",
    "fetch_older_json",
    "parse_json",
    "parse_wide_table",
]
