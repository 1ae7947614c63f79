"""What no client library sends."""

import urllib.error
import urllib.request


def problems(server):
    """Claims and what is wrong with them, None where nothing is."""

    def ask(body, headers, path="/"):
        request = urllib.request.Request(server.endpoint + path, data=body, method="POST", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def claim(sentence, holds, answer):
        return sentence, None if holds else f"{answer[0]} {answer[1][:300]}"

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(b"Action=ListMetrics&Version=2010-08-01", form)
    yield claim("no signature", answer[0] == 403 and b"MissingAuthenticationToken" in answer[1], answer)
    answer = ask(b"x" * (2 << 20), form)
    yield claim("two megabytes", answer[0] == 413, answer)
    target = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics"}
    answer = ask(b"[" * 100_000, target)
    yield claim("deeply nested JSON without a signature", 400 <= answer[0] < 500, answer)
    answer = ask(
        b"\x9f" * 100_000,
        {"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"},
        "/service/GraniteServiceVersion20100801/operation/ListMetrics",
    )
    yield claim("deeply nested CBOR without a signature", 400 <= answer[0] < 500, answer)
