"""Who may do what: the table of roles. `manage.py sync_roles` writes it to the groups.

Roles say what a person is; capabilities are granted on top and no role implies one,
the administration included. Code never asks for a role: it asks
`user.has_perm("indicators.review_value")`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A role or capability with the permissions it opens.

    `code` is the name of the group. `opens_admin` lets its holder into the admin
    site, where the permissions decide what is there.
    """

    code: str
    name_es: str
    name_en: str
    description_es: str
    description_en: str
    permissions: tuple[str, ...] = ()
    opens_admin: bool = False
    is_capability: bool = False

    def name(self, language: str) -> str:
        """Return the name in the language of a page ("en" or any Spanish code)."""
        return self.name_en if language.startswith("en") else self.name_es


ROLES = (
    Role(
        "member",
        "Miembro del COTEDETEP",
        "Member of COTEDETEP",
        "Ve lo publicado con toda su evidencia, y su propio panel.",
        "Sees what is published with all its evidence, and a panel of their own.",
        ("indicators.view_evidence",),
    ),
    Role(
        "supervisor",
        "Supervisión ciudadana",
        "Citizen oversight",
        "Ve lo publicado y su propio panel, y verifica alertas en el campo.",
        "Sees what is published and a panel of their own; verifies alerts on the "
        "ground.",
        ("territory.verify_cluster",),
    ),
    Role(
        "officer",
        "Responsable de la entidad",
        "Officer of a body",
        "Ve lo publicado y su propio panel, y verifica alertas en el campo.",
        "Sees what is published and a panel of their own; verifies alerts on the "
        "ground.",
        ("territory.verify_cluster",),
    ),
    Role(
        "editor",
        "Registro de datos",
        "Data entry",
        "Registra valores en borrador, los envía a revisión y propone correcciones.",
        "Records values as drafts, sends them to review and proposes corrections.",
        ("indicators.view_yearlyvalue", "indicators.record_value"),
    ),
    Role(
        "administrator",
        "Administración",
        "Administration",
        "Crea cuentas, asigna roles e indicadores y atiende las fuentes. No registra "
        "ni publica valores.",
        "Creates accounts, assigns roles and indicators and looks after the sources. "
        "Neither records nor publishes values.",
        (
            "auth.add_user",
            "auth.change_user",
            "auth.view_user",
            "governance.change_rolechange",
            "governance.delete_signinattempt",
            "governance.view_rolechange",
            "governance.view_signinattempt",
            "indicators.add_assignment",
            "indicators.add_baseprice",
            "indicators.add_load",
            "indicators.change_askedtask",
            "indicators.change_baseprice",
            "indicators.delete_assignment",
            "indicators.view_assignment",
            "indicators.view_baseprice",
            "indicators.view_crop",
            "indicators.view_askedtask",
            "indicators.view_load",
            "indicators.view_source",
            "indicators.view_sourcefile",
            "indicators.view_yearlyvalue",
        ),
        opens_admin=True,
    ),
    Role(
        "reviewer",
        "Revisión",
        "Review",
        "Publica, devuelve o retira valores que registró otra persona, decide "
        "sobre las cargas retenidas y cierra o abre un año.",
        "Publishes, returns or withdraws values recorded by someone else, decides "
        "on held loads, and closes or opens a year.",
        (
            "indicators.lock_year",
            "indicators.review_load",
            "indicators.review_value",
            "indicators.view_load",
            "indicators.view_source",
            "indicators.view_sourcefile",
            "indicators.view_yearlyvalue",
        ),
        opens_admin=True,
        is_capability=True,
    ),
    Role(
        "moderator",
        "Moderación",
        "Moderation",
        "Decide qué comentarios se publican. Nunca ve quién los presentó.",
        "Decides which comments are published. Never sees who filed them.",
        is_capability=True,
    ),
    Role(
        "custodian",
        "Custodia de identidad",
        "Custody of identities",
        "Una de las dos personas que, juntas, pueden abrir una identidad reservada.",
        "One of the two people who, together, can open a reserved identity.",
        is_capability=True,
    ),
)

ROLE_BY_CODE = {role.code: role for role in ROLES}

ADMINISTRATOR = "administrator"

# One administrator alone must not create a second pair of eyes out of a friend, nor
# a second administrator who would then confirm what the first one asks for.
NEEDS_SECOND_ADMINISTRATOR = frozenset(
    {role.code for role in ROLES if role.is_capability} | {ADMINISTRATOR}
)
