"""Query parameters: what each may hold, said once for the parser and the schema."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from indicators.api.problems import BadParameter

CODE = r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}"
UBIGEO = r"(?:[0-9]{2}){1,3}"
MAX_LIMIT = 1000
# Far above any real list; keeps the number inside what PostgreSQL can count to.
MAX_OFFSET = 10_000_000


@dataclass(frozen=True)
class Parameter:
    """One query parameter.

    lookup is where it filters the queryset, empty if the view itself uses it.
    known says whether a well-formed value exists at all; an unknown one is refused,
    because an empty list would read as "no data".
    """

    name: str
    description: str
    lookup: str = ""
    pattern: str = ""
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    known: Callable[[Any], bool] | None = None

    def read(self, text: str) -> str | int | bool:
        """Return the typed value of a parameter.

        Raises:
            BadParameter: the text is not of the parameter's form.
        """
        if self.choices and text in self.choices:
            return text == "true" if self.choices == FLAG else text
        if self.pattern and re.fullmatch(self.pattern, text):
            return text
        if self.minimum is not None and self.maximum is not None:
            number = int(text) if re.fullmatch("[0-9]{1,8}", text) else -1
            if self.minimum <= number <= self.maximum:
                return number
        raise self.refusal(self._form("es"), self._form("en"))

    def refusal(self, reason_es: str, reason_en: str) -> BadParameter:
        """Return the error of a value of this parameter, for the caller to raise."""
        return BadParameter(
            self.name,
            f"El valor de «{self.name}» no vale: {reason_es}.",
            f"The value of “{self.name}” is not valid: {reason_en}.",
        )

    def _form(self, language: str) -> str:
        spanish = language == "es"
        if self.choices:
            listed = ", ".join(self.choices)
            return f"se admite {listed}" if spanish else f"allowed are {listed}"
        if self.pattern == UBIGEO:
            return "2, 4 o 6 cifras" if spanish else "2, 4 or 6 digits"
        if self.pattern:
            return (
                "letras sin tilde, cifras y guiones, hasta 60"
                if spanish
                else "plain letters, digits and hyphens, up to 60"
            )
        between = "un entero de {} a {}" if spanish else "a whole number from {} to {}"
        return between.format(self.minimum, self.maximum)

    def openapi(self) -> OpenApiParameter:
        """Return the parameter as the schema describes it."""
        schema: dict[str, Any]
        if self.choices == FLAG:
            schema = {"type": "boolean"}
        elif self.choices:
            schema = {"type": "string", "enum": list(self.choices)}
        elif self.pattern:
            schema = {"type": "string", "pattern": f"^{self.pattern}$"}
        else:
            schema = {
                "type": "integer",
                "minimum": self.minimum,
                "maximum": self.maximum,
            }
        return OpenApiParameter(self.name, schema, description=self.description)


FLAG = ("true", "false")
PAGING = (
    Parameter("limit", "Rows of a page, 100 if not given.", minimum=1, maximum=1000),
    Parameter("offset", "Rows to skip.", minimum=0, maximum=MAX_OFFSET),
)


def year_parameter(name: str, lookup: str, description: str) -> Parameter:
    """Return a parameter that takes a calendar year."""
    return Parameter(name, description, lookup=lookup, minimum=1900, maximum=2200)


def read_parameters(
    query: QueryDict, allowed: Sequence[Parameter]
) -> Mapping[str, str | int | bool]:
    """Return the given parameters by name, typed; absent ones are absent.

    Raises:
        BadParameter: a parameter is unknown, repeated, malformed or names nothing
            that exists.
    """
    by_name = {parameter.name: parameter for parameter in allowed}
    given: dict[str, str | int | bool] = {}
    for name, texts in query.lists():
        parameter = by_name.get(name)
        if parameter is None:
            listed = ", ".join(sorted(by_name)) or "—"
            raise BadParameter(
                _printable(name),
                f"No hay un parámetro «{_printable(name)}» aquí. Hay: {listed}.",
                f"There is no parameter “{_printable(name)}” here. There are: "
                f"{listed}.",
            )
        if len(texts) != 1:
            raise parameter.refusal("solo una vez", "give it once")
        value = parameter.read(texts[0])
        if parameter.known is not None and not parameter.known(value):
            raise parameter.refusal(f"no existe «{value}»", f"“{value}” does not exist")
        given[name] = value
    return given


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:60])
