import jax.random as jr

from hybridcell.infer.identifiability import identifiability

from .toys import product


def test_shows_itself():
    found = identifiability(product(), at={"k1": 1.0, "k2": 2.0, "k3": 1.0}, key=jr.key(0))
    assert len(found) == 3
    assert found.result == "3 parameters: 1 identifiable, 0 practically not, 2 structurally not"
    assert repr(found) == f"<Identifiability of {found.result}>"
    html = found._repr_html_()
    for text in ("structural rank", "2 of 3", "k1", "Fix one of", "singular"):
        assert text in html
    assert found.directions.shape == (3, 3)
