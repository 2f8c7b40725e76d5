"""What production has and a backup lacks: the question that decides whether anything may be put in its place."""

from collections.abc import Collection, Mapping

FAR_OFF = 0.5
"""A table that keeps fewer than this share of its rows is an old backup, half of one, or of another database. What
came in since a good backup was made is less, and is said table by table."""
_MOST = 8


def lacking(production: Mapping[str, float], backup: Mapping[str, float], but: Collection[str] = ()) -> tuple[str, ...]:
    """In words, the tables whose rows are not in the backup, or far too few of them. `but`: tables that are left out
    of it on purpose."""
    left_out = {name if "." in name else f"public.{name}" for name in but}
    found: list[str] = []
    for name, there in sorted(production.items()):
        here = backup.get(name, 0)
        if there > 0 and here < there * FAR_OFF and name not in left_out:
            about = f"{there:,.0f}"
            found.append(f"{name}: {here:,.0f} of {about} rows" if name in backup else f"{name}: none of {about} rows")
    return tuple(found)


def in_words(found: Collection[str]) -> str:
    """`public.orders: 0 of 500 rows, ... and 3 more`."""
    shown = list(found)[:_MOST]
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(shown) + more
