"""What the shop sells: categories, sub-categories and how each of them behaves."""

from typing import NamedTuple


class SubCategory(NamedTuple):
    """A shelf of the shop.

    `median_price` is in euro, `margin` the share of the net price left after cost, `return_rate`
    the share of orders sent back, `peak_month` and `swing` the season (0.4 sells 40 % more in the
    peak month and 40 % less half a year away), `goes_with` what is bought together with it.
    """

    category: str
    name: str
    products: tuple[str, ...]
    median_price: float
    margin: float
    return_rate: float
    peak_month: int
    swing: float
    goes_with: tuple[str, ...]


SUB_CATEGORIES: tuple[SubCategory, ...] = (
    SubCategory("Electronics", "Headphones", ("Headphones", "Earbuds", "Gaming Headset"),
                89.0, 0.32, 0.07, 12, 0.4, ("Cables & Chargers", "Smartphones")),
    SubCategory("Electronics", "Smartphones", ("Smartphone", "Phone 5G", "Compact Phone"),
                420.0, 0.16, 0.06, 11, 0.3, ("Phone Cases", "Cables & Chargers")),
    SubCategory("Electronics", "Phone Cases", ("Phone Case", "Flip Cover", "Bumper"),
                17.0, 0.62, 0.05, 11, 0.2, ("Cables & Chargers", "Smartphones")),
    SubCategory("Electronics", "Cables & Chargers", ("USB-C Cable", "Charger", "Power Bank"),
                19.0, 0.55, 0.03, 12, 0.2, ("Phone Cases", "Headphones")),
    SubCategory("Electronics", "Smart Home", ("Smart Bulb", "Smart Plug", "Doorbell Camera"),
                39.0, 0.38, 0.06, 12, 0.3, ("Cables & Chargers", "Lighting")),
    SubCategory("Clothing", "Shirts", ("T-Shirt", "Shirt", "Blouse", "Polo Shirt"),
                27.0, 0.58, 0.12, 6, 0.3, ("Trousers", "Jackets")),
    SubCategory("Clothing", "Trousers", ("Jeans", "Chinos", "Shorts", "Leggings"),
                49.0, 0.56, 0.14, 9, 0.2, ("Shirts", "Belts & Bags")),
    SubCategory("Clothing", "Jackets", ("Rain Jacket", "Winter Coat", "Fleece Jacket"),
                95.0, 0.54, 0.13, 11, 0.6, ("Shirts", "Hats & Scarves")),
    SubCategory("Clothing", "Hats & Scarves", ("Beanie", "Scarf", "Cap", "Gloves"),
                22.0, 0.60, 0.06, 12, 0.6, ("Jackets",)),
    SubCategory("Clothing", "Belts & Bags", ("Leather Belt", "Backpack", "Tote Bag"),
                45.0, 0.57, 0.06, 9, 0.2, ("Trousers",)),
    SubCategory("Shoes", "Trainers", ("Trainers", "Running Shoes", "Walking Shoes"),
                85.0, 0.48, 0.13, 5, 0.2, ("Socks", "Sportswear")),
    SubCategory("Shoes", "Boots", ("Ankle Boots", "Hiking Boots", "Winter Boots"),
                110.0, 0.49, 0.13, 11, 0.6, ("Socks", "Shoe Care")),
    SubCategory("Shoes", "Socks", ("Socks", "Hiking Socks", "Sport Socks"),
                11.0, 0.63, 0.02, 11, 0.3, ("Trainers",)),
    SubCategory("Shoes", "Shoe Care", ("Shoe Cream", "Waterproofing Spray", "Laces"),
                8.0, 0.60, 0.01, 11, 0.3, ("Boots", "Socks")),
    SubCategory("Home", "Lighting", ("Desk Lamp", "Floor Lamp", "Pendant Light"),
                59.0, 0.47, 0.07, 11, 0.3, ("Smart Home", "Decoration")),
    SubCategory("Home", "Bedding", ("Duvet Cover", "Pillow", "Fitted Sheet"),
                38.0, 0.50, 0.06, 1, 0.2, ("Towels", "Decoration")),
    SubCategory("Home", "Towels", ("Bath Towel", "Hand Towel", "Beach Towel"),
                16.0, 0.54, 0.03, 7, 0.2, ("Bedding", "Skin Care")),
    SubCategory("Home", "Decoration", ("Vase", "Candle", "Picture Frame", "Cushion"),
                21.0, 0.60, 0.04, 12, 0.4, ("Lighting", "Candles & Scents")),
    SubCategory("Home", "Candles & Scents", ("Scented Candle", "Diffuser", "Incense"),
                18.0, 0.64, 0.02, 12, 0.5, ("Decoration",)),
    SubCategory("Kitchen", "Cookware", ("Frying Pan", "Saucepan", "Casserole"),
                54.0, 0.44, 0.05, 12, 0.3, ("Kitchen Tools", "Tableware")),
    SubCategory("Kitchen", "Kitchen Tools", ("Chef's Knife", "Whisk", "Grater", "Peeler"),
                19.0, 0.55, 0.03, 12, 0.2, ("Cookware", "Tableware")),
    SubCategory("Kitchen", "Tableware", ("Plate Set", "Mug", "Bowl", "Glass Set"),
                26.0, 0.53, 0.05, 12, 0.3, ("Kitchen Tools", "Coffee & Tea")),
    SubCategory("Kitchen", "Coffee & Tea", ("Coffee Beans", "Green Tea", "Espresso Capsules"),
                13.0, 0.40, 0.01, 12, 0.2, ("Tableware",)),
    SubCategory("Sports", "Fitness", ("Yoga Mat", "Dumbbells", "Resistance Band"),
                32.0, 0.46, 0.05, 1, 0.5, ("Sportswear", "Nutrition")),
    SubCategory("Sports", "Sportswear", ("Running Shirt", "Sports Bra", "Training Shorts"),
                36.0, 0.55, 0.11, 5, 0.3, ("Trainers", "Fitness")),
    SubCategory("Sports", "Camping", ("Tent", "Sleeping Bag", "Camping Stove", "Headlamp"),
                74.0, 0.42, 0.06, 6, 0.7, ("Bottles",)),
    SubCategory("Sports", "Bottles", ("Water Bottle", "Insulated Flask", "Shaker"),
                19.0, 0.56, 0.02, 6, 0.3, ("Fitness", "Camping")),
    SubCategory("Sports", "Nutrition", ("Protein Powder", "Energy Bars", "Electrolytes"),
                24.0, 0.38, 0.01, 1, 0.3, ("Fitness", "Bottles")),
    SubCategory("Beauty", "Skin Care", ("Face Cream", "Serum", "Sunscreen", "Cleanser"),
                21.0, 0.61, 0.02, 6, 0.2, ("Make-up", "Hair Care")),
    SubCategory("Beauty", "Make-up", ("Lipstick", "Mascara", "Foundation"),
                17.0, 0.63, 0.03, 12, 0.3, ("Skin Care",)),
    SubCategory("Beauty", "Hair Care", ("Shampoo", "Conditioner", "Hair Oil"),
                12.0, 0.52, 0.01, 6, 0.1, ("Skin Care",)),
    SubCategory("Beauty", "Perfume", ("Eau de Parfum", "Eau de Toilette", "Cologne"),
                58.0, 0.45, 0.04, 12, 0.6, ("Skin Care", "Make-up")),
    SubCategory("Toys", "Games", ("Board Game", "Card Game", "Puzzle"),
                28.0, 0.45, 0.03, 12, 0.7, ("Building Sets", "Craft")),
    SubCategory("Toys", "Building Sets", ("Building Set", "Train Set", "Marble Run"),
                47.0, 0.40, 0.03, 12, 0.7, ("Games",)),
    SubCategory("Toys", "Craft", ("Crayons", "Modelling Clay", "Sticker Book"),
                12.0, 0.52, 0.01, 12, 0.4, ("Games",)),
    SubCategory("Books", "Novels", ("Novel", "Thriller", "Short Stories"),
                15.0, 0.35, 0.02, 12, 0.4, ("Cookbooks", "Stationery")),
    SubCategory("Books", "Cookbooks", ("Cookbook", "Baking Book", "Vegan Kitchen"),
                26.0, 0.38, 0.02, 12, 0.5, ("Kitchen Tools", "Novels")),
    SubCategory("Books", "Stationery", ("Notebook", "Fountain Pen", "Planner"),
                14.0, 0.55, 0.02, 1, 0.4, ("Novels", "Craft")),
)  # fmt: skip

STYLES = ("Classic", "Pro", "Light", "Urban", "Nordic", "Eco", "Essential", "Prime", "Soft", "Duo")
