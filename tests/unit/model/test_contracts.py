from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.contracts import OptionContract, OptionType

contracts = st.builds(
    OptionContract,
    underlying=st.sampled_from(["SPX", "RUT", "BTCUSD"]),
    root=st.sampled_from(["SPXW", "SPX", "BTCD"]),
    expiration=st.dates(dt.date(2005, 1, 1), dt.date(2099, 12, 31)),
    strike=st.decimals(Decimal("0.5"), 100_000, places=2),
    type=st.sampled_from(OptionType),
    multiplier=st.sampled_from([1, 10, 100]),
)


@given(contracts)
def test_contract_comes_back_from_its_text(contract: OptionContract) -> None:
    assert OptionContract.parse(str(contract)) == contract


@pytest.mark.parametrize(
    ("strike", "text"),
    [("2945", "2945"), ("2945.0", "2945"), ("2.5E+3", "2500"), ("12.50", "12.5")],
)
def test_strike_is_written_without_empty_decimals(strike: str, text: str) -> None:
    contract = OptionContract("SPX", "SPXW", dt.date(2020, 3, 31), Decimal(strike), OptionType.PUT)
    assert str(contract) == f"SPX.SPXW.2020-03-31.{text}.Put.100"


def test_texts_of_old_versions_have_no_multiplier() -> None:
    contract = OptionContract.parse("SPX.SPX.2021-06-18.4225.Call")
    assert contract == OptionContract(
        "SPX", "SPX", dt.date(2021, 6, 18), Decimal(4225), OptionType.CALL, 100
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "SPX", "SPX.SPXW.2020-03-31.2945.put.100", "SPX.SPXW.2020-13-31.2945.Put.100",
        "SPX.SPXW.2020-03-31.-2945.Put", "SPX.SPXW.2020-03-31.2945.Put.100.1",
    ],
)  # fmt: skip
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the calendar's own message counts as well
        OptionContract.parse(text)
