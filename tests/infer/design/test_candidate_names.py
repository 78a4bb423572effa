from hypothesis import given
from hypothesis import strategies as st

from hybridcell.infer.design.candidate_names import untaken


@given(st.lists(st.sampled_from(["t 1", "t 1 #2", "t 2"]), max_size=9))
def test_names_never_meet_and_change_only_where_they_must(wanted):
    names: list[str] = []
    for name in wanted:
        names.append(untaken(name, names))
    assert len(set(names)) == len(names)
    for k, (name, own) in enumerate(zip(wanted, names)):
        assert own == name or (name in names[:k] and own.startswith(f"{name} #"))
