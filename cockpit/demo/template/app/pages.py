"""The pages: a function per route that reads the database and returns HTML."""

import html
from typing import Any

from .database import Pool
from .delivery import arrives
from .money import shown


def front(pool: Pool) -> str:
    """Figures of the day and what is short in stock."""
    with pool.connection() as connection:
        totals = connection.execute("SELECT count(*), coalesce(sum(total_cents), 0)::bigint FROM orders").fetchone()
        rows = connection.execute("SELECT name, stock FROM inventory ORDER BY stock, name LIMIT 5").fetchall()
    assert totals is not None
    return _page("Shop", [f"{totals[0]} orders, {shown(totals[1])}"], ("Item", "Stock"), rows)


def orders(pool: Pool) -> str:
    """The latest orders, newest first."""
    with pool.connection() as connection:
        rows = connection.execute(
            "SELECT o.id, c.name, o.placed_at::date, o.total_cents "
            "FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.placed_at DESC LIMIT 20"
        ).fetchall()
    return _page("Orders", [], ("Order", "Customer", "Placed", "Total"), [(*row[:3], shown(row[3])) for row in rows])


def delivery(pool: Pool) -> str:
    """When the latest orders arrive (needs the column that v1.5.0's migration adds)."""
    with pool.connection() as connection:
        rows = connection.execute(
            "SELECT id, placed_at, delivery_on FROM orders ORDER BY placed_at DESC LIMIT 20"
        ).fetchall()
    shown_rows = [(number, promised or arrives(placed)) for number, placed, promised in rows]
    return _page("Delivery", [], ("Order", "Arrives"), shown_rows)


PAGES = {"front": ("/", front), "orders": ("/orders", orders), "delivery": ("/delivery", delivery)}


def _page(title: str, lines: list[str], head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    cells = ["".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) for row in rows]
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    table = "".join(f"<tr>{row}</tr>" for row in cells)
    heads = "".join(f"<th>{name}</th>" for name in head)
    return f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}<table><tr>{heads}</tr>{table}</table>"
