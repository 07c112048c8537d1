"""What kernels compare, against brute force."""

import pytest
import torch

from ssbscreen.model_parts.kernels import city_block, differences, overlap


@pytest.mark.parametrize("n", [1, 127, 128, 300])
def test_a_table_with_itself_has_the_differences_of_two_tables_to_the_bit(n: int) -> None:
    rows = torch.rand(n, 70, dtype=torch.float64, generator=torch.Generator().manual_seed(n))
    assert torch.equal(differences(rows, rows), differences(rows, rows.clone()))


def test_differences_and_overlap_are_those_of_brute_force() -> None:
    rows = torch.rand(150, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    apart = (rows[:, None] - rows[None]).abs().sum(dim=2)
    torch.testing.assert_close(differences(rows, rows), apart)
    torch.testing.assert_close(city_block(rows, rows), apart / 9)
    shares = rows / rows.sum(dim=1, keepdim=True)
    low, high = torch.minimum(shares[:, None], shares[None]), torch.maximum(shares[:, None], shares[None])
    torch.testing.assert_close(overlap(shares, shares), low.sum(dim=2) / high.sum(dim=2))
