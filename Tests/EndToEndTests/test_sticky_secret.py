"""The secret that sticky cookies are signed with: what is no secret is refused before anything is served."""

import pytest

VALID = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--sticky", "cookie:SERVER", "--test"]


@pytest.fixture
def secret(tmp_path):
    def secret(data):
        path = tmp_path / "secret"
        path.write_bytes(data)
        return path

    return secret


@pytest.mark.parametrize("data", [b"", b"\n", b"x" * 15, b"x" * 15 + b"\n", b"x" * 4097])
def test_a_secret_that_is_too_short_or_no_secret_at_all_is_refused(run_swivel, secret, data):
    outcome = run_swivel(*VALID, "--sticky-secret", secret(data))
    assert outcome.returncode == 65, outcome.stderr
    assert "--sticky-secret" in outcome.stderr and "16 to 4096" in outcome.stderr


@pytest.mark.parametrize("path", ["/nowhere/secret", "/tmp", "/proc/self/mem"])
def test_a_secret_that_cannot_be_read_is_refused(run_swivel, path):
    outcome = run_swivel(*VALID, "--sticky-secret", path)
    assert outcome.returncode == 65, outcome.stderr
    assert f"--sticky-secret {path}" in outcome.stderr


@pytest.mark.parametrize("data", [b"x" * 16, b"x" * 16 + b"\r\n", bytes(range(32)), b"x" * 4096])
def test_a_secret_of_sixteen_bytes_and_more_is_taken_without_a_word(run_swivel, secret, data):
    outcome = run_swivel(*VALID, "--sticky-secret", secret(data))
    assert outcome.returncode == 0 and "warning" not in outcome.stderr, outcome.stderr


def test_without_a_secret_there_is_a_warning(run_swivel):
    outcome = run_swivel(*VALID)
    assert outcome.returncode == 0
    assert "--sticky-secret FILE" in outcome.stderr
