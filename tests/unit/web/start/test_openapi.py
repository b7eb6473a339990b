"""The API page says what the schema says, whatever shape it has."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.web.start import operations
from ringfence.web.start.openapi import Field

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["get", "$ref", "schema", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def test_bodies_are_told_field_by_field_through_references() -> None:
    schema: dict[str, object] = {
        "paths": {
            "/v1/things/{id}": {
                "put": {
                    "summary": "Put",
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    },
                    "responses": {"200": {"description": "done"}},
                }
            }
        },
        "components": {
            "schemas": {
                "Thing": {
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string", "description": "How it is called."},
                        "tags": {"type": "array", "items": {"type": "string", "format": "uuid"}},
                        "kind": {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]},
                        "version": {"const": 1},
                        "part": {"$ref": "#/components/schemas/Part"},
                    },
                },
                "Part": {"type": "object", "properties": {"whole": {"$ref": "#/components/schemas/Part"}}},
            }
        },
    }
    (found,) = operations(schema)
    assert (found.method, found.path, found.anchor) == ("PUT", "/v1/things/{id}", "put-v1-things-id")
    assert found.answers == [("200", "done")]
    assert found.body[:5] == [
        Field("name", "string", True, "How it is called."),
        Field("tags", "string (uuid)[]", False, ""),
        Field("kind", "a | b | null", False, ""),
        Field("version", "1", False, ""),
        Field("part", "object", False, ""),
    ]
    assert len(found.body) < 20  # what contains itself ends


@given(
    st.dictionaries(st.sampled_from(["paths", "components"]), st.dictionaries(st.text(max_size=3), JSON, max_size=3))
)
def test_no_document_stops_the_page(schema: dict[str, object]) -> None:
    operations(schema)
