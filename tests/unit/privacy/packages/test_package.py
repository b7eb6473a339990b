"""What is in a package: everything that is declared, by the rule of its declaration, for people and for programs."""

import base64
import csv
import hashlib
import io
import json
import re

import pytest

from ringfence.declarations import REGISTRY
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.notices.catalogue import languages
from ringfence.privacy.packages import Kind
from ringfence.privacy.packages.startpage import CATALOGUES, catalogue
from tests.unit.privacy.installation import ADDRESS, PROVIDER, Call, Installation
from tests.unit.privacy.packages.packing import (
    BLOB,
    CALLER,
    HIDDEN_CALLER,
    JUDGEMENT,
    OTHER_LEG,
    SECRET,
    Packing,
    call_record,
    contact,
    vaulted,
)

LANGUAGES = languages(CATALOGUES)


@pytest.mark.promise("ZOI-16")
@pytest.mark.promise("CTP-06")
async def test_every_table_is_told_as_json_and_csv_with_its_schema(packing: Packing, anna: SubjectId) -> None:
    package = await packing.made(anna)
    tables = {"sample_account", "sample_call", "disclosure", "contact", "call_record", "vaulted"}
    for table in tables:
        rows = package.rows(table)
        schema = json.loads(package.files[f"schema/{table}.schema.json"])
        cells = list(csv.DictReader(io.StringIO(package.files[f"data/{table}.csv"].decode(), newline="")))
        assert rows
        assert len(cells) == len(rows)
        assert set(cells[0]) == set(rows[0]) == set(schema["items"]["properties"])
    assert {entry["table"] for entry in package.manifest["files"] if "table" in entry} == tables
    assert package.holds(ADDRESS)


@pytest.mark.promise("ACR-13")
async def test_a_copy_holds_one_persons_rows_and_nobody_elses(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    boris = await house.enrol("boris@sip.example.org", number="+4930901829999")
    await packing.add(contact(house, boris, "Zoe", "+4930901828888"))
    hers, his = await packing.made(anna), await packing.made(boris)
    assert not hers.holds("boris@")
    assert not hers.holds("Zoe")
    assert his.holds("Zoe")
    assert not his.holds(ADDRESS)


async def test_another_providers_rows_are_not_told(house: Installation, packing: Packing, anna: SubjectId) -> None:
    await packing.add(call_record(house, anna, "+4930777000777", provider=ProviderId("other")))
    assert not (await packing.made(anna)).holds("+4930777000777")


@pytest.mark.promise("ZOI-07")
async def test_the_manifest_tells_where_each_file_comes_from(packing: Packing, anna: SubjectId) -> None:
    package = await packing.made(anna)
    entry = package.entry("data/contact.json")
    assert entry["source"] == ["provided"]
    assert entry["categories"] == ["contact_detail", "message", "name"]
    assert entry["rows"] == 1
    assert package.entry("data/call_record.csv")["source"] == ["generated", "received"]
    assert package.entry("data/sample_account.json")["keep"] == "while_enrolled"
    assert package.manifest["rows"] == 7
    for name, content in package.files.items():
        if name not in {"manifest.json", "manifest.sig"}:
            assert package.entry(name)["bytes"] == len(content)


@pytest.mark.promise("ZOI-07")
async def test_the_schema_tells_what_each_field_is_why_and_from_whom(packing: Packing, anna: SubjectId) -> None:
    package = await packing.made(anna)
    schema = json.loads(package.files["schema/call_record.schema.json"])["items"]["properties"]
    assert schema["caller"]["x-source"] == "pbx"
    assert schema["caller"]["x-basis"] == "contract"
    assert schema["other_leg"]["x-handed"] == "masked"
    assert schema["judged"] == {
        **schema["judged"],
        "type": "null",
        "x-handed": "withheld",
    }


async def test_instants_are_dates_and_quantities_stay_numbers(packing: Packing, anna: SubjectId) -> None:
    row = (await packing.made(anna)).rows("call_record")[0]
    assert row["at"] == "2027-01-15T07:59:00Z"
    assert row["until"] == "2027-01-18T08:00:00Z"
    assert row["seconds"] == 12.5


# Somebody else


@pytest.mark.promise("ZOI-05")
async def test_others_are_shown_masked_or_withheld_as_the_record_says(packing: Packing, anna: SubjectId) -> None:
    package = await packing.made(anna)
    callers = {row["caller"]: row for row in package.rows("call_record")}
    assert callers[CALLER]["other_leg"] == "+4930222333•••"
    assert callers[CALLER]["judged"] is None
    assert not package.holds(OTHER_LEG)
    assert not package.holds(JUDGEMENT)
    assert "This is about somebody else" in package.page


@pytest.mark.promise("ZOI-05")
async def test_a_withheld_number_is_in_no_file(packing: Packing, anna: SubjectId) -> None:
    for kind in Kind:
        package = await packing.made(anna, kind)
        assert not package.holds(HIDDEN_CALLER)
    assert None in {row["caller"] for row in (await packing.made(anna)).rows("call_record")}


@pytest.mark.parametrize(
    "caller",
    ["Anonymous", "sip:anonymous@anonymous.invalid", '"anonymous" <sip:anonymous@anonymous.invalid>', " PRIVATE "],
)
@pytest.mark.promise("ZOI-05")
async def test_of_a_caller_who_says_to_be_nobody_nothing_else_is_told(
    house: Installation, packing: Packing, anna: SubjectId, caller: str
) -> None:
    record = call_record(house, anna, caller)
    await packing.add(record)
    (row,) = [each for each in (await packing.made(anna)).rows("call_record") if each["id"] == record.id]
    assert (row["caller"], row["other_leg"], row["judged"]) == (None, None, None)


@pytest.mark.promise("ZOI-05")
async def test_of_a_row_about_two_each_gets_their_own_part(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    boris = await house.enrol("boris@sip.example.org", number="+4930901829999")
    row = Call(
        id=house.new(), provider=PROVIDER, subject=anna, caller=boris, due=house.clock.time() + 9_000,
        callee_number="+4930111222333", caller_number="+4930444555666",
    )  # fmt: skip
    await packing.add(row)
    hers, his = await packing.made(anna), await packing.made(boris)
    assert next(each for each in hers.rows("sample_call") if each["id"] == row.id).keys() == {
        "id", "until", "callee_number", "day",
    }  # fmt: skip
    assert not hers.holds("+4930444555666")
    assert not hers.holds(boris)
    assert his.rows("sample_call_as_caller") == [
        {"id": row.id, "until": "2027-01-15T10:30:00Z", "caller_number": "+4930444555666"}
    ]
    assert not his.holds("+4930111222")


# What is not ours to show, or to read


async def test_what_works_like_a_password_is_named_and_not_shown(packing: Packing, anna: SubjectId) -> None:
    package = await packing.made(anna)
    (row,) = package.rows("vaulted")
    assert row["secret"] is None
    assert "works like a password" in package.page
    assert not package.holds(SECRET)


async def test_no_key_of_a_package_is_in_a_package(packing: Packing, anna: SubjectId) -> None:
    packing.registry = REGISTRY
    await packing.made(anna)
    package = await packing.made(anna)
    assert {row["key"] for row in package.rows("package")} == {None}


@pytest.mark.promise("CTP-10")
async def test_what_only_a_device_can_read_goes_as_it_is(packing: Packing, anna: SubjectId) -> None:
    for kind in Kind:
        package = await packing.made(anna, kind)
        (row,) = package.rows("vaulted")
        assert base64.b64decode(row["blob"]) == BLOB
        assert "Only your device can read this" in package.page


# Portability


@pytest.mark.promise("ZOI-19")
@pytest.mark.promise("ACR-13")
async def test_a_portable_package_has_what_was_provided_on_consent_or_contract(
    packing: Packing, anna: SubjectId
) -> None:
    package = await packing.made(anna, Kind.PORTABILITY)
    assert package.rows("contact") == [
        {"id": package.rows("contact")[0]["id"], "name": "Berta", "numbers": [CALLER], "note": ""}
    ]
    assert {entry["table"] for entry in package.manifest["files"] if "table" in entry} == {
        "contact", "sample_account", "vaulted",
    }  # fmt: skip
    assert all(
        set(entry["source"]) <= {"provided", "observed"} for entry in package.manifest["files"] if "table" in entry
    )
    assert package.manifest["kind"] == "portability"
    assert package.rows("vaulted")[0].keys() == {"id", "blob", "secret"}, "what law alone demands is no such thing"
    assert (await packing.made(anna)).rows("vaulted")[0]["terms"] == "version 7"


@pytest.mark.promise("ACR-13")
async def test_contacts_go_along_as_vcards(house: Installation, packing: Packing, anna: SubjectId) -> None:
    await packing.add(contact(house, anna, "Öztürk; Ayşe", "+49 30 90182-0", note="line\nbreak"))
    cards = (await packing.made(anna, Kind.PORTABILITY)).files["data/contact.vcf"].decode()
    assert cards.count("BEGIN:VCARD\r\nVERSION:4.0\r\n") == cards.count("END:VCARD\r\n") == 2
    assert "\r\nFN:Öztürk\\; Ayşe\r\nTEL;VALUE=uri:tel:+493090182-0\r\nNOTE:line\\nbreak\r\n" in cards


# The page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_persons_language(packing: Packing, anna: SubjectId, language: str) -> None:
    page = (await packing.made(anna, language=language)).page
    assert f'<html lang="{language}">' in page
    for key in ("page.title_access", "chapter.received", "empty.looked", "page.why", "page.keep"):
        assert catalogue(language).text(key).replace("'", "&#39;") in page


def test_the_catalogues_say_the_same_in_all_languages() -> None:
    assert LANGUAGES == ("en", "bg", "cs", "de", "es", "fr")
    assert {catalogue(language).keys for language in LANGUAGES} == {catalogue("en").keys}
    for key in catalogue("en").keys:
        places = {tuple(sorted(re.findall(r"\{\w+\}", catalogue(language)._texts[key]))) for language in LANGUAGES}
        assert len(places) == 1, key


async def test_a_language_that_we_do_not_speak_is_answered_in_english(packing: Packing, anna: SubjectId) -> None:
    assert '<html lang="en">' in (await packing.made(anna, language="../../etc")).page


@pytest.mark.promise("CTP-06")
async def test_the_page_says_who_received_it_and_why_it_is_kept(packing: Packing, anna: SubjectId) -> None:
    page = (await packing.made(anna)).page
    assert "Firebase Cloud Messaging, Google" in page
    assert "Example Telecom" in page
    assert "To bring a call" not in page
    assert "To keep the person&#39;s address book in step" in page
    assert "The person has consented (Article 6(1)(a) GDPR)." in page
    assert "Until it was delivered to the person&#39;s devices, 7 days at most." in page
    assert "Nobody on our staff has looked at your data." in page


@pytest.mark.promise("CTP-06")
async def test_the_answer_goes_with_it_where_one_is_given(packing: Packing, anna: SubjectId) -> None:
    page = (await packing.made(anna, letter=("Your request of 3 January", "Here is <all> of it."))).page
    assert "<strong>Your request of 3 January</strong>" in page
    assert "Here is &lt;all&gt; of it." in page


async def test_the_page_works_offline_and_runs_nothing(packing: Packing, anna: SubjectId) -> None:
    page = (await packing.made(anna)).page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'; style-src 'sha256-" in page
    links = re.findall(r'href="([^"]+)"', page)
    assert links
    assert all(re.fullmatch(r"data/[a-z_]+\.(json|csv|vcf)", link) for link in links)


async def test_the_style_is_the_one_that_the_policy_allows(packing: Packing, anna: SubjectId) -> None:
    page = (await packing.made(anna)).page
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page


# Much


async def test_a_long_table_goes_on_in_further_files(
    house: Installation, packing: Packing, anna: SubjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.packages.build._HELD", 2_000)
    monkeypatch.setattr("ringfence.privacy.packages.holdings._PAGE", 7)
    await packing.add(*(contact(house, anna, f"Name {number}") for number in range(40)))
    package = await packing.made(anna)
    names = [f"contact{number}" for number in ("", "-2", "-3")]
    found = [row["id"] for name in sorted(package.files) if name.startswith("data/contact") and name.endswith("json")
             for row in json.loads(package.files[name])]  # fmt: skip
    assert len(found) == len(set(found)) == 41
    assert all(f"data/{name}.csv" in package.files for name in names)
    assert "16 more in the files." in package.page


async def test_nothing_is_said_to_be_nothing(house: Installation, packing: Packing, anna: SubjectId) -> None:
    boris = SubjectId(house.new())
    package = await packing.made(boris)
    assert "We keep nothing about you." in package.page
    assert package.manifest["rows"] == 0


async def test_rows_whose_key_is_gone_are_not_there(house: Installation, packing: Packing, anna: SubjectId) -> None:
    await packing.add(vaulted(house, anna))
    house.clock.advance(9 * 86_400)  # type: ignore[attr-defined]  # a test's clock is a ManualClock
    house.keyring.expire()
    assert "data/call_record.json" not in (await packing.made(anna)).files
