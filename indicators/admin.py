"""Loads in the admin: upload a file, publish or discard what is held."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from indicators.models import AskedTask, Load, Source, SourceFile

# The ministry's table of 78 districts has 17 kB; a national one about 100 kB.
LARGEST_UPLOAD_BYTES = 5_000_000


class UploadForm(forms.Form):
    """A file of the official annual loss."""

    file = forms.FileField(label=_("Archivo (CSV o Excel, hasta 5 MB)"))

    def clean_file(self) -> Any:
        """Return the file if it is not too large."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_UPLOAD_BYTES:
            raise forms.ValidationError(_("El archivo debe pesar menos de 5 MB."))
        return upload


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
            return self._load(request, form.cleaned_data["file"])
        return self._page(request, "admin/indicators/load/upload.html", {"form": form})

    def _load(self, request: HttpRequest, upload: Any) -> HttpResponse:
        # pandas comes with it: only who uploads pays for that.
        from indicators.loaders.geobosques import Upload, load_annual_loss
        from indicators.loaders.pipeline import SourceBusy

        try:
            load = load_annual_loss(
                trigger=Load.Trigger.UPLOAD,
                upload=Upload(body=upload.read(), name=upload.name),
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
                return HttpResponseRedirect(reverse("admin:indicators_load_changelist"))
        context = {
            "form": form,
            "load": load,
            "is_own": load.requested_by_id == request.user.pk,
            "may_decide": request.user.has_perm("indicators.review_load"),
        }
        return self._page(request, "admin/indicators/load/decide.html", context)

    def _decided(
        self, request: HttpRequest, load: Load, why: str, *, publish: bool
    ) -> bool:
        from indicators.loaders import alerts, geobosques

        is_alerts = load.source.code == alerts.SOURCE_CODE
        loader = alerts if is_alerts else geobosques
        action = loader.publish_held if publish else geobosques.discard_held
        try:
            action(load=load, who=request.user, why=why)  # type: ignore[arg-type]
        except ValueError as error:
            messages.error(request, str(error))
            return False
        done = _("La carga se publicó.") if publish else _("La carga se descartó.")
        messages.success(request, done)
        return True

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": Load._meta, **context}
        return TemplateResponse(request, template, whole)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
