"""The table of mechanisms as it ships."""

from ringfence.privacy.egress import MechanismTable, Regime

TABLE = MechanismTable.load()


def test_every_interval_is_one() -> None:
    for mechanism in TABLE.mechanisms.values():
        assert mechanism.valid_to is None or mechanism.valid_from < mechanism.valid_to
        assert mechanism.new_until is None or mechanism.valid_from < mechanism.new_until


def test_every_mechanism_names_its_article_exporters_and_countries() -> None:
    for mechanism in TABLE.mechanisms.values():
        assert mechanism.article
        assert mechanism.exporters
        assert mechanism.countries


def test_the_eu_stands_for_the_whole_european_economic_area() -> None:
    assert {"DE", "NO", "LI"} <= TABLE.mechanisms["uk-adequacy-eea"].countries
    assert len(TABLE.home[Regime.EU]) == 30
