"""Loads in the admin: upload a file, publish or discard what is held."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from indicators.loaders.pipeline import OPEN
from indicators.models import (
    AskedTask,
    Assignment,
    BasePrice,
    Crop,
    Load,
    Source,
    SourceFile,
)
from indicators.sources.alert_sets import DATASETS
from indicators.sources.midagri import REGIONAL, SISAGRI
from indicators.sources.registry import (
    GEOBOSQUES_LOSS,
    GEOBOSQUES_RASTER,
    GEOBOSQUES_WEEKLY,
    SOURCES,
    ZONE_FILES,
)
from indicators.yearly.assignments import recordable_indicators
from indicators.yearly.forms import IndicatorField
from indicators.yearly.words import indicator_name
from indicators.yearly.writing import RECORD
from territory.models import Zone

# The ministry's table of 78 districts has 17 kB; a national one about 100 kB.
LARGEST_UPLOAD_BYTES = 5_000_000
# What the proxy lets through; a larger one is loaded with `manage.py load_alerts`,
# `load_source` or `load_zones`.
LARGEST_PASSED_BYTES = 20_000_000
LOSS = GEOBOSQUES_LOSS.code
PRODUCTION = (SISAGRI.source_code, REGIONAL.source_code)
ZONES = ZONE_FILES.code
ALERTS = (*DATASETS, GEOBOSQUES_WEEKLY.code, GEOBOSQUES_RASTER.code)
_LARGEST_BYTES = {
    LOSS: LARGEST_UPLOAD_BYTES,
    **dict.fromkeys((*PRODUCTION, *ALERTS, ZONES), LARGEST_PASSED_BYTES),
}


class UploadForm(forms.Form):
    """A file of one of the sources that people bring."""

    source = forms.ChoiceField(
        label=_("Fuente"),
        choices=[(code, SOURCES[code].name_es) for code in _LARGEST_BYTES],
        initial=LOSS,
        help_text=_(
            "Pérdida anual: CSV o Excel. Producción agrícola: Excel o CSV. Alertas de"
            " GFW: CSV. Alertas semanales: GeoJSON. Ráster del año: zip con un .tif."
            " Zonas: GeoJSON con todas las zonas de sus tipos."
        ),
    )
    kind = forms.ChoiceField(
        label=_("Tipo de las zonas"),
        choices=[("", _("Cada zona dice su tipo («kind»)")), *Zone.Kind.choices],
        required=False,
        help_text=_("Solo para zonas: elige un tipo si el archivo no lo dice."),
    )
    file = forms.FileField(
        label=_("Archivo"),
        help_text=_(
            "Hasta 5 MB si es la pérdida anual, hasta 20 MB si es otra fuente. Uno más"
            " grande se carga con una orden en el servidor."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Return the data if the file is not too large for its source."""
        data = super().clean() or {}
        upload = data.get("file")
        largest = _LARGEST_BYTES.get(data.get("source", ""), LARGEST_UPLOAD_BYTES)
        if upload is not None and upload.size > largest:
            megabytes = largest // 1_000_000
            words = _("El archivo debe pesar menos de %(megabytes)s MB.")
            self.add_error("file", words % {"megabytes": megabytes})
        return data


class DecisionForm(forms.Form):
    """What to do with a held load, and why."""

    why = forms.CharField(
        label=_("Motivo"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only the pipeline writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a row by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a row by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a row by hand."""
        return False


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """The sources, as the registry has them."""

    list_display = ["code", "name_es", "publisher", "licence"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin):
    """The kept files."""

    list_display = ["source", "sha256", "size_bytes", "fetched_at", "original_name"]


@admin.register(AskedTask)
class AskedTaskAdmin(ReadOnlyAdmin):
    """The tasks asked for; which wait, and why some were given up."""

    list_display = [
        *("asked_at", "task", "key", "done_at"),
        *("publications", "failures", "last_error", "gave_up_at"),
    ]
    list_filter = ["task", ("gave_up_at", admin.EmptyFieldListFilter)]


@admin.register(Crop)
class CropAdmin(ReadOnlyAdmin):
    """The crops and the names the sources give them; their file is changed instead."""

    list_display = ["code", "name_es", "kind", "source_names"]


@admin.register(BasePrice)
class BasePriceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Prices that turn production into a value, at the next publication of a load."""

    list_display = ["crop", "price_pen_kg", "basis_year", "source_text"]
    fields = ["crop", "basis_year", "price_pen_kg", "source_text"]

    def save_model(
        self, request: HttpRequest, obj: BasePrice, form: Any, change: bool
    ) -> None:
        """Keep who supplied the price."""
        obj.recorded_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)


class AssignmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who enters the values of an indicator; whoever assigns is somebody else."""

    assigner_id: int | None = None

    def clean_user(self) -> User:
        """Return the person, refusing the one who assigns."""
        person: User = self.cleaned_data["user"]
        if person.pk == self.assigner_id:
            raise forms.ValidationError(
                _("Nadie se asigna indicadores: lo hace otra persona.")
            )
        return person


@admin.register(Assignment)
class AssignmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Assignments: given or taken away, never changed into another."""

    form = AssignmentForm
    fields = ["user", "indicator"]
    list_display = ["user", "indicator_words", "assigned_by", "assigned_at"]
    list_filter = [("user", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "indicator__goal", "assigned_by"]
    search_fields = ["user__username", "indicator__code"]

    @admin.display(description=_("Indicador"), ordering="indicator")
    def indicator_words(self, assignment: Assignment) -> str:
        """Return the indicator's code and name."""
        return f"{assignment.indicator.code} · {indicator_name(assignment.indicator)}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: who assigned whom stays true."""
        return False

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Return the choices: people who enter values, indicators people type."""
        if db_field.name == "user":
            # Whoever cannot enter values would never see what was assigned to them.
            kwargs["queryset"] = User.objects.with_perm(
                RECORD,
                include_superusers=False,
                backend="allauth.account.auth_backends.AuthenticationBackend",
            )
        else:
            kwargs["queryset"] = recordable_indicators()
            kwargs["form_class"] = IndicatorField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the form, which knows who assigns."""
        made = super().get_form(request, *args, **kwargs)
        return type(made.__name__, (made,), {"assigner_id": request.user.pk})

    def save_model(
        self, request: HttpRequest, obj: Assignment, form: Any, change: bool
    ) -> None:
        """Keep who assigned."""
        obj.assigned_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)


DECIDED = {
    Load.State.PUBLISHED: _("La carga se publicó."),
    Load.State.DISCARDED: _("La carga se descartó."),
    Load.State.APPROVED: _("Tu decisión quedó guardada. La carga se está publicando."),
}


@admin.register(Load)
class LoadAdmin(ReadOnlyAdmin):
    """The loads, with their report and, if held, the decision."""

    list_display = [
        "started_at",
        "source",
        "state",
        "trigger",
        "edition",
        "rows_added",
        "rows_changed",
        "rows_removed",
        "report_link",
    ]
    list_filter = ["source", "state", "trigger"]
    change_list_template = "admin/indicators/load/change_list.html"

    @admin.display(description=_("Informe"))
    def report_link(self, load: Load) -> str:
        """Return a link to what the load found and, if held, to its decision."""
        held = load.state == Load.State.HELD
        words = _("Decidir") if held else _("Ver informe")
        url = reverse("admin:indicators_load_decide", args=[load.pk])
        return format_html('<a href="{}">{}</a>', url, words)

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's own addresses and ours before them."""
        site = self.admin_site.admin_view
        return [
            path("upload/", site(self.upload), name="indicators_load_upload"),
            path("<int:pk>/decide/", site(self.decide), name="indicators_load_decide"),
            *super().get_urls(),
        ]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Run an uploaded file through the pipeline; a second person publishes it."""
        _require(request, "indicators.add_load")
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            by_worker = form.cleaned_data["source"] in (*PRODUCTION, ZONES)
            accept = self._accept if by_worker else self._load
            return accept(request, form.cleaned_data)
        return self._page(request, "admin/indicators/load/upload.html", {"form": form})

    def _accept(self, request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
        """Keep a file for a worker: a national workbook takes minutes to read."""
        from indicators.loaders.uploads import keep_upload

        try:
            load = keep_upload(
                source_code=data["source"],
                file=data["file"],
                zone_kind=data["kind"],
                requested_by=request.user,  # type: ignore[arg-type]
            )
        except OSError:
            full = _("No se pudo guardar el archivo en el servidor. No cambió nada.")
            messages.error(request, full)
            return HttpResponseRedirect(reverse("admin:indicators_load_upload"))
        return HttpResponseRedirect(
            reverse("admin:indicators_load_decide", args=[load.pk])
        )

    def _load(self, request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
        # pandas comes with it: only who uploads pays for that.
        from indicators.loaders.pipeline import SourceBusy
        from indicators.loaders.uploads import load_upload

        try:
            load = load_upload(
                source_code=values["source"],
                file=values["file"],
                requested_by=request.user,  # type: ignore[arg-type]
            )
        except SourceBusy:
            busy = _("Otra carga de esta fuente está en marcha. Inténtalo más tarde.")
            messages.warning(request, busy)
            return HttpResponseRedirect(reverse("admin:indicators_load_upload"))
        return HttpResponseRedirect(
            reverse("admin:indicators_load_decide", args=[load.pk])
        )

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a load's report and let a second person publish or discard it."""
        _require(request, "indicators.view_load")
        loads = Load.objects.select_related("source", "file", "requested_by")
        load = get_object_or_404(loads, pk=pk)
        form = DecisionForm(request.POST or None)
        if request.method == "POST":
            _require(request, "indicators.review_load")
        chosen = {"publish", "discard"} & set(request.POST)
        if request.method == "POST" and len(chosen) != 1:
            messages.error(request, _("Elige publicar o descartar."))
        elif request.method == "POST" and form.is_valid():
            publish = chosen == {"publish"}
            if self._decided(request, load, form.cleaned_data["why"], publish=publish):
                return HttpResponseRedirect(request.path)
        context = {
            "form": form,
            "load": load,
            "is_own": load.requested_by_id == request.user.pk,
            "may_decide": request.user.has_perm("indicators.review_load"),
            "is_waiting": load.state in OPEN,
            "is_approved": load.state == Load.State.APPROVED,
        }
        return self._page(request, "admin/indicators/load/decide.html", context)

    def _decided(
        self, request: HttpRequest, load: Load, why: str, *, publish: bool
    ) -> bool:
        from indicators.loaders import review

        action = review.publish_held if publish else review.discard_held
        try:
            done = action(load=load, who=request.user, why=why)  # type: ignore[arg-type]
        except ValueError as error:
            messages.error(request, str(error))
            return False
        messages.success(request, DECIDED[Load.State(done.state)])
        return True

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": Load._meta, **context}
        return TemplateResponse(request, template, whole)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
