"""Row level security and rights: whom a migration lets in."""

from collections.abc import Iterator

from cockpit.migrations.model import Script, Statement
from cockpit.migrations.rules.base import Hit, Rule, altered_table, created_table, name_at, skip_words

API_ROLES = frozenset({"anon", "authenticated", "public", "web_anon", "authenticator", "api", "web_user"})
"""Roles that requests from outside run as: PostgREST's and Supabase's usual ones, and everybody."""


def _without(script: Script) -> Iterator[Hit]:
    enabled = {altered_table(one) for one in script.notable if one.has("ENABLE", "ROW", "LEVEL", "SECURITY")}
    for one in script.notable:
        table = created_table(one)
        if table and table not in enabled:
            yield Hit(
                one.start,
                f"{table} has no row-level security: any role with SELECT sees every row",
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, and add a policy",
            )


def _policy(statement: Statement) -> tuple[str, str]:
    """Name and table of CREATE, ALTER and DROP POLICY."""
    name, index = name_at(statement.tokens, skip_words(statement.tokens, 2, "IF", "EXISTS"))
    return name, name_at(statement.tokens, skip_words(statement.tokens, index, "ON"))[0]


def _weakened(script: Script) -> Iterator[Hit]:
    made = {_policy(one) for one in script.notable if one.begins("CREATE", "POLICY")}
    for one in script.notable:
        table = altered_table(one)
        if table and one.has("DISABLE", "ROW", "LEVEL", "SECURITY"):
            yield Hit(one.start, f"row-level security of {table} is turned off: any role with SELECT sees every row")
        elif table and one.has("NO", "FORCE", "ROW", "LEVEL", "SECURITY"):
            yield Hit(one.start, f"the owner of {table} is no longer bound by its policies")
        elif one.begins("DROP", "POLICY") and _policy(one) not in made:
            name, of = _policy(one)
            yield Hit(one.start, f"policy {name} of {of} is dropped and not recreated in this file")
        elif one.begins("CREATE", "POLICY") or one.begins("ALTER", "POLICY"):
            for clause in (("USING", "(", "TRUE", ")"), ("WITH", "CHECK", "(", "TRUE", ")")):
                if one.has(*clause) and not one.has("AS", "RESTRICTIVE"):
                    yield Hit(one.start, f"policy {_policy(one)[0]} of {_policy(one)[1]} lets every row through")
                    break
        elif one.words[:2] in (("ALTER", "ROLE"), ("ALTER", "USER"), ("CREATE", "ROLE")) and one.has("BYPASSRLS"):
            yield Hit(one.start, f"role {name_at(one.tokens, 2)[0]} is bound by no policy at all")


def _grant(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        default = one.begins("ALTER", "DEFAULT", "PRIVILEGES")
        start = one.find("GRANT") if default else 0 if one.begins("GRANT") else None
        if start is None:
            continue
        to = next((i for i, token in enumerate(one.tokens) if i > start and token.upper == "TO"), len(one.tokens))
        names = {token.value() for token in one.tokens[to + 1 :] if token.kind in ("word", "name")}
        roles = sorted(names & API_ROLES)
        if roles:
            what = " ".join(token.text for token in one.tokens[start + 1 : to])[:60]
            later = " (of every object made later)" if default else ""
            yield Hit(one.start, f"{what}{later} for {', '.join(roles)}: open to every request")


_TABLE = "CREATE TABLE notes (id bigint PRIMARY KEY, owner uuid NOT NULL);\n"
_ON = "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n"
_ROWS = "PostgreSQL, 5.9 Row Security Policies"
RULES = (
    Rule(
        code="table-without-rls",
        level="warning",
        why=(
            "A table that an API can reach without row-level security shows every customer's rows to every other "
            "customer."
        ),
        fix="ALTER TABLE ... ENABLE ROW LEVEL SECURITY in the same file, and a policy",
        bad=_TABLE,
        good=f"{_TABLE}{_ON}",
        source=_ROWS,
        find=_without,
    ),
    Rule(
        code="rls-weakened",
        level="error",
        why=(
            "Turning row-level security off, dropping a policy, or a policy that is always true opens rows to "
            "strangers."
        ),
        fix="add a policy that limits the rows; if this is intended, suppress the finding with a reason",
        bad="ALTER TABLE notes DISABLE ROW LEVEL SECURITY;\n",
        good="CREATE POLICY own ON notes USING (owner = auth.uid());\n",
        source=_ROWS,
        find=_weakened,
    ),
    Rule(
        code="grant-to-api-role",
        level="warning",
        why="Whatever these roles may do, every request from outside may do.",
        fix="grant to a service role, or only together with row-level security",
        bad="GRANT ALL ON notes TO anon;\n",
        good="GRANT SELECT ON notes TO reporting;\n",
        source="PostgreSQL, 5.8 Privileges; PostgREST, Authentication",
        find=_grant,
    ),
)
