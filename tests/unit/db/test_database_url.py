"""DATABASE_URL as people and hosters write it: one meaning for all who connect, or one line that says what is wrong."""

import pytest

from checkout.errors import InvalidInput
from db.engine.database_url import parse_database_url

BASE = "postgresql://shop:pw@db.example.com/shop"


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("sqlite:///data/my%20shop.db", "data/my shop.db"),
        ("sqlite:////srv/shop.db", "/srv/shop.db"),
        ("sqlite:///data/100%25.db", "data/100%.db"),
        ("sqlite:///data/a%3Fb.db", "data/a?b.db"),
        ("sqlite:///данные/shop.db", "данные/shop.db"),
    ],
)
def test_a_files_path_is_decoded_as_in_every_address(written: str, file: str) -> None:
    address = parse_database_url(written)
    assert str(address.file) == file
    assert str(address.shown) == f"SQLite file {file}"


@pytest.mark.parametrize("written", ["sqlite:///shop.db?mode=ro", "sqlite:///shop.db?x=y", "sqlite:///shop.db?"])
def test_a_file_takes_no_parameters(written: str) -> None:
    with pytest.raises(InvalidInput, match="takes no parameters"):
        parse_database_url(written)


@pytest.mark.parametrize("written", ["sqlite:///~/shop.db", "sqlite:///~shop/shop.db", "sqlite:///%7E/shop.db"])
def test_no_folder_is_made_that_is_called_like_a_home(written: str) -> None:
    with pytest.raises(InvalidInput, match="write the whole path"):
        parse_database_url(written)


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("sslmode=require", "sslmode=require"),
        ("sslmode=require&channel_binding=require", "sslmode=require"),
        ("connect_timeout=10&gssencmode=disable&pgbouncer=true&hostaddr=10.0.0.1", ""),
        ("application_name=shop&options=-csearch_path%3Dx", "application_name=shop&options=-csearch_path%3Dx"),
        ("target_session_attrs=read-write&keepalives=1", "target_session_attrs=read-write"),
        ("sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem", "sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"),
    ],
)
def test_libpqs_parameters_are_understood_or_make_no_difference(query: str, left: str) -> None:
    assert parse_database_url(f"{BASE}?{query}").url == (f"{BASE}?{left}" if left else BASE)


def test_the_certificates_of_the_machine_are_found() -> None:
    assert parse_database_url(f"{BASE}?sslmode=verify-full&sslrootcert=system").url.endswith((".pem", ".crt"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sslmode=banana", "has a wrong sslmode: it may be disable allow prefer"),
        ("sslmode=", "has a wrong sslmode: it is empty"),
        ("target_session_attrs=master", "has a wrong target_session_attrs: it may be any primary standby"),
        ("x", "has the parameter 'x'"),
        ("statement_cache_size=0", "has the parameter 'statement_cache_size'"),
        ("Sslmode=require", "has the parameter 'Sslmode'"),
    ],
)
def test_what_would_be_misunderstood_is_said_in_one_line(query: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_database_url(f"{BASE}?{query}")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(("sign", "written"), [("/", "%2F"), ("@", "%40"), ("#", "%23"), ("?", "%3F")])
def test_what_has_to_be_written_otherwise_in_a_password_is_said(sign: str, written: str) -> None:
    with pytest.raises(InvalidInput, match=written):
        parse_database_url(f"postgresql://shop:hun{sign}ter2@db.example.com/shop")
    address = parse_database_url(f"postgresql://shop:hun{written}ter2@db.example.com/shop")
    assert str(address.shown) == "PostgreSQL shop on db.example.com"


@pytest.mark.parametrize("hosts", ["db1:5432,db2:5433", "db1,db2:5433", "[::1]:5432,db2", "db.example.com:5432", ""])
def test_several_hosts_are_one_database(hosts: str) -> None:
    assert parse_database_url(f"postgresql://shop:pw@{hosts}/shop").url == f"postgresql://shop:pw@{hosts}/shop"


@pytest.mark.parametrize("hosts", ["db1:abc,db2", "db1,db2:99999", ",", "db1,", "db1:0,db2", "db1:5432,[::1"])
def test_of_several_hosts_each_is_looked_at(hosts: str) -> None:
    with pytest.raises(InvalidInput, match="must look like"):
        parse_database_url(f"postgresql://shop:pw@{hosts}/shop")
