"""The built-in mappings, each over a folder of its foreign format that fits on a screen."""

from pathlib import Path

import pytest

from shopwright.ingestion.mapping import BUILT_IN, import_mapping, list_mappings

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
WEDNESDAY = """\
536365,85123A, WHITE HEART ,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536366,22139,,56,2010-12-01 08:26:00,0.0,,United Kingdom
536365,85123A, WHITE HEART ,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,WHITE LANTERN,1,2010-12-01 08:27:00,0.001,17850.0,United Kingdom
536367,85123A,CREAM HEART,1,2010-12-01 09:00:00,2.55,12583.0,France
536368,85123A,WHITE HEART,1,2010-12-01 10:00:00,2.55,12583.0,Spain
"""
THURSDAY = """\
C536379,85123A,WHITE HEART,-1,2010-12-02 09:41:00,2.55,17850.0,United Kingdom
536380,22139,damaged in transit,-9,2010-12-02 09:41:00,0.0,,United Kingdom
536381,22139,TEA SET,2,2010-12-02 09:41:00,4.25,,United Kingdom
536382,85123A,,-3,2010-12-02 09:42:00,0.0,,United Kingdom
A563186,B,Adjust bad debt,1,2010-12-02 14:51:00,-11062.06,,United Kingdom
"""
ONLINE_RETAIL = {
    "2010-12-01/customers.csv": """\
customer_id,country,updated_at
17850,United Kingdom,2010-12-01 08:26:00
12583,France,2010-12-01 09:00:00
12583,Spain,2010-12-01 10:00:00
""",
    "2010-12-01/products.csv": """\
product_id,product_name,updated_at
22139,22139,2010-12-01 00:00:00
85123A,WHITE HEART,2010-12-01 08:26:00
71053,WHITE LANTERN,2010-12-01 08:27:00
85123A,CREAM HEART,2010-12-01 09:00:00
85123A,WHITE HEART,2010-12-01 10:00:00
""",
    "2010-12-01/transactions.csv": """\
transaction_id,customer_id,transaction_type,shipping_country,transaction_at,updated_at
536365,17850,sale,United Kingdom,2010-12-01 08:26:00,2010-12-01 08:26:00
536366,,sale,United Kingdom,2010-12-01 08:26:00,2010-12-01 08:26:00
536367,12583,sale,France,2010-12-01 09:00:00,2010-12-01 09:00:00
536368,12583,sale,Spain,2010-12-01 10:00:00,2010-12-01 10:00:00
""",
    "2010-12-01/transaction_items.csv": """\
item_id,transaction_id,product_id,quantity,unit_price,updated_at
536365-1,536365,85123A,6,2.55,2010-12-01 08:26:00
536366-1,536366,22139,56,0.0,2010-12-01 08:26:00
536365-2,536365,85123A,6,2.55,2010-12-01 08:26:00
536365-3,536365,71053,1,0.001,2010-12-01 08:27:00
536367-1,536367,85123A,1,2.55,2010-12-01 09:00:00
536368-1,536368,85123A,1,2.55,2010-12-01 10:00:00
""",
    "2010-12-02/customers.csv": """\
customer_id,country,updated_at
17850,United Kingdom,2010-12-02 09:41:00
""",
    "2010-12-02/products.csv": """\
product_id,product_name,updated_at
22139,TEA SET,2010-12-02 09:41:00
85123A,WHITE HEART,2010-12-02 09:41:00
B,Adjust bad debt,2010-12-02 14:51:00
""",
    "2010-12-02/transactions.csv": """\
transaction_id,customer_id,transaction_type,shipping_country,transaction_at,updated_at
C536379,17850,return,United Kingdom,2010-12-02 09:41:00,2010-12-02 09:41:00
536380,,sale,United Kingdom,2010-12-02 09:41:00,2010-12-02 09:41:00
536381,,sale,United Kingdom,2010-12-02 09:41:00,2010-12-02 09:41:00
536382,,sale,United Kingdom,2010-12-02 09:42:00,2010-12-02 09:42:00
A563186,,sale,United Kingdom,2010-12-02 14:51:00,2010-12-02 14:51:00
""",
    "2010-12-02/transaction_items.csv": """\
item_id,transaction_id,product_id,quantity,unit_price,updated_at
C536379-1,C536379,85123A,-1,2.55,2010-12-02 09:41:00
536380-1,536380,22139,-9,0.0,2010-12-02 09:41:00
536381-1,536381,22139,2,4.25,2010-12-02 09:41:00
536382-1,536382,85123A,-3,0.0,2010-12-02 09:42:00
A563186-1,A563186,B,1,-11062.06,2010-12-02 14:51:00
""",
}


@pytest.mark.parametrize(
    "files",
    [
        {"by-day/2010-12-01.csv": HEADER + WEDNESDAY, "by-day/2010-12-02.csv": HEADER + THURSDAY},
        {"online_retail.csv": HEADER + WEDNESDAY + THURSDAY},
        {"z.csv": HEADER + WEDNESDAY, "a.csv": HEADER + THURSDAY},
    ],
    ids=["a file per day", "one file", "files in another order"],
)
def test_online_retail(tmp_path: Path, files: dict[str, str]) -> None:
    assert _delivered("online_retail", files, tmp_path) == ONLINE_RETAIL


def test_online_retail_day_by_day_differs_only_in_the_names_of_nameless_codes(
    tmp_path: Path,
) -> None:
    first = _delivered("online_retail", {"1.csv": HEADER + WEDNESDAY}, tmp_path / "first")
    second = _delivered("online_retail", {"2.csv": HEADER + THURSDAY}, tmp_path / "second")

    assert first | second == ONLINE_RETAIL
    # 22139 alone, on a day without a description: its state is older than any name it has.
    third = _delivered(
        "online_retail",
        {"3.csv": HEADER + THURSDAY.replace("TEA SET", "").replace("damaged in transit", "")},
        tmp_path / "third",
    )
    assert third["2010-12-02/products.csv"].splitlines()[1] == "22139,22139,2010-12-01 00:00:00"


def test_northwind(tmp_path: Path) -> None:
    files = {
        "orders.csv": (
            "order_id,customer_id,order_date,freight,ship_city,ship_region,ship_country\n"
            "10250,RATTC,1996-07-05,4.1,Reims,,France\n"
            "10249,TOMSP,1996-07-04,32.38,Lander,WY,USA\n"
        ),
        "order_details.csv": (
            "order_id,product_id,unit_price,quantity,discount\n"
            "10249,11,14,12,0\n"
            "10249,2,9.8,10,0.15\n"
            "10250,11,14,1,0.05\n"
            "10250,2,9.8,1,0.125\n"
        ),
        "products.csv": (
            "product_id,product_name,supplier_id,category_id,unit_price,units_in_stock,"
            "discontinued\n"
            "11,Queso,5,4,21,22,0\n"
            "2,Chang,,1,19.5,17,1\n"
        ),
        "categories.csv": "category_id,category_name\n1,Beverages\n4,Dairy Products\n",
        "suppliers.csv": 'supplier_id,company_name\n5,"Quesos, Las Cabras"\n',
        "customers.csv": (
            "customer_id,company_name,contact_name,address,city,region,postal_code,country,phone\n"
            "TOMSP,Toms Spezialitäten,Karin Josephs,Luisenstr. 48,Münster,,04179,Germany,0251\n"
            "RATTC,Rattlesnake,Paula van der Wilson,2817 Milton Dr.,Albuquerque,NM,87110,USA,505\n"
        ),
    }

    assert _delivered("northwind", files, tmp_path) == {
        "1996-07-04/customers.csv": """\
customer_id,first_name,last_name,phone,company_name,address,city,state,postal_code,country,updated_at
RATTC,Paula,van der Wilson,505,Rattlesnake,2817 Milton Dr.,Albuquerque,NM,87110,USA,1996-07-04
TOMSP,Karin,Josephs,0251,Toms Spezialitäten,Luisenstr. 48,Münster,,04179,Germany,1996-07-04
""",
        "1996-07-04/products.csv": """\
product_id,product_name,category,supplier,unit_price,stock_quantity,is_active,updated_at
2,Chang,Beverages,,19.5,17,false,1996-07-04
11,Queso,Dairy Products,"Quesos, Las Cabras",21,22,true,1996-07-04
""",
        "1996-07-04/transactions.csv": """\
transaction_id,customer_id,transaction_type,shipping_amount,shipping_city,shipping_state,\
shipping_country,transaction_at,updated_at
10249,TOMSP,sale,32.38,Lander,WY,USA,1996-07-04,1996-07-04
""",
        "1996-07-04/transaction_items.csv": """\
item_id,transaction_id,product_id,quantity,unit_price,discount_percentage,updated_at
10249-2,10249,2,10,9.8,15,1996-07-04
10249-11,10249,11,12,14,0,1996-07-04
""",
        "1996-07-05/transactions.csv": """\
transaction_id,customer_id,transaction_type,shipping_amount,shipping_city,shipping_state,\
shipping_country,transaction_at,updated_at
10250,RATTC,sale,4.1,Reims,,France,1996-07-05,1996-07-05
""",
        "1996-07-05/transaction_items.csv": """\
item_id,transaction_id,product_id,quantity,unit_price,discount_percentage,updated_at
10250-2,10250,2,1,9.8,12.5,1996-07-05
10250-11,10250,11,1,14,5,1996-07-05
""",
    }


@pytest.mark.parametrize("select", sorted(BUILT_IN.rglob("*.sql")), ids=lambda path: path.stem)
def test_a_built_in_select_states_its_grain_first(select: Path) -> None:
    assert select.read_text(encoding="utf-8").startswith("-- One row per ")


@pytest.mark.parametrize("mapping", [info.name for info in list_mappings(None)])
def test_a_built_in_mapping_gives_all_four_tables_in_an_order_of_its_own(mapping: str) -> None:
    for table in ("customers", "products", "transactions", "transaction_items"):
        text = (BUILT_IN / mapping / f"{table}.sql").read_text(encoding="utf-8")
        assert text.splitlines()[-1].startswith("order by ")


def _delivered(mapping: str, files: dict[str, str], tmp_path: Path) -> dict[str, str]:
    source, deliveries = tmp_path / "foreign", tmp_path / "deliveries"
    for name, content in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    import_mapping(mapping, source, deliveries)
    return {
        path.relative_to(deliveries).as_posix(): path.read_bytes().decode()
        for path in deliveries.rglob("*.csv")
    }
