"""`system.describe`: the rules that the OpenRPC specification has, held for every method of every installed module."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sertwist.modules.known_methods import known_methods
from sertwist.rpc.call import Call
from sertwist.rpc.declare import Error, Method, Param, Type
from sertwist.rpc.dispatch import CallContext, run_call
from sertwist.rpc.openrpc import openrpc_document
from sertwist.rpc.registry import Registry

REGISTRY = known_methods()
DOCUMENT = openrpc_document(REGISTRY)
JSON_TYPES = {"integer", "boolean", "number", "string", "array", "object", "null"}
METHOD_FIELDS = {
    *("name", "tags", "summary", "description", "externalDocs", "params", "result", "deprecated", "servers", "errors"),
    *("links", "paramStructure", "examples"),
}
DESCRIPTOR_FIELDS = {"name", "summary", "description", "required", "schema", "deprecated"}


def test_document_has_what_is_required_and_is_json() -> None:
    assert DOCUMENT["openrpc"] == "1.3.2"
    assert DOCUMENT["info"]["title"]
    assert DOCUMENT["info"]["version"]
    assert set(DOCUMENT) <= {"openrpc", "info", "servers", "methods", "components", "externalDocs"}
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_every_method_is_there_once() -> None:
    names = [each["name"] for each in DOCUMENT["methods"]]
    assert names == REGISTRY.names()
    assert "core.version" in names


@pytest.mark.parametrize("method", DOCUMENT["methods"], ids=lambda method: method["name"])
def test_method_object_keeps_the_rules(method: dict[str, Any]) -> None:
    assert {key for key in method if not key.startswith("x-")} <= METHOD_FIELDS
    assert method["summary"], "a method without help"
    assert method["paramStructure"] in {"by-name", "by-position", "either"}
    params = method["params"]
    assert len({each["name"] for each in params}) == len(params)
    required = [each["required"] for each in params]
    assert required == sorted(required, reverse=True), "required ones come first"
    for each in (*params, method["result"]):
        assert {key for key in each if not key.startswith("x-")} <= DESCRIPTOR_FIELDS
        assert each["schema"].get("type", "null") in JSON_TYPES
        low, high = each["schema"].get("minimum"), each["schema"].get("maximum")
        assert low is None or high is None or low <= high
    codes = [each["code"] for each in method.get("errors", [])]
    assert len(set(codes)) == len(codes)
    assert all(isinstance(each["message"], str) and each["message"] for each in method.get("errors", []))


def test_a_method_in_all_its_parts() -> None:
    method = Method(
        name="hits.get",
        run=print,
        module="hits",
        params=(
            Param(name="key", type=Type.STRING, help="which", secret=True),
            Param(name="top", type=Type.INT, optional=True, minimum=1, maximum=9),
        ),
        result=Type.INT,
        aliases=("hits.read",),
        errors=(Error(404, "No such key"), Error(400, "Bad key"), Error(404, "No keys")),
        help="How often.\n\nSince the start.",
    )
    assert openrpc_document([method])["methods"] == [
        {
            "name": "hits.get",
            "summary": "How often.",
            "description": "Since the start.",
            "tags": [{"name": "hits"}],
            "paramStructure": "either",
            "params": [
                {
                    "name": "key",
                    "required": True,
                    "schema": {"type": "string"},
                    "description": "which",
                    "x-secret": True,
                },
                {"name": "top", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
            ],
            "result": {
                "name": "result",
                "schema": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
            },
            "errors": [{"code": 400, "message": "Bad key"}, {"code": 404, "message": "No such key; No keys"}],
            "x-effect": "read",
            "x-idempotent": True,
            "x-async": False,
            "x-cost": "cheap",
            "x-since": "0.1",
            "x-aliases": ["hits.read"],
        }
    ]


class Only:
    """A caller who may call a few."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def may_call(self, name: str) -> bool:
        return name in self.names

    def may_list(self) -> bool:
        return True


def test_caller_is_told_only_of_what_it_may_call() -> None:
    registry = Registry()
    for each in REGISTRY:
        if each.name.startswith(("core.", "system.")):
            registry.add(each)
    # `known_methods` binds `system.*` to its own registry, which has these and more.
    context = CallContext(registry=registry, report=lambda *_: None, visible=Only("core.version", "system.describe"))
    document: Any = run_call(Call("system.describe"), context)
    assert [each["name"] for each in document["methods"]] == ["core.version", "system.describe"]
