"""Who gets what from every route: the permission matrix, as data.

A new route fails test_permissions.py until it has a row here. Rows for pages that
everybody may read go into PUBLIC; the others say the status for each role.
"""

from dataclasses import dataclass, field

from governance.roles import ROLES

SIGNED_OUT = "signed_out"
NO_ROLE = "no_role"
ROLE_CODES = tuple(role.code for role in ROLES)
EVERYBODY = (SIGNED_OUT, NO_ROLE, *ROLE_CODES)
SIGNED_IN = EVERYBODY[1:]
STAFF = ("administrator", "reviewer")
VERIFIERS = ("supervisor", "officer")
VALUE_READERS = ("editor", "administrator", "reviewer")


@dataclass(frozen=True)
class Row:
    """One route with the status each role gets.

    `args` are the route's arguments; a text "@draft" stands for the id of an object
    that the test makes (see Situation in test_permissions.py). `query` is the query
    string and `path` a ready address, with the same signs. Without `path` the
    address comes from the name.
    """

    name: str
    status: dict[str, int]
    method: str = "get"
    args: dict[str, str] = field(default_factory=dict)
    query: str = ""
    data: dict[str, str] = field(default_factory=dict)
    path: str = ""


def only(
    *roles: str, ok: int = 200, signed_out: int = 302, others: int = 404
) -> dict[str, int]:
    """Statuses where some roles get `ok`; the rest of those signed in get `others`."""
    rest = dict.fromkeys(SIGNED_IN, others)
    return {SIGNED_OUT: signed_out} | rest | dict.fromkeys(roles, ok)


def everybody(status: int = 200) -> dict[str, int]:
    """The same status for all."""
    return dict.fromkeys(EVERYBODY, status)


def signed_in(status: int = 200) -> dict[str, int]:
    """The status for everybody who is signed in; others are sent to sign in."""
    return {SIGNED_OUT: 302} | dict.fromkeys(SIGNED_IN, status)


_INDICATOR = {"slug": "@slug"}
_SHEET = {"public_id": "@sheet"}
_WORKBOOK = {"import_id": "@workbook"}


def _evidence(key: str, status: dict[str, int]) -> Row:
    args = {"evidence_id": key}
    return Row("indicators:evidence-file", status, args=args)


_NO_NOTICE = {
    "public_id": "00000000-0000-4000-8000-000000000000",
    "token": "no-such-token",
}

# What everybody may read; test_permissions.py also looks for drafts in them.
PUBLIC = (
    Row("home", everybody()),
    Row("indicators:axis-detail", everybody(), args={"code": "@axis"}),
    Row("indicators:indicator-list", everybody()),
    Row("indicators:alert-list", everybody()),
    Row("indicators:alert-csv", everybody()),
    Row("indicators:alert-near", everybody(), query="caja=-76.6,-8.3,-76.4,-8.1"),
    Row("indicators:alert-detail", everybody(), args={"number": "@cluster"}),
    Row("indicators:alert-detail", everybody(404), args={"number": "@nothing"}),
    Row("indicators:alert-pdf", everybody(), args={"number": "@cluster"}),
    Row(
        "indicators:alert-pdf",
        everybody(302),
        method="post",
        args={"number": "@cluster"},
    ),
    Row("indicators:alert-pdf", everybody(404), args={"number": "@nothing"}),
    # Nobody asked for it: the page that makes it.
    Row("indicators:alert-pdf-file", everybody(302), args={"number": "@cluster"}),
    Row("indicators:indicator-detail", everybody(), args=_INDICATOR),
    Row("indicators:indicator-history", everybody(), args=_INDICATOR),
    Row("indicators:indicator-figure", everybody(), args=_INDICATOR),
    Row("indicators:indicator-csv", everybody(), args=_INDICATOR),
    Row("indicators:indicator-json", everybody(), args=_INDICATOR),
    Row("indicators:opinion-csv", everybody(), args=_INDICATOR),
    Row("indicators:opinion-json", everybody(), args=_INDICATOR),
    Row("indicators:land-use-csv", everybody(), args=_INDICATOR),
    Row("indicators:land-use-json", everybody(), args=_INDICATOR),
    Row("indicators:source-list", everybody()),
    Row("indicators:year-list", everybody()),
    Row("indicators:method-detail", everybody()),
    Row("state", everybody()),
    Row("indicators:notice-form", everybody()),
    Row("indicators:notice-form", everybody(422), method="post"),
    Row("indicators:notice-asked", everybody()),
    Row("indicators:notice-confirm", everybody(), args=_NO_NOTICE),
    Row("indicators:notice-confirm", everybody(410), method="post", args=_NO_NOTICE),
    Row("indicators:notice-stop", everybody(404), args={"token": "no-such-token"}),
    Row(
        "indicators:notice-stop",
        everybody(404),
        method="post",
        args={"token": "no-such-token"},
    ),
    Row("privacy", everybody()),
    Row("accessibility", everybody()),
    Row("glossary", everybody()),
    Row("indicators:alert-map", everybody()),
    Row(
        "tiles:alerts",
        everybody(204),
        path="/tiles/alertas/gfw_integrated_alerts/8/1/1.mvt",
    ),
    Row("tiles:limits", everybody(204), path="/tiles/limites/zonas/8/1/1.mvt"),
    Row("robots", everybody()),
    # No worker runs beside the tests, and a health page says so.
    Row("health", everybody(503)),
)

API = (
    *(
        Row(f"api:{name}", everybody())
        for name in (
            "root",
            "schema",
            "actors",
            "agenda-actions",
            "alert-clusters",
            "alert-totals",
            "axes",
            "facts",
            "goals",
            "governance-actions",
            "governance-spaces",
            "incentives",
            "indicators",
            "jurisdictions",
            "loads",
            "places",
            "plan",
            "programmes",
            "reengineering-points",
            "results",
            "results-history",
            "sources",
            "targets",
            "values",
            "variables",
        )
    ),
    Row("api:axes-item", everybody(), path="/api/v1/axes/@axis/"),
    Row("api:goals-item", everybody(), path="/api/v1/goals/@goal/"),
    Row("api:indicators-item", everybody(), path="/api/v1/indicators/@code/"),
    Row(
        "api:jurisdictions-item",
        everybody(),
        path="/api/v1/jurisdictions/@jurisdiction/",
    ),
    Row("api:places-item", everybody(), path="/api/v1/places/@ubigeo/"),
    Row("api:sources-item", everybody(), path="/api/v1/sources/@source/"),
    Row("api:not-found", everybody(404), path="/api/v1/no-such-thing/"),
    Row(
        r"api/v1/^[\s\S]*[^A-Za-z0-9_/-][\s\S]*$",
        everybody(404),
        path="/api/v1/no.such.thing",
    ),
)

ACCOUNT = (
    Row("sign-in", everybody(302)),
    Row("account_login", {SIGNED_OUT: 200} | dict.fromkeys(SIGNED_IN, 302)),
    Row("account_signup", {SIGNED_OUT: 200} | dict.fromkeys(SIGNED_IN, 302)),
    Row("account_logout", signed_in()),
    Row("account_inactive", everybody()),
    Row("account_reauthenticate", signed_in()),
    Row("account_email", signed_in()),
    Row("account_email_verification_sent", everybody()),
    Row("account_confirm_email", everybody(), args={"key": "no-such-key"}),
    Row("account_confirm_login_code", everybody(302)),
    Row("account_change_password", signed_in()),
    Row("account_set_password", signed_in(302)),
    Row("account_reset_password", everybody()),
    Row("account_reset_password_done", everybody()),
    Row(
        "account_reset_password_from_key",
        everybody(),
        args={"uidb36": "1", "key": "no-such-key"},
    ),
    Row("account_reset_password_from_key_done", everybody()),
    Row("mfa_index", signed_in()),
    Row("mfa_authenticate", everybody(302)),
    # Nobody of the situation has a second factor: activating asks for the password
    # again, the rest has nothing to show.
    Row("mfa_reauthenticate", signed_in(302)),
    Row("mfa_activate_totp", signed_in(302)),
    Row("mfa_deactivate_totp", signed_in(404)),
    Row("mfa_view_recovery_codes", signed_in(404)),
    Row("mfa_generate_recovery_codes", signed_in(302)),
    Row("mfa_download_recovery_codes", signed_in(404)),
)

PANEL = (
    Row("panel:home", signed_in()),
    Row("panel:value-list", only(*VALUE_READERS)),
    Row("panel:value-create", only("editor")),
    Row(
        "panel:value-create",
        only("editor"),
        query="indicator=@indicator&place=@place&year=2019",
    ),
    Row(
        "panel:value-create",
        only("editor", ok=422),
        method="post",
        query="indicator=@indicator&place=@place&year=2020",
    ),
    Row("panel:value-detail", only(*VALUE_READERS), args={"value_id": "@draft"}),
    Row("panel:value-detail", only(), args={"value_id": "@nothing"}),
    Row("panel:value-edit", only("editor"), args={"value_id": "@draft"}),
    Row(
        "panel:value-edit",
        only("editor", ok=422),
        method="post",
        args={"value_id": "@draft"},
    ),
    Row("panel:value-submit", everybody(405), args={"value_id": "@draft"}),
    Row(
        "panel:value-submit",
        only("editor", ok=302),
        method="post",
        args={"value_id": "@draft"},
        data={"lock_version": "1"},
    ),
    Row("panel:value-discard", everybody(405), args={"value_id": "@draft"}),
    Row(
        "panel:value-discard",
        # Somebody else's draft: only its author discards it.
        only("editor", ok=403),
        method="post",
        args={"value_id": "@draft"},
        data={"lock_version": "1"},
    ),
    Row("panel:evidence-add", everybody(405), args={"value_id": "@draft"}),
    Row(
        "panel:evidence-add",
        only("editor", ok=302),
        method="post",
        args={"value_id": "@draft"},
        data={
            "evidence-title": "Anuario",
            "evidence-kind": "document",
            "evidence-url": "https://example.org/anuario",
            "evidence-access": "public",
        },
    ),
    Row(
        "panel:evidence-remove",
        everybody(405),
        args={"value_id": "@draft"},
    ),
    Row(
        "panel:evidence-remove",
        only("editor", ok=302),
        method="post",
        args={"value_id": "@draft"},
        data={"evidence": "@draft_file"},
    ),
    Row("panel:cluster-verify", only(*VERIFIERS), args={"number": "@cluster"}),
    Row(
        "panel:cluster-verify",
        only(*VERIFIERS, ok=422),
        method="post",
        args={"number": "@cluster"},
    ),
    Row(
        "panel:verification-photo",
        only(),
        args={"number": "@cluster", "order": "1"},
    ),
    Row("panel:sheet-start", only("editor")),
    Row("panel:sheet-start", only("editor", ok=422), method="post"),
    Row("panel:sheet-columns", only("editor"), args=_SHEET),
    Row("panel:sheet-columns", only("editor", ok=422), method="post", args=_SHEET),
    Row("panel:sheet-preview", only("editor"), args=_SHEET),
    Row("panel:sheet-preview", only("editor", ok=422), method="post", args=_SHEET),
    # Not imported: there is no result yet.
    Row("panel:sheet-result", only("editor", ok=410), args=_SHEET),
    Row("panel:sheet-discard", everybody(405), args=_SHEET),
    Row("panel:sheet-discard", only("editor", ok=302), method="post", args=_SHEET),
    Row("panel:grid-latest", only("editor", ok=302)),
    Row("panel:grid", only("editor"), args={"year": "2021"}),
    Row("panel:grid", only(), args={"year": "1984"}),
    Row("panel:grid", only("editor", ok=302), method="post", args={"year": "2021"}),
    Row("panel:grid-submit", only("editor"), args={"year": "2021"}),
    Row(
        "panel:grid-submit",
        only("editor", ok=422),
        method="post",
        args={"year": "2021"},
    ),
    Row("panel:import", only(*VALUE_READERS)),
    Row("panel:import", only("editor", ok=422), method="post"),
    Row("panel:import-template", only(), query="year=1&format=xlsx"),
    Row(
        "panel:import-template",
        only(*VALUE_READERS),
        query="year=2023&format=csv",
    ),
    # Somebody else's workbook is nobody's business, whatever the role.
    Row("panel:import-detail", only(), args=_WORKBOOK),
    Row("panel:import-errors", only(), args=_WORKBOOK),
    *(
        row
        for name in ("panel:import-save", "panel:import-cancel", "panel:import-undo")
        for row in (
            Row(name, everybody(405), args=_WORKBOOK),
            Row(name, only(), method="post", args=_WORKBOOK),
            Row(name, only(), method="post", args={"import_id": "@nothing"}),
        )
    ),
    Row("panel:task-list", only("administrator")),
    Row("panel:task-list", only("administrator", ok=422), method="post"),
    Row("panel:review-list", only("reviewer")),
    Row("panel:review-publish", only("reviewer"), query="value=@in_review"),
    Row("panel:review-publish", only("reviewer", ok=422)),
    Row(
        "panel:review-publish",
        only("reviewer", ok=302),
        method="post",
        data={"value": "@in_review-1"},
    ),
    Row("panel:year-list", only("reviewer")),
    Row("panel:year-lock", only("reviewer"), args={"year": "2022"}),
    Row(
        "panel:year-lock",
        only("reviewer", ok=302),
        method="post",
        args={"year": "2022"},
        data={"session": "Sesión 3"},
    ),
    Row("panel:year-unlock", only("reviewer"), args={"year": "2020"}),
    Row(
        "panel:year-unlock",
        only("reviewer", ok=302),
        method="post",
        args={"year": "2020"},
        data={"reason": "Se corrige."},
    ),
    Row("panel:value-publish", everybody(405), args={"value_id": "@in_review"}),
    Row(
        "panel:value-publish",
        only("reviewer", ok=302),
        method="post",
        args={"value_id": "@in_review"},
        data={"lock_version": "1"},
    ),
    Row("panel:value-return", everybody(405), args={"value_id": "@in_review"}),
    Row(
        "panel:value-return",
        only("reviewer", ok=302),
        method="post",
        args={"value_id": "@in_review"},
        data={"lock_version": "1", "reason": "Falta la fuente."},
    ),
    Row("panel:value-withdraw", everybody(405), args={"value_id": "@published"}),
    Row(
        "panel:value-withdraw",
        only("reviewer", ok=302),
        method="post",
        args={"value_id": "@published"},
        data={"lock_version": "1", "reason": "Se midió mal."},
    ),
)

_STAFF_ONLY = only(*STAFF, others=302)
_REDIRECT = everybody(302)

ADMIN = (
    Row("admin:index", _STAFF_ONLY),
    Row("admin:login", only(*STAFF, ok=302, others=403)),
    Row("admin:logout", only(*STAFF, ok=405, others=302)),
    Row("admin:jsi18n", _STAFF_ONLY),
    Row("admin:password_change", _STAFF_ONLY),
    Row("admin:password_change_done", _STAFF_ONLY),
    Row("admin:autocomplete", only(*STAFF, ok=403, others=302)),
    Row(
        "admin:app_list",
        only("administrator", others=302) | {"reviewer": 404},
        args={"app_label": "auth"},
    ),
    Row(
        "admin:view_on_site",
        only(*STAFF, ok=404, others=302),
        args={"content_type_id": "0", "object_id": "0"},
    ),
    Row(
        "admin:auth_user_password_change",
        # Nobody sets another's password: it would be a way to sign in as them.
        only(*STAFF, ok=403, others=302),
        args={"id": "@person"},
    ),
    Row(
        "admin:indicators_load_upload",
        only("administrator", others=302) | {"reviewer": 403},
    ),
    Row(
        "admin:indicators_load_decide",
        only(*STAFF, others=302),
        args={"pk": "@load"},
    ),
    Row(
        "admin:indicators_load_decide",
        only("reviewer", others=302) | {"administrator": 403},
        method="post",
        args={"pk": "@load"},
    ),
    Row(
        "admin/(?P<url>.*)$",
        only(*STAFF, ok=404, others=302),
        path="/admin/no-such-page",
    ),
)

# Model views of the admin: who may list and open, add, change, delete. A model of
# the admin without a line fails. The address without "change/" only redirects.
VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
ADMIN_MODELS: dict[str, dict[str, set[str]]] = {
    "account.emailaddress": {},
    "auth.user": {"administrator": {VIEW, ADD, CHANGE}},
    "indicators.assignment": {"administrator": {VIEW, ADD, DELETE}},
    "governance.rolechange": {"administrator": {VIEW, CHANGE}},
    "governance.signinattempt": {"administrator": {VIEW, DELETE}},
    "indicators.baseprice": {"administrator": {VIEW, ADD, CHANGE}},
    "indicators.crop": {"administrator": {VIEW}},
    "indicators.askedtask": {"administrator": {VIEW}},
    "indicators.load": {"administrator": {VIEW}, "reviewer": {VIEW}},
    "indicators.source": {"administrator": {VIEW}, "reviewer": {VIEW}},
    "indicators.sourcefile": {"administrator": {VIEW}, "reviewer": {VIEW}},
    "mfa.authenticator": {},
}

EVIDENCE = (
    _evidence("@public_file", everybody()),
    _evidence("@reserved_file", only(*VALUE_READERS, "member")),
    _evidence("@draft_file", only(*VALUE_READERS, signed_out=404)),
    _evidence("@nothing", everybody(404)),
)

ROWS = (*PUBLIC, *EVIDENCE, *API, *ACCOUNT, *PANEL, *ADMIN)
