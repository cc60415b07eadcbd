"""Profiles: the package's are whole, one's own is checked field by field."""

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from shopwright.config.errors import ShopwrightError
from shopwright.generation import Profile, ProfileInvalid, ProfileNotFound, load_profile, resized
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.profile_files import profile_names, profile_text

DOCUMENT = Path(__file__).parents[3] / "docs" / "generator.md"


def refusal(tmp_path: Path, text: str) -> ShopwrightError:
    file = tmp_path / "shop.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileInvalid) as refused:
        load_profile(file)
    assert refused.value.exit_code == 2
    assert refused.value.problem.startswith(str(file))
    return refused.value


def test_the_profiles_of_the_package() -> None:
    assert profile_names() == ["electronics", "fashion", "grocery"]
    for name in profile_names():
        profile = load_profile(name)
        assert profile.name.lower() == name
        assert (profile.size.days, profile.size.transactions) == (90, 10_000)
        assert len({shelf.category for shelf in profile.shelves}) > 5


def test_a_copy_of_a_profile_is_the_profile(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(profile_text("grocery"), encoding="utf-8")

    assert load_profile(file) == load_profile(str(file)) == load_profile("grocery")


def test_a_profile_says_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(
        'based_on = "grocery"\n[size]\nend = 2024-01-31\n[countries]\nPoland = 2\nSweden = 1\n'
        "[baskets]\nsizes = [1, 1]\n"
    )
    profile, grocery = load_profile(file), load_profile("grocery")

    assert (profile.size.start, profile.size.days) == (date(2024, 1, 1), 31)
    assert profile.countries == {"Poland": 2, "Sweden": 1}
    assert profile.baskets.sizes == (1, 1)
    assert profile.baskets.complement_share == grocery.baskets.complement_share
    assert profile.shelves == grocery.shelves


@pytest.mark.parametrize(
    ("setting", "problem", "allowed"),
    [
        (
            "[size]\ntransactions = -1",
            ", line 3: size.transactions = -1 is out of range.",
            "Allowed is 0 or more.",
        ),
        (
            "[size]\nend = 2023-12-31",
            ", line 3: size.end = 2023-12-31 is not possible: before start = 2024-01-01.",
            "Allowed is 2024-01-01 or later.",
        ),
        (
            "[size]\nproducts = -5",
            ", line 3: size.products = -5 is out of range.",
            "Allowed is 10 or more.",
        ),
        (
            "[countries]\nGermony = 1",
            ", line 2: countries is not possible: unknown country 'Germony' "
            "(did you mean 'Germany'?).",
            f"Allowed are {', '.join(country.name for country in COUNTRIES)}.",
        ),
        (
            "[customers]\nrepeat_rates = 0.5",
            ", line 3: unknown setting customers.repeat_rates (did you mean 'repeat_rate'?).",
            "Known there are guest_share, first_order_share, browsers_per_buyer,",
        ),
        (
            "[sizes]\nend = 2024-01-01",
            ", line 2: unknown setting sizes (did you mean 'size'?).",
            "Known there are based_on, name, seed, size,",
        ),
        (
            "[customers]\nfirst_order_share = 0.95",
            ", line 3: customers.first_order_share = 0.95 is not possible: "
            "with guest_share = 0.08.",
            "Allowed is up to 0.92.",
        ),
        (
            "[demand]\nweekdays = [1, 1, 1]",
            ", line 3: demand.weekdays = [1, 1, 1] is 3 long.",
            "Allowed is a length of at least 7.",
        ),
        (
            "[demand]\nmonths = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]",
            ", line 3: demand.months[12] = 0 is out of range.",
            "Allowed is more than 0.",
        ),
        (
            '[prices]\nstep = "big"',
            ', line 3: prices.step = "big" is not possible.',
            "Allowed is a number.",
        ),
        (
            "[returns]\nlast_day = 7.5",
            ", line 3: returns.last_day = 7.5 is not possible.",
            "Allowed is a whole number.",
        ),
        (
            '[[campaigns]]\nname = "Sale"\nbegins = "02-30"\ndays = 1\ndemand = 2\ndiscount = 5',
            ', line 4: campaigns[1].begins = "02-30" is not possible.',
            "Allowed are MM-DD and black friday, easter.",
        ),
        (
            '[[campaigns]]\nname = "A"\nbegins = "02-03"\ndays = 1\ndemand = 2\ndiscount = 5\n'
            '[[campaigns]]\nname = "B"\nbegins = "02-03"\ndays = 1\ndemand = 2\ndiscount = 95',
            ", line 13: campaigns[2].discount = 95 is out of range.",
            "Allowed is 90 or less.",
        ),
        (
            '[[campaigns]]\nname = "A"\nbegins = "02-03"\ndays = 1\ndiscount = 5',
            ": campaigns[1].demand is missing.",
            "Add it.",
        ),
        ('name = ""', ', line 2: name = "" is 0 long.', "Allowed is a length of at least 1."),
        (
            "[faults]\nnegativ_price = 0.1",
            ", line 2: faults is not possible: there is no kind 'negativ_price' "
            "(did you mean 'negative_price'?).",
            "Allowed are truncated_last_line, late_reference,",
        ),
        (
            '[mess]\nlate = "150%"',
            ", line 2: mess is not possible: late = '150%' is not a share.",
            "Allowed is 0% to 100%, such as 1% or 0.5%, or a number from 0 to 1.",
        ),
        ("[size\nend = 1", " is not TOML: ", "Texts stand in"),
    ],
)
def test_an_impossible_profile(tmp_path: Path, setting: str, problem: str, allowed: str) -> None:
    refused = refusal(tmp_path, f'based_on = "fashion"\n{setting}\n')

    assert refused.problem.split("shop.toml", 1)[1].startswith(problem)
    assert refused.mend.startswith(allowed)


def test_a_shelf_that_goes_with_none(tmp_path: Path) -> None:
    text = profile_text("fashion").replace(
        'goes_with = ["Boots", "Trainers"]', 'goes_with = ["Boot"]'
    )
    refused = refusal(tmp_path, text)

    assert "'Shoe Care' goes with 'Boot', which is no shelf (did you mean 'Boots'?)" in (
        refused.problem
    )


def test_a_file_that_lacks_a_section(tmp_path: Path) -> None:
    refused = refusal(tmp_path, 'name = "Mine"\nseed = 1\n')

    assert refused.problem.endswith(": size is missing.")
    assert 'based_on = "fashion"' in refused.mend


def test_a_base_that_is_no_profile(tmp_path: Path) -> None:
    refused = refusal(tmp_path, '# mine\nbased_on = "fashon"\n')

    assert ", line 2: based_on = 'fashon' is no profile (did you mean 'fashion'?)" in (
        refused.problem
    )


@pytest.mark.parametrize("name", ["fashon", "./nowhere/shop.toml", "nothing.toml"])
def test_a_profile_that_is_not_there(name: str) -> None:
    with pytest.raises(ProfileNotFound, match="electronics, fashion, grocery") as refused:
        load_profile(name)
    assert refused.value.exit_code == 2
    assert ("did you mean 'fashion'" in refused.value.problem) == (name == "fashon")


def test_a_given_size_replaces_the_profile_s() -> None:
    profile = resized(load_profile("grocery"), transactions=7, start=date(2025, 5, 1))

    assert (profile.size.start, profile.size.days) == (date(2025, 5, 1), 90)
    assert (profile.size.transactions, profile.seed) == (7, 1)
    assert profile.shelves == load_profile("grocery").shelves


def test_every_setting_is_explained() -> None:
    """docs/generator.md has a table for each section, with a row for each of its settings."""
    parts = DOCUMENT.read_text(encoding="utf-8").split("\n### ")
    explained = {
        part.splitlines()[0]: re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
        for part in parts[1:]
    }
    expected = {}
    for name, field in Profile.model_fields.items():
        annotation = field.annotation
        for model in (annotation, *getattr(annotation, "__args__", ())):
            if isinstance(model, type) and issubclass(model, BaseModel):
                expected[name] = list(model.model_fields)

    assert len(expected) == 12
    assert explained == expected | {"countries": []}


def test_the_example_in_the_document_is_a_profile(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "shop.toml").write_text(example)
    assert load_profile(tmp_path / "shop.toml").campaigns[0].name == "Ski week"

    refused = refusal(tmp_path, example.replace("2024-12-31", "2022-12-31"))
    said = f"{refused.problem}\n{refused.mend}".split("shop.toml", 1)[1]
    assert f"Error: shop.toml{said}\n" in DOCUMENT.read_text(encoding="utf-8")
