import pytest
from marcs import profile

from catalog_link.profile import Place, ProfileError, load, place
from digitize.resources import config_file


@pytest.mark.parametrize(
    ("name", "tag"), [("marc21", "856"), ("unimarc", "856"), ("rusmarc", "856"), ("makroobyekt", "900")]
)
def test_every_shipped_profile_is_whole(name, tag):
    found = profile(name)
    assert found.link.tag == tag
    assert found.action
    assert found.keys["record"]
    assert found.keys["inventory"]
    assert found.keys["isbn"]


def test_unimarc_writes_the_link_text_where_marc21_names_the_method():
    codes = {name: dict(profile(name).link.subfields) for name in ("marc21", "unimarc")}
    assert codes["marc21"]["y"][-1] == codes["unimarc"]["2"][-1]
    assert "2" not in codes["marc21"]
    assert "y" not in codes["unimarc"]


def test_a_place_is_read_as_cataloguers_write_it():
    assert place("001") == Place("001")
    assert place("245$ab") == Place("245", "ab")
    assert place("008/35-37") == Place("008", "", 35, 38)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("{pages} sahifa", "{sahifa} sahifa", "sahifa"),
        ("akmdigit:{key}", "{key}", "marker"),
        ('marker = "x"', 'marker = "w"', "marker"),
        ('"952$p"', '"952-p"', "952-p"),
        ('tag = "856"', 'tag = "link"', "tag"),
    ],
)
def test_a_profile_that_cannot_be_followed_is_refused_when_it_is_read(tmp_path, old, new, named):
    path = tmp_path / "ours.toml"
    shipped = config_file("catalog/marc21.toml").read_text(encoding="utf-8")
    assert old in shipped
    path.write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=named):
        load(path)


def test_a_profile_with_a_base_says_only_what_differs():
    ours, base = profile("makroobyekt"), profile("marc21")
    assert (ours.title, ours.keys, ours.action) == (base.title, base.keys, base.action)
    assert ours.link.address == "a"
    assert base.link.address == "u"


def test_link_and_note_must_not_share_a_tag(tmp_path):
    path = tmp_path / "ours.toml"
    shipped = config_file("catalog/marc21.toml").read_text(encoding="utf-8")
    path.write_text(shipped.replace('tag = "583"', 'tag = "856"'), encoding="utf-8")
    with pytest.raises(ProfileError, match=r"action\.tag"):
        load(path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[encoding", "cannot be read"),
        ("[encoding]\nfallback='koi7'\nunicode_mark=true", "koi7"),
        ("[encoding]\nfallback='cp1251'\nunicode_mark=true", "where"),
    ],
)
def test_a_wrong_profile_is_named_with_its_file_and_key(tmp_path, text, named):
    path = tmp_path / "ours.toml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=named) as caught:
        load(path)
    assert "ours.toml" in str(caught.value)
