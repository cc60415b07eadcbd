"""Forgetting who stands in files of other encodings, under other names, or in lines that are none.

Each time: nothing names the person in a dump of the database or in any file of the workspace, in
whatever encoding, and revenue stays as it was.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.orchestration.test_forgetting import FIGURES, dump, unpacked
from tests.shop import Shop, item, product, sale

from shopwright.config import ColumnSettings, TableDialects
from shopwright.orchestration.forgetting.forget import Forgotten, forget, look_up
from shopwright.orchestration.forgetting.malformed_lines import NOT_KEPT

ZOE = "KUNDE-4711-Z"
WORDS = [ZOE, "Müller-Lüdenscheidt", "zoe@example.com", "Königsallee 12", "zoé.new@example.com"]
ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")
HEADER = "customer_id;first_name;last_name;email;address;city\r\n"
OWN = f"{ZOE};Zoé;Müller-Lüdenscheidt;zoe@example.com;Königsallee 12;Köln\r\n"
OTHERS = "C2;Bob;Hüll;bob@example.com;Gässchen 1;Köln\r\nC3;Eve;Öz;eve@example.com;;Köln\r\n"


def left(shop: Shop) -> list[tuple[str, str]]:
    """Words that still stand in the dump or in a file, in any of the encodings."""
    found = [("dump", word) for word in WORDS for text in [dump(shop).lower()]
             if any(one in text for one in in_dump(word))]  # fmt: skip
    for path in sorted(shop.workspace.folder.rglob("*")):
        if path.is_file():
            content = unpacked(path).lower()
            found += [(path.name, word) for word in WORDS for encoding in ENCODINGS
                      if word.lower().encode(encoding) in content]  # fmt: skip
    return found


def in_dump(word: str) -> list[str]:
    """As text, and as the hexadecimal digits of bytes."""
    spellings = {one.encode(encoding).hex() for one in (word, word.lower())
                 for encoding in ENCODINGS}  # fmt: skip
    return [word.lower(), *spellings]


def buy(shop: Shop, name: str = "2024-05-01", number: str = "1", who: str = ZOE) -> None:
    shop.deliver(
        name,
        products=[product("P1")],
        transactions=[sale(f"T{number}", f"{name} 10:00", customer_id=who),
                      sale(f"U{number}", f"{name} 11:00", customer_id="C2")],
        transaction_items=[item(f"I{number}", f"T{number}", "P1", 3, "1.2345"),
                           item(f"J{number}", f"U{number}", "P1", 1, "2")],
    )  # fmt: skip


def forgotten(shop: Shop) -> Forgotten:
    """Forgets Zoé, of whom there was something, and of whom nothing is left."""
    before = shop.rows(FIGURES)
    assert {word for _, word in left(shop)} >= {ZOE, "zoe@example.com"}
    done = forget(shop.workspace, shop.database, ZOE)
    assert done.search.remnants == []
    assert left(shop) == []
    assert shop.rows(FIGURES) == before
    assert shop.run().outcome == "nothing to do"
    return done


@pytest.mark.parametrize(
    ("encoding", "mark", "packing"),
    [
        ("utf-8", b"\xef\xbb\xbf", ""),
        ("cp1252", b"", ".gz"),  # detected
        ("utf-16-le", b"\xff\xfe", ".zst"),
        ("utf-16-be", b"\xfe\xff", ""),
        ("utf-16-le", b"", ".gz"),  # detected by its NULs
    ],
)
def test_in_any_encoding_only_the_persons_fields_change(
    shop: Shop, encoding: str, mark: bytes, packing: str
) -> None:
    buy(shop)
    name = f"2024-05-01/customers.csv{packing}"
    path = shop.deliver_file(name, mark + (HEADER + OWN + OTHERS).encode(encoding))
    shop.run()
    assert look_up(shop.workspace, shop.database, ZOE).file_rows == 2
    done = forgotten(shop)
    own = f"{done.pseudonym};;;;;Köln\r\n"
    assert unpacked(path) == mark + (HEADER + own + OTHERS).encode(encoding)


def test_in_a_declared_encoding_with_every_byte_a_letter(shop: Shop) -> None:
    declare(shop, dialect=TableDialects(encoding="latin-1", delimiter="|"))
    text = (HEADER + OWN + OTHERS).replace(";", "|")
    path = shop.deliver_file("2024-05-01/customers.csv", text.encode("latin-1") + b"C4|\x81|||\n")
    buy_with_bars = "transaction_id|transaction_at|customer_id\nT1|2024-05-01 10:00|" + ZOE + "\n"
    shop.deliver_file("2024-05-01/transactions.csv", buy_with_bars)
    shop.run()
    done = forgotten(shop)
    assert (
        path.read_bytes()
        == text.replace(OWN.replace(";", "|"), f"{done.pseudonym}|||||Köln\r\n").encode("latin-1")
        + b"C4|\x81|||\n"
    )


def test_where_the_workspace_gives_the_number_another_name(shop: Shop) -> None:
    declare(
        shop,
        columns=ColumnSettings(customers={"Kundennr": "customer_id", "Mail": "email"},
                               transactions={"Kunde": "customer_id"}),
    )  # fmt: skip
    text = (HEADER + OWN + OTHERS).replace("customer_id", "Kundennr").replace(";email", ";Mail")
    path = shop.deliver_file("2024-05-01/customers.csv", "sep=;\r\n" + text)
    sales = shop.deliver_file(
        "2024-05-01/transactions.csv",
        f'transaction_id,transaction_at,Kunde\nT1,2024-05-01 10:00," {ZOE}"\n',
    )
    shop.run()
    done = forgotten(shop)
    assert path.read_bytes().decode() == "sep=;\r\n" + text.replace(
        OWN, f"{done.pseudonym};;;;;Köln\r\n"
    )
    assert sales.read_text() == (
        f"transaction_id,transaction_at,Kunde\nT1,2024-05-01 10:00,{done.pseudonym}\n"
    )


def test_a_short_number_under_another_name_in_utf_16_is_found_and_erased(shop: Shop) -> None:
    declare(shop, columns=ColumnSettings(customers={"Kundennr": "customer_id"}))
    text = "Kundennr;city;points\n12;Köln;12\n112;Köln;12\n"
    path = shop.deliver_file("2024-05-01/customers.csv", text.encode("utf-16"))
    shop.run()
    old = shop.workspace.folder / "old.csv"
    old.write_bytes(text.encode("utf-16"))
    done = forget(shop.workspace, shop.database, "12")
    assert path.read_bytes().decode("utf-16") == text.replace(
        "\n12;Köln;12", f"\n{done.pseudonym};Köln;"
    )
    assert [(one.place, one.kind) for one in done.search.remnants] == [(str(old), "customer_id")]
    old.unlink()
    assert forget(shop.workspace, shop.database, "12").search.remnants == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lines_that_are_no_rows_are_erased_and_those_of_others_stay(
    shop: Shop, encoding: str
) -> None:
    buy(shop)
    bad = f"{ZOE};Zoé;Müller-Lüdenscheidt;zoe@example.com;Königsallee 12;zoé.new@example.com;Köln"
    other = "C5;Dan;too;many;fields;here;really"
    path = shop.deliver_file(
        "2024-05-01/customers.csv", f"{HEADER}{OWN}{bad}\r\n{other}\r\n{OTHERS}".encode(encoding)
    )
    shop.run()
    assert shop.value("select count(*) from quality.malformed_lines") == 2
    done = forgotten(shop)
    assert path.read_bytes().decode(encoding) == (
        f"{HEADER}{done.pseudonym};;;;;Köln\r\n;;;;;;\r\n{other}\r\n{OTHERS}"
    )
    kept = shop.rows("select raw, reason from quality.malformed_lines order by line_number")
    plain = "utf-16-le" if encoding == "utf-16" else encoding
    assert kept == [
        (b"", f"7 fields instead of 6; {NOT_KEPT}"),
        (other.encode(plain), "7 fields instead of 6"),
    ]


def test_a_stray_quote_costs_nobody_else_their_row(shop: Shop) -> None:
    buy(shop)
    lines = [HEADER, 'C4;15" Ann;Lee;;;\r\n', *OTHERS.splitlines(keepends=True), OWN,
             'C6;27" Kim;Lee;;;\r\n']  # fmt: skip
    path = shop.deliver_file("2024-05-01/customers.csv", "".join(lines))
    shop.run()
    assert shop.value("select count(*) from quality.malformed_lines") == 2
    done = forgotten(shop)
    lines[4] = f"{done.pseudonym};;;;;Köln\r\n"
    assert path.read_bytes().decode() == "".join(lines)


def test_a_damaged_line_does_not_become_a_row(shop: Shop) -> None:
    declare(shop, dialect=TableDialects(encoding="utf-8"))
    buy(shop)
    damaged = OWN.encode().replace(b"Zo\xc3\xa9", b"Zo\xe9")
    path = shop.deliver_file(
        "2024-05-01/customers.csv", (HEADER + OWN).encode() + damaged + OTHERS.encode()
    )
    shop.run()
    forgotten(shop)
    assert path.read_bytes().splitlines()[2] == b";;;;;;"


LATER_LINES = {
    OWN.strip() + ";one too many": False,
    f'"{ZOE}" ;Zoé;Müller-Lüdenscheidt;a;b;c;d': False,
    f'x;"{ZOE};Zoé;Müller-Lüdenscheidt': False,  # a quote that nothing closes
    "Zoé;zoe@example.com": False,  # cut short or not: whose it is stands nowhere
    ";Zoé;Müller-Lüdenscheidt;zoe@example.com;a;b;c": False,
    ZOE[:-2]: False,  # part of the number
    "C7;Dan;too;many;fields;here;really": True,
    "C7;Dan": False,  # as well the end of a line as its beginning
}
"""Lines that are no rows, each delivered on a day of its own, and whether they may be kept."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_that_comes_after_is_kept_only_where_it_is_somebody_elses(
    shop: Shop, encoding: str
) -> None:
    buy(shop)
    shop.deliver_file("2024-05-01/customers.csv", HEADER + OWN + OTHERS)
    shop.run()
    forgotten(shop)
    for day, line in enumerate(LATER_LINES, 10):
        text = f"{HEADER}C8;Kim;Lee;;;\r\n{line}\r\n"
        shop.deliver_file(f"2024-05-{day}/customers.csv", text.encode(encoding))
    shop.run()
    kept = shop.rows(
        "select raw, reason from quality.malformed_lines inner join ops.files using (file_id)"
        " order by delivery_key"
    )
    assert [NOT_KEPT not in reason for _, reason in kept] == list(LATER_LINES.values())
    plain = "utf-16-le" if encoding == "utf-16" else encoding
    assert [bytes(raw).decode(plain) for raw, _ in kept] == [
        line if may_be_kept else "" for line, may_be_kept in LATER_LINES.items()
    ]
    assert not [word for word in WORDS for one in in_dump(word) if one in dump(shop).lower()]


def test_a_guests_malformed_line_is_kept(shop: Shop) -> None:
    buy(shop)
    shop.deliver_file("2024-05-01/customers.csv", HEADER + OWN + OTHERS)
    shop.run()
    forgotten(shop)
    shop.deliver_file(
        "2024-05-09/transactions.csv",
        "transaction_id,transaction_at,customer_id\n"
        f"T8,2024-05-09 10:00,,guest\nT9,2024-05-09 10:00,{ZOE},hers\n",
    )
    shop.run()
    assert [bytes(raw) for (raw,) in shop.rows(
        "select raw from quality.malformed_lines order by line_number"
    )] == [b"T8,2024-05-09 10:00,,guest", b""]  # fmt: skip


def test_rejected_rows_under_their_key_are_erased_and_may_be_retried(shop: Shop) -> None:
    declare(shop, columns=ColumnSettings(customers={"Kundennr": "customer_id"}))
    buy(shop)
    shop.deliver_file(
        "2024-05-01/customers.csv",
        "Kundennr,last_name,email,updated_at\n"
        f"{ZOE},Müller-Lüdenscheidt,zoe@example.com,no time\n"
        "C2,Hull,no address,2024-05-01\n",
    )
    shop.run()
    statuses = "select status, row_key from quality.rejected_rows order by table_name, 2"
    assert shop.rows(statuses) == [
        ("rejected", ZOE), ("waiting", "I1"), ("waiting", "T1"),
    ]  # fmt: skip
    done = forgotten(shop)
    assert shop.value(
        "select row_key from quality.rejected_rows where table_name = 'customers'"
    ) == done.pseudonym  # fmt: skip
    # what waits is published when the customer comes, and is the pseudonym's
    shop.deliver_file("2024-05-09/customers.csv", f"Kundennr,email\n{ZOE},zoe@example.com\n")
    shop.run()
    assert shop.rows("select customer_id, email from production.customers where customer_id <> 'C2'"
        ) == [(done.pseudonym, None)]  # fmt: skip
    assert shop.rows(statuses) == [
        ("resolved", done.pseudonym), ("published", "I1"), ("published", "T1"),
    ]  # fmt: skip
    assert not [word for word in WORDS if word in dump(shop)]


def declare(shop: Shop, **sections: object) -> None:
    settings = shop.workspace.settings.model_copy(update=sections)
    shop.workspace = replace(shop.workspace, settings=settings)


def test_the_search_finds_a_word_in_every_encoding(shop: Shop, tmp_path: Path) -> None:
    shop.deliver_file("2024-05-01/customers.csv", HEADER + OWN + OTHERS)
    shop.run()
    shop.execute("create table production.notes (note bytea)")
    for encoding in ENCODINGS:
        (shop.workspace.folder / f"{encoding}.txt").write_bytes("KÖNIGSALLEE 12".encode(encoding))
        shop.execute(
            f"insert into production.notes values ('\\x{'königsallee 12'.encode(encoding).hex()}')"
        )
    found = forget(shop.workspace, shop.database, ZOE).search.remnants
    assert {one.place.removeprefix(f"{shop.workspace.folder}/") for one in found} == {
        "production.notes, 4 rows", *(f"{encoding}.txt" for encoding in ENCODINGS),
    }  # fmt: skip
    assert {one.kind for one in found} == {"address"}
