"""The panel's page of tasks that were given up: somebody looks, and asks again."""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.access import PanelRequest, panel_page
from indicators.outbox import NotGivenUp, ask_again, given_up

AGAIN: Final = "indicators.change_askedtask"


class AgainForm(forms.Form):
    """Which task, and why it will go better this time."""

    task = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=500,
        error_messages={"required": gettext_lazy("Escribe el motivo.")},
    )


@panel_page(AGAIN)
def task_list(request: PanelRequest) -> HttpResponse:
    """Show the tasks that were given up; POST asks for one again, with the reason."""
    is_sent = request.method == "POST"
    form = AgainForm(request.POST if is_sent else None)
    if not is_sent or not form.is_valid():
        context = {"tasks": given_up(), "form": form}
        status = 422 if is_sent else 200
        return render(request, "panel/task_list.html", context, status=status)
    try:
        ask_again(
            number=form.cleaned_data["task"],
            who=request.user,
            why=form.cleaned_data["reason"],
        )
    except NotGivenUp:
        messages.error(request, _("Esa tarea ya no está abandonada."))
    else:
        messages.success(request, _("Pedida otra vez: empieza en unos segundos."))
    return redirect("panel:task-list")
