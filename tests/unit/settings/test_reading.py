import re
from pathlib import Path

import pytest

from ringfence.settings import ConfigurationUnusable, Settings, address_of, load, reference

EXAMPLE = (Path(__file__).parents[3] / "docs/ringfence.example.toml").read_text()


PAGE = (Path(__file__).parents[3] / "docs/push.md").read_text()
BARE = EXAMPLE.partition("# How people are answered")[0]


def _load(directory: Path, text: str) -> Settings:
    file = directory / "ringfence.toml"
    file.write_text(text)
    return load(file)


def test_the_documented_example_is_one_that_works(tmp_path: Path) -> None:
    assert _load(tmp_path, EXAMPLE).providers


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnusable, match="reachable_dais"):
        _load(tmp_path, EXAMPLE.replace('country = "DE"', 'country = "DE"\nreachable_dais = 4'))


@pytest.mark.promise("APP-03")
@pytest.mark.parametrize("days", [2, 7])
def test_a_value_out_of_bounds_is_named_by_its_place(tmp_path: Path, days: int) -> None:
    with pytest.raises(ConfigurationUnusable, match=r"installation\.reachable_days"):
        _load(tmp_path, EXAMPLE.replace("[http]", f"reachable_days = {days}\n[http]"))


@pytest.mark.promise("ACR-16")
@pytest.mark.parametrize("key", ["controller", "privacy_officer"])
def test_no_provider_goes_live_without_controller_and_privacy_officer(tmp_path: Path, key: str) -> None:
    without = "\n".join(line for line in EXAMPLE.splitlines() if not line.startswith(f"{key} ="))
    with pytest.raises(ConfigurationUnusable, match=key):
        _load(tmp_path, without)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('recipient = "google"', 'recipient = "nobody"', "no recipient is called 'nobody'"),
        ('profile = "linphone"', 'profile = "linphone"\nfcm = "other"', "no FCM project is called 'other'"),
        ('domain = "example.net"', 'domain = "ringfence"', "must differ from its domain"),
        ("[http]", '[http]\ntrusted_proxies = ["proxy"]', "http.trusted_proxies: not an address or network: 'proxy'"),
        ('domain = "example.net"', 'domain = "example.net"\nsources = ["pbx"]', "pbx1.sources: not an address"),
        ('listen = "0.0.0.0:443"', 'listen = "0.0.0.0"', "http.listen: no port in '0.0.0.0'"),
        ('public_url = "https://', 'public_url = "http://', "http.public_url"),
        ('country = "DE"', 'country = "Germany"', "country"),
        ('country = "US"', 'country = "US"\nrole = "friend"', "role"),
        ("[devices]", '[devices]\ndigest = "SHA-1"', "devices.digest"),
        ("[devices]", '[devices]\nplain_from = ["192.0.2.0/24"]', "plain_from: without devices.plain"),
        ("[devices]", '[devices]\nplain = "0.0.0.0:5060"\nplain_from = ["lan"]', "plain_from: not an address"),
        ("[devices]", '[devices]\nalso = ["[::]"]', "devices.also: no port"),
        ("[pbx_side]", '[pbx_side]\nalso = [{ listen = "192.0.2.21:5070" }]', "two addresses of one version of IP"),
        ("[pbx_side]", '[pbx_side]\nresolver = "127.0.0.1"', "pbx_side.resolver: no port"),
        ('id = "pbx1"', 'id = "pbx1"\ntransport = "tls"', "transport tls needs pbx_side.also with tls"),
        ('id = "pbx1"', 'id = "pbx1"\ntransport = "sctp"', "transport"),
        ('id = "pbx1"', 'id = "pbx1"\nadvertised = "192.0.2.1"', "pbx1.advertised: no port"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, was: str, becomes: str, says: str) -> None:
    with pytest.raises(ConfigurationUnusable, match=says):
        _load(tmp_path, EXAMPLE.replace(was, becomes))


def test_a_pbx_by_tls_and_a_second_version_of_ip_are_read_with_paths_of_the_files_folder(tmp_path: Path) -> None:
    text = EXAMPLE.replace(
        "[pbx_side]",
        '[pbx_side]\ncertificate = "pbx.pem"\nalso = [{ listen = "[::1]:5070" }, '
        '{ listen = "[::1]:5071", tls = true }]',
    ).replace('id = "pbx1"', 'id = "pbx1"\ntransport = "tls"\ntls_authorities = "ca.pem"\ntls_certificate = "me.pem"')
    settings = _load(tmp_path, text)
    (upstream,) = settings.providers[0].upstreams
    assert (upstream.tls_authorities, upstream.tls_certificate) == (str(tmp_path / "ca.pem"), str(tmp_path / "me.pem"))
    assert (upstream.tls_key, settings.pbx_side.certificate) == ("", str(tmp_path / "pbx.pem"))
    assert [face.tls for face in settings.pbx_side.also] == [False, True]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('features = ["horoscope"]', "features: 'horoscope' is none of analytics"),
        ('operator_decides = ["everything"]', "operator_decides: 'everything'"),
        ('financial_year_end = "02-29"', "financial_year_end: '02-29' is no day of every year"),
        ('pin = "sms"', "pin: sms needs the text message service"),
        ("marketing = { channels = [] }", "marketing.channels: empty"),
        ('marketing = { channels = ["pigeon"] }', "marketing.channels: 'pigeon'"),
        ('marketing = { channels = ["mail"], partners = ["nobody"] }', "marketing.partners: no recipient is called"),
        ('requests = { automatic = ["rectification"] }', "requests.automatic: 'rectification' is none of"),
        ('mail = { host = "mail", sender = "a@b", recipient = "nobody" }', "mail.recipient: no recipient is called"),
        ("requests = { package_days = 31 }", "package_days"),
    ],
)
def test_what_people_are_promised_is_said_in_words_that_the_kernel_knows(tmp_path: Path, lines: str, says: str) -> None:
    with pytest.raises(ConfigurationUnusable, match=re.escape(says)):
        _load(tmp_path, BARE.replace("[[providers.upstreams]]", f"{lines}\n\n[[providers.upstreams]]"))


PUSHED = "\n" + PAGE.partition("```toml\n")[2].partition("```")[0]


def test_every_way_of_waking_a_phone_can_be_set_up(tmp_path: Path) -> None:
    settings = _load(tmp_path, BARE + PUSHED)
    assert settings.providers[0].apns["default"].key_file == str(tmp_path / "apple.p8")


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('push = "apns"', 'push = "apns"\napns = "other"', "apps.ours: no APNs key is called 'other'"),
        ('id = "apple"', 'id = "somebody"', "apns.default: no recipient is called 'apple'"),
        ('key_id = "ABC123DEFG"', 'key_id = "abc"', "key_id"),
        ('contact = "mailto:operator@example.net"', 'contact = "operator"', "webpush.contact"),
        ('recipients = ["mozilla"]', "recipients = []", "apps.browser: webpush.recipients: empty"),
        ('origins = ["https://updates.push.services.mozilla.com"]', "", "recipients.mozilla: a push service of"),
        ('recipients = ["mozilla"]', 'recipients = ["mozilla", "google"]', "'google' stands there twice"),
        ("[providers.acrobits]", "", "apps.acrobits: acrobits needs the push mediator"),
        ('profile = "acrobits"', 'profile = "linphone"', "apps.acrobits: builds of Acrobits are pushed by Acrobits"),
        ('push = "apns"', 'push = "apns"\nprofile = "acrobits"', "apps.ours: builds of Acrobits are pushed by"),
        ('push = "webpush"', 'push = "webpush"\nprofile = "linphone"', "apps.browser: Linphone has no webpush"),
        ('push = "unifiedpush"', 'push = "pigeon"', "push"),
    ],
)
def test_an_app_that_nothing_would_wake_is_named(tmp_path: Path, was: str, becomes: str, says: str) -> None:
    assert was in PUSHED
    with pytest.raises(ConfigurationUnusable, match=re.escape(says)):
        _load(tmp_path, BARE + PUSHED.replace(was, becomes, 1))


def test_browsers_without_their_push_services_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnusable, match=r"apps\.browser: webpush needs webpush"):
        _load(tmp_path, BARE + '\n[[providers.apps]]\nid = "browser"\npush = "webpush"\n')


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    block = EXAMPLE[EXAMPLE.index("[[providers.upstreams]]") : EXAMPLE.index("[[providers.apps]]")]
    with pytest.raises(ConfigurationUnusable, match="'pbx1' stands there twice"):
        _load(tmp_path, EXAMPLE.replace(block, block + block))


def test_a_missing_file_and_broken_toml_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnusable, match="No such file"):
        load(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationUnusable, match="line 1"):
        _load(tmp_path, "= 1")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5061", ("127.0.0.1", 5061)),
        ("[::1]:5061", ("::1", 5061)),
        ("[::1]", ("::1", 7)),
        ("pbx", ("pbx", 7)),
    ],
)
def test_addresses_are_read_with_and_without_a_port(text: str, address: tuple[str, int]) -> None:
    assert address_of(text, 7) == address


@pytest.mark.parametrize("text", ["", ":5061", "host:port", "host:70000"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationUnusable):
        address_of(text, 7)


def test_the_reference_names_every_key_with_its_default() -> None:
    text = reference()
    assert "| `reachable_days` | `3` |" in text
    assert "`[[providers.recipients.mechanisms]]`" in text
    assert "`[providers.fcm.NAME]`" in text
