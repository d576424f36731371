"""The documents, browsed and tried."""

import pytest


def test_the_page_names_each_document_and_loads_nothing_else(client):
    page = client.open(f"{client.address}/_sandbox/docs?api=backend")

    assert 'data-document="/backend/api/v1/openapi.json"' in page.text
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert "://" not in page.text


@pytest.mark.parametrize("path", ["docs?api=none", "docs/viewer/index.html", "docs/viewer/..%2fx"])
def test_nothing_else_is_there(client, path):
    assert client.open(f"{client.address}/_sandbox/{path}").status_code == 404


def test_an_operation_is_tried_in_the_sandbox_that_the_page_names(client, visitor, wait):
    chromium = visitor.chromium
    visitor.open(f"{client.address}/_sandbox/docs?api=control&sandbox={client.sandbox}")
    operation = wait(
        lambda page: page.find_element("css selector", "#operations-sandbox-getSandbox")
    )

    for button in ("button.opblock-summary-control", "button.try-out__btn", "button.execute"):
        wait(lambda _, one=button: operation.find_element("css selector", one)).click()

    answer = wait(
        lambda _: operation.find_element("css selector", ".live-responses-table .microlight")
    )
    assert f'"name": "{client.sandbox}"' in answer.text
    assert chromium.get_log("browser") == []
