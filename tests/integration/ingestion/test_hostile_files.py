"""Files as real systems send them: each yields exactly the rows and malformed lines expected.

Every file is a delivery of its own, and one run publishes them all. `C1` in a file stands for a
customer of that file alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.conftest import DatabaseServer
from tests.shop import Shop

from shopwright.storage.database import Database

HEAD = "customer_id,first_name,city\n"


@dataclass(frozen=True)
class Hostile:
    """A file's text or bytes, the rows accepted and rejected, and the malformed lines."""

    content: str | bytes
    accepted: int = 0
    rejected: int = 0
    malformed: tuple[int, ...] = ()
    reads: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """First name and city of some customers."""
    encoding: str = "utf-8"
    delimiter: str = ","
    declared: str = ""
    mark: bytes = b""


def rows(*lines: str, end: str = "\n") -> str:
    """The header and these lines."""
    return HEAD.replace("\n", end) + "".join(line + end for line in lines)


def german(*lines: str) -> str:
    return rows("C1,Jürgen,Köln", *lines)


LONG = "x" * 70_000
HOSTILE: dict[str, Hostile] = {
    # encodings
    "utf-8": Hostile(german(), 1, reads={"C1": ("Jürgen", "Köln")}),
    "utf-8-bom": Hostile(german(), 1, reads={"C1": ("Jürgen", "Köln")}, mark=b"\xef\xbb\xbf"),
    "bom-before-a-quoted-header": Hostile(
        '"customer_id","city"\nC1,Ulm\n', 1, reads={"C1": (None, "Ulm")}, mark=b"\xef\xbb\xbf"
    ),
    "utf-16-le-bom": Hostile(
        german(), 1, reads={"C1": ("Jürgen", "Köln")}, encoding="utf-16-le", mark=b"\xff\xfe"
    ),
    "utf-16-be-bom": Hostile(
        german(), 1, reads={"C1": ("Jürgen", "Köln")}, encoding="utf-16-be", mark=b"\xfe\xff"
    ),
    "utf-16-le-without-a-bom": Hostile(
        german(), 1, reads={"C1": ("Jürgen", "Köln")}, encoding="utf-16-le"
    ),
    "utf-16-from-excel": Hostile(
        "customer_id\tfirst_name\tcity\r\nC1\tJürgen\tKöln\r\n", 1, encoding="utf-16-le",
        delimiter="\t", mark=b"\xff\xfe", reads={"C1": ("Jürgen", "Köln")},
    ),
    "utf-16-with-half-a-pair": Hostile(
        rows("C1,a,b", "C2,\ud83d,b", "C3,a,b"), 2, malformed=(3,), encoding="utf-16-le",
        mark=b"\xff\xfe",
    ),
    "utf-16-cut-in-a-letter": Hostile(
        rows("C1,a,b").encode("utf-16-le") + "C2,a,b".encode("utf-16-le")[:-1], 1, malformed=(3,),
        encoding="utf-16-le", mark=b"\xff\xfe",
    ),
    "cp1252": Hostile(german(), 1, encoding="cp1252", reads={"C1": ("Jürgen", "Köln")}),
    "cp1252-euro-and-curved-quotes": Hostile(
        rows("C1,„Anna“,5 €"), 1, encoding="cp1252", reads={"C1": ("„Anna“", "5 €")}
    ),
    "cp1252-header": Hostile(
        "customer_id,straße,city\nC1,x,Köln\n", 1, encoding="cp1252", reads={"C1": (None, "Köln")}
    ),
    "cp1252-with-a-ragged-line": Hostile(
        german("C2,a", "C3,Zoë,Genève"), 2, malformed=(3,), encoding="cp1252",
        reads={"C3": ("Zoë", "Genève")},
    ),
    "cp1252-late-in-a-long-file": Hostile(
        rows(*(f"C{n},{'a' if n < 5900 else 'ä'},{'y' * 200}" for n in range(10, 6000)),
             "C1,Jürgen,Köln"), 5991,
        encoding="cp1252", reads={"C1": ("Jürgen", "Köln")},
    ),
    "latin-2-declared": Hostile(
        rows("C1,Łukasz,Łódź"), 1, encoding="iso8859-2", reads={"C1": ("Łukasz", "Łódź")},
        declared='encoding = "latin2"',
    ),
    "shift-jis-declared": Hostile(
        rows("C1,太郎,東京"), 1, encoding="shift_jis", reads={"C1": ("太郎", "東京")},
        declared='encoding = "shift_jis"',
    ),
    "utf-8-declared-in-vain": Hostile(
        rows("C1,a,b").encode() + "C2,Jürgen,b\n".encode("cp1252"), 1, malformed=(3,),
        declared='encoding = "utf-8"',
    ),
    "a-broken-byte-among-good-letters": Hostile(
        german().encode() + b"C2,a\xffb,Ulm\n" + "C3,Zoë,Genf\n".encode(), 2, malformed=(3,)
    ),
    "a-letter-cut-in-two": Hostile(
        german().encode() + b"C2,Zo\xc3,Ulm\nC3,a,b\n", 2, malformed=(3,)
    ),
    "an-overlong-letter": Hostile(german().encode() + b"C2,\xc0\xaf,b\n", 1, malformed=(3,)),
    "a-byte-that-cp1252-does-not-know": Hostile(
        rows("C1,a,b").encode() + b"C2,\x81,b\nC3,a,b\n", 2, malformed=(3,)
    ),
    "one-foreign-letter-in-a-long-plain-text": Hostile(
        rows(*(f"C{n},a,b" for n in range(1, 301))).encode() + "C301,ü,b\n".encode("cp1252"), 300,
        malformed=(302,),
    ),
    "a-byte-of-ones-in-plain-text": Hostile(
        rows("C1,a,b").encode() + b"C2,a\xff,b\nC3,a,b\n", 2, malformed=(3,)
    ),
    "broken-in-a-quoted-line-break": Hostile(
        german().encode() + b'C2,"a\n\xff",b\nC3,a,b\n', 2, malformed=(3, 4)
    ),
    "nul-in-a-row": Hostile(rows("C1,a,b", "C2,a\x00,b", "C3,a,b"), 2, malformed=(3,)),
    "nul-alone": Hostile(rows("C1,a,b") + "\x00\n", 1, malformed=(3,)),
    "nuls-at-the-end": Hostile(rows("C1,a,b") + "\x00" * 4096, 1, malformed=(3,)),
    "emoji-and-far-letters": Hostile(rows("C1,😀,名前"), 1, reads={"C1": ("😀", "名前")}),
    # delimiters
    "semicolons": Hostile(rows("C1,a,b").replace(",", ";"), 1, delimiter=";"),
    "tabs": Hostile(rows("C1,a,b").replace(",", "\t"), 1, delimiter="\t"),
    "pipes": Hostile(rows("C1,a,b").replace(",", "|"), 1, delimiter="|"),
    "semicolons-and-commas-in-texts": Hostile(
        "customer_id;first_name;city\nC1;a, b;c\n", 1, delimiter=";", reads={"C1": ("a, b", "c")}
    ),
    "a-declared-delimiter": Hostile(
        "customer_id^first_name^city\nC1^a,b^c\n", 1, delimiter="^", declared='delimiter = "^"',
        reads={"C1": ("a,b", "c")},
    ),
    "excels-own-delimiter-line": Hostile(
        "sep=;\r\ncustomer_id;first_name;city\r\nC1;a;b\r\nC2;a\r\n", 1, malformed=(4,),
        delimiter=";",
    ),
    # line ends
    "crlf": Hostile(rows("C1,a,b", end="\r\n"), 1, reads={"C1": ("a", "b")}),
    "crlf-ragged": Hostile(
        rows("C1,a,b", "C2,a", "C3,a,b", end="\r\n"), 2, malformed=(3,), reads={"C3": ("a", "b")}
    ),
    "old-macintosh": Hostile(rows("C1,a,b", "C2,c,d", end="\r"), 2, reads={"C2": ("c", "d")}),
    "old-macintosh-ragged": Hostile(
        rows("C1,a,b", "C2,c", "C3,e,f", end="\r"), 2, malformed=(3,), reads={"C3": ("e", "f")}
    ),
    "line-ends-of-both-kinds": Hostile(
        HEAD + "C1,a,b\r\nC2,c,d\nC3,e,f\r\n", 3, reads={"C1": ("a", "b"), "C3": ("e", "f")}
    ),
    "carriage-returns-twice": Hostile(rows("C1,a,b", end="\r\r\n"), 1, reads={"C1": ("a", "b")}),
    "a-carriage-return-in-a-field": Hostile(rows("C1,a\rb,c", "C2,d,e"), 1, malformed=(2,)),
    "a-carriage-return-in-quotes": Hostile(rows('C1,"a\rb",c'), 1, reads={"C1": ("a\rb", "c")}),
    "no-line-end-at-the-end": Hostile(rows("C1,a,b").rstrip("\n"), 1),
    "unicode-line-separator": Hostile(rows("C1,a\u2028b,c"), 1, reads={"C1": ("a\u2028b", "c")}),
    "vertical-tab-and-form-feed": Hostile(rows("C1,a\x0b\x0cb,c"), 1),
    # blank lines and repeated headers
    "trailing-blank-lines": Hostile(rows("C1,a,b") + "\n\n\n", 1),
    "trailing-lines-of-blanks": Hostile(rows("C1,a,b") + "   \n\t\n", 1),
    "blank-lines-between": Hostile(rows("C1,a,b", "", "C2,a,b", "", "C3,a"), 2, malformed=(6,)),
    "blank-lines-above-the-header": Hostile("\n\n" + rows("C1,a,b", "C2"), 1, malformed=(5,)),
    "blank-lines-of-crlf": Hostile(rows("C1,a,b", "", "", end="\r\n"), 1),
    "blank-lines-in-a-file-of-one-column": Hostile("customer_id\nC1\n\nC2\n\n\n", 2),
    "rows-of-delimiters-alone": Hostile(rows("C1,a,b", ",,", ",,"), 1, rejected=1),
    "the-header-again": Hostile(rows("C1,a,b", HEAD.strip(), "C2,a,b"), 2, malformed=(3,)),
    "the-header-again-with-a-bom": Hostile(
        rows("C1,a,b", "\ufeff" + HEAD.strip(), "C2,a,b"), 2, malformed=(3,)
    ),
    "the-header-again-as-the-last-line": Hostile(rows("C1,a,b") + HEAD.strip(), 1, malformed=(3,)),
    "the-header-again-in-a-text": Hostile(rows(f'C1,"{HEAD.strip()}",b'), 1),
    "the-header-of-one-column-again": Hostile("customer_id\nC1\ncustomer_id\n", 1, malformed=(3,)),
    # ragged lines
    "too-many-fields": Hostile(rows("C1,a,b", "C2,a,b,c", "C3,a,b"), 2, malformed=(3,)),
    "too-few-fields": Hostile(rows("C1,a,b", "C2,a", "C3,a,b"), 2, malformed=(3,)),
    "an-unquoted-delimiter": Hostile(rows("C1,Smith, John,Ulm", "C2,a,b"), 1, malformed=(2,)),
    "a-delimiter-behind-every-line": Hostile(rows("C1,a,b,", "C2,a,b,"), malformed=(2, 3)),
    "a-truncated-last-line": Hostile(rows("C1,a,b") + "C2,a", 1, malformed=(3,)),
    "truncated-within-quotes": Hostile(rows("C1,a,b") + 'C2,"a', 1, malformed=(3,)),
    "every-line-is-bad": Hostile(rows("C1", "C2,a", "C3,a,b,c,d"), malformed=(2, 3, 4)),
    "a-comment-and-a-total": Hostile(
        rows("# exported", "C1,a,b", "2 rows"), 1, malformed=(2, 4)
    ),
    "a-line-of-70000-letters": Hostile(rows("C1,a,b", f"C2,{LONG}", "C3,a,b"), 2, malformed=(3,)),
    "html-instead-of-the-rest": Hostile(
        rows("C1,a,b", "<html>", "<body>504 Gateway, Time-out</body>"), 1, malformed=(3, 4)
    ),
    "a-merge-conflict": Hostile(
        rows("<<<<<<< mine", "C1,a,b", "=======", "C2,a,b", ">>>>>>> theirs"), 2,
        malformed=(2, 4, 6),
    ),
    "the-end-of-data-mark": Hostile(rows("C1,a,b", "\\.", "C2,a,b"), 2, malformed=(3,)),
    "the-end-of-data-mark-in-quotes": Hostile(
        rows('C1,"a\n\\.\nb",c', "C2,a,b"), 2, reads={"C1": ("a\n\\.\nb", "c")}
    ),
    # quotes
    "quoted-line-breaks": Hostile(
        rows('C1,"a\nb\n",c', "C2,a,b"), 2, reads={"C1": ("a\nb\n", "c")}
    ),
    "quoted-line-breaks-and-a-ragged-line": Hostile(
        rows('C1,"a\nb",c', "C2,a", 'C3,"d\n\ne",f'), 2, malformed=(4,),
        reads={"C1": ("a\nb", "c"), "C3": ("d\n\ne", "f")},
    ),
    "quoted-line-breaks-of-crlf": Hostile(
        rows('C1,"a\r\nb",c', "C2", end="\r\n"), 1, malformed=(4,), reads={"C1": ("a\r\nb", "c")}
    ),
    "doubled-quotes": Hostile(rows('C1,"say ""a""",b'), 1, reads={"C1": ('say "a"', "b")}),
    "doubled-quotes-alone": Hostile(rows('C1,"""",""'), 1, reads={"C1": ('"', "")}),
    "an-unclosed-quote": Hostile(rows("C1,a,b", 'C2,"a,b', "C3,a,b"), 2, malformed=(3,)),
    "an-unclosed-quote-before-quoted-lines": Hostile(
        rows('C1,"a,b', 'C2,"c",d', 'C3,"e",f'), 2, malformed=(2,)
    ),
    "inches": Hostile(rows('C1,15" screen,a', 'C2,17" screen,b', "C3,c,d"), 1, malformed=(2, 3)),
    "inches-that-look-like-a-quoted-line-break": Hostile(
        rows('C1,15" screen,a\nC2,17" screen,b', "C3,c,d"), 1, malformed=(2, 3)
    ),
    "two-inches-in-a-line": Hostile(rows('C1,15" by 20",a'), 1),
    "a-backslash-before-a-quote": Hostile(
        rows(r'C1,"a\"b",c', "C2,a,b"), 1, malformed=(2,)
    ),
    "single-quotes": Hostile(rows("C1,'a,b',c", "C2,O'Hara,d"), 1, malformed=(2,)),
    # values that are no business of the reader
    "formulas": Hostile(rows("C1,=1+1,@SUM(A1)"), 1, reads={"C1": ("=1+1", "@SUM(A1)")}),
    "words-for-nothing": Hostile(rows("C1,NULL,\\N"), 1, reads={"C1": ("NULL", "\\N")}),
    "markup-and-statements": Hostile(
        rows("C1,<b>,'; drop table x; --"), 1, reads={"C1": ("<b>", "'; drop table x; --")}
    ),
    "a-missing-key": Hostile(rows("C1,a,b", ",c,d"), 1, rejected=1),
    "a-header-alone": Hostile(HEAD.strip()),
}  # fmt: skip


def content(case: str) -> bytes:
    """The file's bytes, its customers called after the case."""
    hostile = HOSTILE[case]
    if isinstance(hostile.content, str):
        text = re.sub(r"\bC(?=\d)", f"{case}-C", hostile.content)
        return hostile.mark + text.encode(hostile.encoding, "surrogatepass")
    if hostile.encoding.startswith("utf-16"):
        return hostile.mark + hostile.content
    return hostile.mark + re.sub(rb"\bC(?=\d)", f"{case}-C".encode(), hostile.content)


@pytest.fixture(scope="module")
def published(
    server: DatabaseServer,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """All of them, published in one run."""
    name = server.create(template=template_database)
    folder: Path = tmp_path_factory.mktemp("hostile")
    with Database(server.database_url(name)) as database:
        shop = Shop(folder, database)
        for case, hostile in HOSTILE.items():
            shop.deliver_file(f"{case}/customers.csv", content(case))
            dialect = f"[dialect]\n{hostile.declared}\n" if hostile.declared else ""
            shop.deliver_file(f"{case}/delivery.toml", f"date = 2024-05-01\n{dialect}")
        shop.run()
        yield shop
    server.drop(name)


def test_there_are_many() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("case", HOSTILE)
def test_it_yields_exactly(published: Shop, case: str) -> None:
    hostile = HOSTILE[case]
    found = published.rows(
        "select account.row_count, accepted_count, duplicate_count + rejected_count, waiting_count,"
        " account.malformed_count from ops.delivery_tables as account"
        " inner join ops.deliveries using (delivery_key) where delivery_name = %s",
        [case],
    )
    malformed = published.rows(
        "select line_number, raw, reason from quality.malformed_lines"
        " inner join ops.files using (file_id) inner join ops.deliveries using (delivery_key)"
        " where delivery_name = %s order by line_number",
        [case],
    )
    assert tuple(line for line, _, _ in malformed) == hostile.malformed, malformed
    expected = (hostile.accepted, found[0][2] if found else 0, 0, len(hostile.malformed))
    assert [row[1:] for row in found] == ([expected] if found else [])
    assert sum(row[0] for row in found) == sum(sum(row[1:]) for row in found)
    assert bool(found) == bool(hostile.accepted or hostile.rejected or hostile.malformed)
    assert bool(found and found[0][2]) == bool(hostile.rejected)
    whole = content(case)
    for _, raw, reason in malformed:
        assert bytes(raw) in whole
        assert reason
    for customer, read in hostile.reads.items():
        assert (
            published.row(
                "select first_name, city from staging.customers where customer_id = %s",
                [f"{case}-{customer}"],
            )
            == read
        )
    assert published.row(
        "select encoding, delimiter from ops.files inner join ops.deliveries using (delivery_key)"
        " where delivery_name = %s",
        [case],
    ) == (hostile.encoding, hostile.delimiter)
