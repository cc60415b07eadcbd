"""Shares of rows, files or days by kind, as a command line or a profile gives them."""

from collections.abc import Iterable, Mapping

from shopwright.config.errors import ShopwrightError, did_you_mean

ALL = "all"


class ShareInvalid(ShopwrightError):
    """A share that cannot be: not between 0 and 100%, or of a kind that there is not.

    `allowed` says what can be, after 'Allowed'.
    """

    exit_code = 2

    def __init__(self, problem: str, allowed: str) -> None:
        super().__init__(problem, f"Allowed {allowed}.")
        self.allowed = allowed


def shares_from_text(text: str, kinds: Iterable[str], of: str) -> dict[str, float]:
    """`1%`, `1%,late=0` or `late=5%,twice=0.02` as a share from 0 to 1 for every kind.

    A share without a name holds for all kinds, one with a name for its kind; kinds that are not
    named and not covered have none. `of` says in errors what the shares are of, such as `faults`.
    Raises ShareInvalid.
    """
    given: dict[str, object] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, share = part.rpartition("=")
        given[name.strip() or ALL] = share.strip()
    return shares_from_table(given, kinds, of)


def shares_from_table(
    given: Mapping[str, object], kinds: Iterable[str], of: str
) -> dict[str, float]:
    """The same from a table such as a profile's `[faults]`: `all = "1%"`, `negative_price = 0.02`.

    Raises ShareInvalid.
    """
    known = list(kinds)
    for name in given:
        if name != ALL and name not in known:
            raise ShareInvalid(
                f"{of}: there is no kind {name!r}{did_you_mean(name, known)}.",
                f"are {', '.join([*known, ALL])}",
            )
    everywhere = _share(given.get(ALL, 0), ALL, of)
    return {kind: _share(given[kind], kind, of) if kind in given else everywhere for kind in known}


def _share(value: object, kind: str, of: str) -> float:
    text = str(value).strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:  # nor where it is not a number
        raise ShareInvalid(
            f"{of}: {kind} = {text!r} is not a share.",
            "is 0% to 100%, such as 1% or 0.5%, or a number from 0 to 1",
        )
    return share
