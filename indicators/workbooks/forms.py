"""Forms of the workbook pages: which template, and which file."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.workbooks.reading import MOST_BYTES
from indicators.yearly.checks import EARLIEST_YEAR

XLSX, CSV = "xlsx", "csv"


class TemplateForm(forms.Form):
    """The year of a template and the kind of file."""

    year = forms.TypedChoiceField(label=gettext_lazy("Año"), coerce=int)
    format = forms.ChoiceField(choices=[(XLSX, "Excel"), (CSV, "CSV")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        this_year = timezone.localdate().year
        years = range(this_year, EARLIEST_YEAR - 1, -1)
        self.fields["year"].choices = [(str(y), str(y)) for y in years]  # type: ignore[attr-defined]
        self.fields["year"].initial = str(this_year - 1)


class WorkbookForm(forms.Form):
    """The workbook that somebody sends."""

    file = forms.FileField(
        label=gettext_lazy("Archivo XLSX o CSV"),
        help_text=gettext_lazy("La plantilla que llenaste, de hasta 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Elige el archivo que llenaste."),
            "empty": gettext_lazy("El archivo está vacío."),
            "max_length": gettext_lazy("El nombre del archivo es demasiado largo."),
        },
    )

    def clean_file(self) -> Any:
        """Return the file; one that is too large is refused unread."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                _("El archivo pesa más de %(most)s MB. Divídelo en varios.")
                % {"most": str(MOST_BYTES // 1_000_000)}
            )
        return file
