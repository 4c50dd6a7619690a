"""The one shape of an error."""


def assert_error(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error", "message", "details"]
    assert body["error"] == code
    assert body["message"]
    assert body["details"] is None or isinstance(body["details"], dict)
