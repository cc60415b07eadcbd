"""Schema `production`: the shop's business in third normal form, every reference enforced.

`updated_at` says when a state began (the source's own word, else the date of the delivery) and
`delivery_key` which delivery said so. The newest (`updated_at`, `delivery_key`) wins, whatever
order the deliveries came in.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shopwright.storage.tables.columns import (
    Amount,
    Key,
    Rate,
    Timestamp,
    metadata,
    optional,
    required,
)

SCHEMA = "production"

locations = Table(
    "locations",
    metadata,
    required("location_id", BigInteger(), "Number of the place", Identity(always=True)),
    required("country", Text(), "Country; empty where the source names none"),
    required("state", Text(), "State, province or region; empty where the source names none"),
    required("city", Text(), "City; empty where the source names none"),
    required("postal_code", Text(), "Postal code as text; empty where the source names none"),
    PrimaryKeyConstraint("location_id"),
    UniqueConstraint("country", "state", "city", "postal_code"),
    schema=SCHEMA,
    comment="One row per place that a customer lives at or an order was sent to",
)

categories = Table(
    "categories",
    metadata,
    required("category_id", BigInteger(), "Number of the category", Identity(always=True)),
    required("category_name", Text(), "Name of the category"),
    PrimaryKeyConstraint("category_id"),
    UniqueConstraint("category_name"),
    schema=SCHEMA,
    comment="One row per product category",
)

sub_categories = Table(
    "sub_categories",
    metadata,
    required("sub_category_id", BigInteger(), "Number of the sub-category", Identity(always=True)),
    required(
        "category_id",
        BigInteger(),
        "Category that it belongs to",
        ForeignKey("production.categories.category_id"),
    ),
    required(
        "sub_category_name",
        Text(),
        "Name; the category's own name where the shop does not subdivide the category",
    ),
    PrimaryKeyConstraint("sub_category_id"),
    UniqueConstraint("category_id", "sub_category_name"),
    schema=SCHEMA,
    comment="One row per sub-category of a category",
)

brands = Table(
    "brands",
    metadata,
    required("brand_id", BigInteger(), "Number of the brand", Identity(always=True)),
    required("brand_name", Text(), "Name of the brand"),
    PrimaryKeyConstraint("brand_id"),
    UniqueConstraint("brand_name"),
    schema=SCHEMA,
    comment="One row per brand",
)

suppliers = Table(
    "suppliers",
    metadata,
    required("supplier_id", BigInteger(), "Number of the supplier", Identity(always=True)),
    required("supplier_name", Text(), "Name of the supplier"),
    PrimaryKeyConstraint("supplier_id"),
    UniqueConstraint("supplier_name"),
    schema=SCHEMA,
    comment="One row per supplier",
)

payment_methods = Table(
    "payment_methods",
    metadata,
    required("payment_method_id", BigInteger(), "Number of the method", Identity(always=True)),
    required("payment_method_name", Text(), "Name of the method as the shop writes it"),
    PrimaryKeyConstraint("payment_method_id"),
    UniqueConstraint("payment_method_name"),
    schema=SCHEMA,
    comment="One row per way to pay",
)

customers = Table(
    "customers",
    metadata,
    required("customer_id", Key, "The shop's own number of the customer"),
    optional("first_name", Text(), "Given name (personal)"),
    optional("last_name", Text(), "Family name (personal)"),
    optional("email", Text(), "E-mail address (personal)"),
    optional("phone", Text(), "Telephone number as written (personal)"),
    optional("registration_date", Date(), "Day on which the customer registered"),
    optional("birth_date", Date(), "Date of birth (personal)"),
    optional(
        "age_group",
        Text(),
        "Age group as delivered, else by the date of birth when this state began",
    ),
    optional("gender", Text(), "Gender as the shop writes it, in lower case"),
    optional("segment", Text(), "The shop's own customer segment"),
    optional("address", Text(), "Street and house number (personal)"),
    optional(
        "location_id",
        BigInteger(),
        "Where the customer lives",
        ForeignKey("production.locations.location_id"),
    ),
    required("updated_at", Timestamp, "When this state began"),
    required("delivery_key", BigInteger(), "Delivery that brought this state"),
    PrimaryKeyConstraint("customer_id"),
    schema=SCHEMA,
    comment="One row per customer, in the newest state known",
)

customer_history = Table(
    "customer_history",
    metadata,
    required("customer_id", Key, "The shop's own number of the customer"),
    required("updated_at", Timestamp, "When this state began"),
    required("state_hash", Uuid(), "MD5 of the state, so that a repeated one is kept once"),
    *[
        optional(column.name, column.type, str(column.comment))
        for column in customers.columns
        if column.name not in ("customer_id", "updated_at", "delivery_key", "location_id")
    ],
    optional(
        "location_id",
        BigInteger(),
        "Where the customer lived",
        ForeignKey("production.locations.location_id"),
    ),
    required("delivery_key", BigInteger(), "Newest delivery that brought this state"),
    PrimaryKeyConstraint("customer_id", "updated_at", "state_hash"),
    schema=SCHEMA,
    comment="One row per state of a customer that was ever received",
)

products = Table(
    "products",
    metadata,
    required("product_id", Key, "The shop's own number of the product"),
    required("product_name", Text(), "What the product is called"),
    optional(
        "sub_category_id",
        BigInteger(),
        "Sub-category, and through it the category",
        ForeignKey("production.sub_categories.sub_category_id"),
    ),
    optional("brand_id", BigInteger(), "Brand", ForeignKey("production.brands.brand_id")),
    optional(
        "supplier_id", BigInteger(), "Supplier", ForeignKey("production.suppliers.supplier_id")
    ),
    optional("unit_price", Amount, "List price of one unit in reporting currency"),
    optional("unit_cost", Amount, "What one unit costs the shop in reporting currency"),
    optional("stock_quantity", Amount, "Units on stock"),
    optional(
        "is_active", Boolean(), "Whether the product is on sale; it is taken to be if unknown"
    ),
    required("updated_at", Timestamp, "When this state began"),
    required("delivery_key", BigInteger(), "Delivery that brought this state"),
    PrimaryKeyConstraint("product_id"),
    CheckConstraint("unit_price >= 0", name="unit_price"),
    CheckConstraint("unit_cost >= 0", name="unit_cost"),
    schema=SCHEMA,
    comment="One row per product, in the newest state known",
)

product_history = Table(
    "product_history",
    metadata,
    required("product_id", Key, "The shop's own number of the product"),
    required("updated_at", Timestamp, "When this state began"),
    required("state_hash", Uuid(), "MD5 of the state, so that a repeated one is kept once"),
    required("product_name", Text(), "What the product was called"),
    optional(
        "sub_category_id",
        BigInteger(),
        "Sub-category, and through it the category",
        ForeignKey("production.sub_categories.sub_category_id"),
    ),
    optional("brand_id", BigInteger(), "Brand", ForeignKey("production.brands.brand_id")),
    optional(
        "supplier_id", BigInteger(), "Supplier", ForeignKey("production.suppliers.supplier_id")
    ),
    optional("unit_price", Amount, "List price of one unit in reporting currency"),
    optional("unit_cost", Amount, "What one unit cost the shop in reporting currency"),
    required("is_active", Boolean(), "Whether the product was on sale"),
    required("delivery_key", BigInteger(), "Newest delivery that brought this state"),
    PrimaryKeyConstraint("product_id", "updated_at", "state_hash"),
    schema=SCHEMA,
    comment="One row per state of a product that was ever received (stock levels left out)",
)

transactions = Table(
    "transactions",
    metadata,
    required("transaction_id", Key, "Number of the order or of the return"),
    optional(
        "customer_id",
        Key,
        "Who bought; null for a guest",
        ForeignKey("production.customers.customer_id"),
    ),
    optional(
        "payment_method_id",
        BigInteger(),
        "How it was paid",
        ForeignKey("production.payment_methods.payment_method_id"),
    ),
    optional(
        "shipping_location_id",
        BigInteger(),
        "Where it was sent to",
        ForeignKey("production.locations.location_id"),
    ),
    optional("original_transaction_id", Key, "The sale that a return belongs to"),
    required("transaction_type", Text(), "sale or return"),
    required("status", Text(), "Where the order stands; cancelled ones are no sales"),
    optional("channel", Text(), "Where it was ordered"),
    optional("currency", Text(), "Currency of the amounts; null means the reporting currency"),
    required("exchange_rate", Rate, "Worth of one unit of the currency in reporting currency"),
    optional("shipping_amount", Amount, "Shipping charged, in the transaction's currency"),
    optional("tax_amount", Amount, "Tax of the whole transaction, in its currency"),
    optional("total_amount", Amount, "What the customer paid in all, in its currency"),
    required("transaction_at", Timestamp, "When it was ordered or refunded"),
    required("business_date", Date(), "Day of transaction_at in the shop's time zone"),
    required("updated_at", Timestamp, "When this state began"),
    required("delivery_key", BigInteger(), "Delivery that brought this state"),
    PrimaryKeyConstraint("transaction_id"),
    CheckConstraint("transaction_type in ('sale', 'return')", name="transaction_type"),
    CheckConstraint("exchange_rate > 0", name="exchange_rate"),
    Index(None, "business_date"),
    Index(
        None,
        "original_transaction_id",
        postgresql_where=text("original_transaction_id is not null"),
    ),
    schema=SCHEMA,
    comment="One row per order or return, in the newest state known",
)

transaction_items = Table(
    "transaction_items",
    metadata,
    required("item_id", Key, "Number of the line, unique over all transactions"),
    required(
        "transaction_id",
        Key,
        "The transaction that the line belongs to",
        ForeignKey("production.transactions.transaction_id"),
    ),
    required(
        "product_id",
        Key,
        "What was sold or given back",
        ForeignKey("production.products.product_id"),
    ),
    required("quantity", Amount, "Units; negative in a return"),
    required("unit_price", Amount, "Price of one unit before discount, in the currency paid"),
    required("discount_amount", Amount, "Discount on the line; negative in a return"),
    required("tax_amount", Amount, "Tax on the line; negative in a return"),
    required("updated_at", Timestamp, "When this state began"),
    required("delivery_key", BigInteger(), "Delivery that brought this state"),
    PrimaryKeyConstraint("item_id"),
    CheckConstraint("quantity <> 0", name="quantity"),
    CheckConstraint("unit_price >= 0", name="unit_price"),
    Index(None, "transaction_id"),
    schema=SCHEMA,
    comment="One row per line of a transaction, in the newest state known",
)
