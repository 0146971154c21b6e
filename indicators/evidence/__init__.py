"""Files and links behind yearly values: kept clean, frozen with the value."""
