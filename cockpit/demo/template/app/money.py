"""Prices are whole cents; only the page shows a decimal point."""


def shown(cents: int) -> str:
    """`123456` -> `1,234.56`. Negative amounts keep their sign in front."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def discounted(cents: int, percent: int) -> int:
    """The price after a discount of 0..100 percent, rounded in the customer's favour. Raises ValueError outside."""
    if not 0 <= percent <= 100:
        raise ValueError(f"a discount of {percent} % makes no sense")
    return cents * (100 - percent) // 100
