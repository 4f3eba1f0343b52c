import pytest

from sertwist.script.suggest import nearest


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("sl_repyl", ["sl_reply", "sl_send_reply"], "sl_reply"),  # swap
        ("t_rely", ["t_relay", "t_reply"], "t_relay"),
        ("verifed", ["verified", "version"], "verified"),
        ("ab", ["xy"], ""),  # two letters away is nothing for a short word
        ("INVTE", ["INVITE", "INFO"], "INVITE"),
        ("dispatch_all_calls", ["dispatch_rpc", "dis"], "dispatch_rpc"),  # shared beginning
        ("disk", ["dispatch_rpc"], ""),  # three shared letters are too few
        ("abcdefg", ["abXYZfg"], ""),
        ("SL_REPLY", ["sl_reply"], "sl_reply"),
        ("word", [], ""),
    ],
)
def test_nearest_name(word: str, known: list[str], found: str) -> None:
    assert nearest(word, known) == found
