"""Where the shop sells: cities, currencies, tax, shipping and ways to pay, by country."""

from typing import NamedTuple


class City(NamedTuple):
    """A city; in `postal_pattern` a # stands for a digit and a @ for a letter."""

    name: str
    state: str
    postal_pattern: str
    weight: int


class Country(NamedTuple):
    """A market. Amounts are cents of its own currency; `payments` are the shares of 2024."""

    name: str
    locale: str
    currency: str
    tax_permille: int
    shipping_cents: int
    free_shipping_from_cents: int
    phone_prefix: str
    payments: dict[str, float]
    cities: tuple[City, ...]


# What one unit is worth in euro (the reporting currency) on the first day.
CURRENCIES: dict[str, float] = {
    "EUR": 1.0,
    "GBP": 1.17,
    "USD": 0.92,
    "CHF": 1.04,
    "SEK": 0.088,
    "PLN": 0.23,
}

PAYMENT_METHODS: tuple[str, ...] = (
    "credit_card",
    "debit_card",
    "paypal",
    "invoice",
    "direct_debit",
    "ideal",
    "klarna",
    "swish",
    "blik",
    "twint",
    "apple_pay",
    "gift_card",
)

PAYMENTS_OF_YEAR = 2024
# By how much a method's share is multiplied from one year to the next; the others by 1.
PAYMENT_TRENDS: dict[str, float] = {
    "apple_pay": 1.35,
    "klarna": 1.15,
    "blik": 1.12,
    "twint": 1.12,
    "swish": 1.08,
    "direct_debit": 0.92,
    "invoice": 0.88,
}

COUNTRIES: tuple[Country, ...] = (
    Country(
        "Germany",
        "de_DE",
        "EUR",
        190,
        490,
        4900,
        "+49",
        {
            "paypal": 0.36,
            "invoice": 0.26,
            "direct_debit": 0.15,
            "credit_card": 0.14,
            "klarna": 0.07,
            "gift_card": 0.02,
        },
        (
            City("Berlin", "Berlin", "10###", 18),
            City("Hamburg", "Hamburg", "20###", 10),
            City("München", "Bayern", "80###", 9),
            City("Köln", "Nordrhein-Westfalen", "50###", 7),
            City("Frankfurt am Main", "Hessen", "60###", 6),
            City("Stuttgart", "Baden-Württemberg", "70###", 5),
            City("Leipzig", "Sachsen", "04###", 5),
            City("Dresden", "Sachsen", "01###", 4),
            City("Hannover", "Niedersachsen", "30###", 4),
        ),
    ),
    Country(
        "France",
        "fr_FR",
        "EUR",
        200,
        590,
        5900,
        "+33",
        {"credit_card": 0.58, "paypal": 0.26, "apple_pay": 0.08, "klarna": 0.06, "gift_card": 0.02},
        (
            City("Paris", "Île-de-France", "750##", 20),
            City("Marseille", "Provence-Alpes-Côte d'Azur", "130##", 8),
            City("Lyon", "Auvergne-Rhône-Alpes", "690##", 7),
            City("Toulouse", "Occitanie", "310##", 5),
            City("Nice", "Provence-Alpes-Côte d'Azur", "060##", 4),
            City("Nantes", "Pays de la Loire", "440##", 4),
            City("Lille", "Hauts-de-France", "590##", 3),
        ),
    ),
    Country(
        "United Kingdom",
        "en_GB",
        "GBP",
        200,
        450,
        4500,
        "+44",
        {
            "debit_card": 0.42,
            "credit_card": 0.22,
            "paypal": 0.22,
            "apple_pay": 0.08,
            "klarna": 0.04,
            "gift_card": 0.02,
        },
        (
            City("London", "England", "SW# #@@", 22),
            City("Birmingham", "England", "B# #@@", 7),
            City("Manchester", "England", "M# #@@", 6),
            City("Leeds", "England", "LS# #@@", 5),
            City("Glasgow", "Scotland", "G# #@@", 4),
            City("Edinburgh", "Scotland", "EH# #@@", 4),
            City("Cardiff", "Wales", "CF# #@@", 3),
            City("Belfast", "Northern Ireland", "BT# #@@", 2),
        ),
    ),
    Country(
        "Netherlands",
        "nl_NL",
        "EUR",
        210,
        450,
        4000,
        "+31",
        {"ideal": 0.64, "credit_card": 0.12, "klarna": 0.12, "paypal": 0.10, "gift_card": 0.02},
        (
            City("Amsterdam", "Noord-Holland", "10## @@", 10),
            City("Rotterdam", "Zuid-Holland", "30## @@", 7),
            City("Den Haag", "Zuid-Holland", "25## @@", 5),
            City("Utrecht", "Utrecht", "35## @@", 5),
            City("Eindhoven", "Noord-Brabant", "56## @@", 3),
            City("Groningen", "Groningen", "97## @@", 3),
        ),
    ),
    Country(
        "Spain",
        "es_ES",
        "EUR",
        210,
        590,
        5900,
        "+34",
        {"credit_card": 0.50, "debit_card": 0.22, "paypal": 0.24, "gift_card": 0.04},
        (
            City("Madrid", "Comunidad de Madrid", "280##", 14),
            City("Barcelona", "Cataluña", "080##", 11),
            City("Valencia", "Comunitat Valenciana", "460##", 6),
            City("Sevilla", "Andalucía", "410##", 5),
            City("Bilbao", "País Vasco", "480##", 3),
            City("Málaga", "Andalucía", "290##", 3),
        ),
    ),
    Country(
        "Italy",
        "it_IT",
        "EUR",
        220,
        590,
        5900,
        "+39",
        {"paypal": 0.38, "credit_card": 0.34, "debit_card": 0.22, "gift_card": 0.06},
        (
            City("Roma", "Lazio", "001##", 12),
            City("Milano", "Lombardia", "201##", 10),
            City("Napoli", "Campania", "801##", 6),
            City("Torino", "Piemonte", "101##", 5),
            City("Bologna", "Emilia-Romagna", "401##", 3),
            City("Firenze", "Toscana", "501##", 3),
        ),
    ),
    Country(
        "Poland",
        "pl_PL",
        "PLN",
        230,
        1490,
        19900,
        "+48",
        {"blik": 0.56, "debit_card": 0.20, "credit_card": 0.12, "paypal": 0.10, "gift_card": 0.02},
        (
            City("Warszawa", "Mazowieckie", "00-###", 9),
            City("Kraków", "Małopolskie", "30-###", 6),
            City("Łódź", "Łódzkie", "90-###", 4),
            City("Wrocław", "Dolnośląskie", "50-###", 4),
            City("Gdańsk", "Pomorskie", "80-###", 3),
        ),
    ),
    Country(
        "Sweden",
        "sv_SE",
        "SEK",
        250,
        5900,
        59900,
        "+46",
        {"klarna": 0.42, "swish": 0.26, "credit_card": 0.22, "paypal": 0.08, "gift_card": 0.02},
        (
            City("Stockholm", "Stockholms län", "11# ##", 9),
            City("Göteborg", "Västra Götalands län", "41# ##", 6),
            City("Malmö", "Skåne län", "21# ##", 4),
            City("Uppsala", "Uppsala län", "75# ##", 3),
        ),
    ),
    Country(
        "Switzerland",
        "de_CH",
        "CHF",
        81,
        790,
        7900,
        "+41",
        {"twint": 0.40, "invoice": 0.26, "credit_card": 0.24, "paypal": 0.08, "gift_card": 0.02},
        (
            City("Zürich", "Zürich", "80##", 8),
            City("Basel", "Basel-Stadt", "40##", 4),
            City("Bern", "Bern", "30##", 4),
            City("Luzern", "Luzern", "60##", 2),
        ),
    ),
    Country(
        "United States",
        "en_US",
        "USD",
        70,
        990,
        9900,
        "+1",
        {
            "credit_card": 0.52,
            "debit_card": 0.16,
            "paypal": 0.18,
            "apple_pay": 0.11,
            "gift_card": 0.03,
        },
        (
            City("New York", "New York", "100##", 12),
            City("Los Angeles", "California", "900##", 9),
            City("Chicago", "Illinois", "606##", 7),
            City("Houston", "Texas", "770##", 5),
            City("Boston", "Massachusetts", "021##", 4),
            City("Seattle", "Washington", "981##", 4),
            City("Miami", "Florida", "331##", 3),
        ),
    ),
)
