"""What memory is for: parts that together are no more than the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.engine.budget import LEAST_BYTES, Budget


@given(st.integers(LEAST_BYTES, 1 << 45))
def test_parts_are_no_more_than_the_whole(total):
    budget = Budget(total)
    assert budget.tiles + budget.textures + budget.computed <= total
    half = budget.half()
    assert 2 * (half.tiles + half.textures) <= budget.tiles + budget.textures
    assert budget.ahead <= budget.tiles


def test_less_than_works_is_refused():
    with pytest.raises(ValueError, match="less than"):
        Budget(LEAST_BYTES - 1)
