"""Made-up statistics in the shapes in which Peru's ministries send theirs."""

from tests.sources.workbooks import Cell, sheet_xml, workbook

UGEL_TITLES = ["DRE", "Código UGEL", "UGEL", "Grado", "Año", "% Satisfactorio"]


def learning() -> bytes:
    """ENLA: titles under merged names, every UGEL and grade, notes below."""
    rows: list[list[Cell]] = [
        ["Evaluación Nacional de Logros de Aprendizaje"],
        ["Resultados por UGEL, Lectura", None, None, None, None, "Porcentaje"],
        [],
        list(UGEL_TITLES),
        ["SAN MARTÍN", 220001, "MOYOBAMBA", "4P", 2023, 33.1],
        ["SAN MARTÍN", 220010, "TOCACHE", "4P", 2022, 21.4],
        ["SAN MARTÍN", 220010, "TOCACHE", "4P", 2023, "N.D."],
        ["SAN MARTÍN", 220010, "TOCACHE", "4P", 2024, 25.123456],
        ["SAN MARTÍN", 220010, "TOCACHE", "2S", 2024, 9.9],
        [],
        ["Nota: N.D. no disponible. 0.0 es un valor medido."],
    ]
    about: list[list[Cell]] = [["Ficha técnica"], ["Oficina de Medición"]]
    return workbook({"Ficha": sheet_xml(about), "UGEL": sheet_xml(rows)})


def health() -> bytes:
    """SIEN: semicolons, decimal commas, Windows letters, a column a year."""
    return (
        "Desnutrición crónica en niños menores de 5 años;;;\r\n"
        "Ubigeo;Distrito;2023;2024\r\n"
        "220901;San Martín;12,5;11,0\r\n"
        "990101;Alto;1,581;0\r\n"
        "990102;Bajo;18,25;-\r\n"
        "9901;Provincia;17,0;s/d\r\n"
        "Fuente: SIEN-HIS;;;\r\n"
    ).encode("cp1252")


def arrivals(*values: Cell) -> bytes:
    """MINCETUR: one line a year for the whole department."""
    rows: list[list[Cell]] = [["Departamento", "Año", "Arribos"]]
    rows += [["San Martín", 2020 + n, value] for n, value in enumerate(values)]
    return workbook({"Arribos": sheet_xml(rows)})
