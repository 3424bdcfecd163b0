"""Configuration and secrets as files on a disk."""

from pathlib import Path

import pytest

from patrol.config.load import load_config, read_secrets
from patrol.model.errors import InputError, OutsideError


def test_paths_are_resolved_against_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "storage: {data_dir: rows, database_url: 'sqlite:///db/x.sqlite'}\n"
        "cameras: {file_dir: /srv/clips}\n"
    )
    config = load_config(path)
    assert config.storage.data_dir == tmp_path / "rows"
    assert config.storage.database_url == f"sqlite:///{tmp_path}/db/x.sqlite"
    assert config.cameras.file_dir == Path("/srv/clips")
    assert config.cameras.model is None


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not exist; `patrol init DIR` writes one"):
        load_config(tmp_path / "config.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        load_config(tmp_path)


def test_keys_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    first = read_secrets(tmp_path, {})
    assert read_secrets(tmp_path, {}) == first
    assert len(first.session_key) >= 32
    assert first.audit_key != first.session_key.encode()
    assert (tmp_path / "keys" / "session").stat().st_mode & 0o777 == 0o600
    assert "session_key" not in repr(first)
    assert [path.name for path in sorted((tmp_path / "keys").iterdir())] == ["audit", "session"]


def test_the_environment_wins_over_the_secrets_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("gate: 'user:one'\nsession_key: from the file\n")
    environ = {"PATROL_SECRETS_FILE": str(file), "PATROL_SECRET_GATE": "user:two"}
    found = read_secrets(tmp_path, environ)
    assert found.find("Gate") == "user:two"
    assert found.find("other") is None
    assert found.session_key == "from the file"


@pytest.mark.parametrize("text", ["- a\n", "gate: [1]\n", "gate: 3\n"])
def test_a_secrets_file_that_is_no_map_of_texts_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"PATROL_SECRETS_FILE: .* should be a map of names"):
        read_secrets(tmp_path, {"PATROL_SECRETS_FILE": str(file)})


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "audit").write_text("short")
    with pytest.raises(OutsideError, match="must hold at least 16 characters, got 5"):
        read_secrets(tmp_path, {})


@pytest.mark.parametrize("size", [10_000_000, 50_000_000_000])
def test_a_huge_file_is_refused_by_its_size_alone(tmp_path: Path, size: int) -> None:
    path = tmp_path / "config.yaml"
    with path.open("wb") as stream:
        # A hole takes no room; whoever reads it to its end needs that much memory.
        stream.truncate(size)
    with pytest.raises(InputError, match=rf"must be at most 256000 bytes \(got {size}\)"):
        load_config(path)
