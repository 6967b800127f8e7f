"""A device that is handed on knows nothing of its last owner."""

import pytest

from tests.journeys.devices import DESKTOP, Devices
from tests.journeys.portal import Portal
from tests.journeys.visitor import PHONE

pytestmark = pytest.mark.browser

LEFT = "localStorage.setItem('keys', 'off'); sessionStorage.setItem('tab', '2')"
DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
KEPT = f"[localStorage.getItem('keys'), sessionStorage.getItem('tab'), innerWidth, {DARK}]"


def test_the_next_owner_finds_an_empty_device(portal: Portal, devices: Devices):
    first = devices.lend("ro")
    first.pages[0].goto(portal.address + "/accounts/login/")
    first.add_cookies([{"name": "sessionid", "value": "theirs", "url": portal.address}])
    first.pages[0].evaluate(LEFT)
    first.pages[0].set_viewport_size(PHONE["viewport"])
    first.pages[0].emulate_media(color_scheme="dark")
    first.new_page()
    assert {cookie["name"] for cookie in first.cookies()} >= {"sessionid"}
    devices.take_back(first)

    again = devices.lend("ro")
    assert again is first
    assert len(again.pages) == 1
    assert again.cookies() == []
    again.pages[0].goto(portal.address + "/accounts/login/")
    assert again.pages[0].evaluate(KEPT) == [None, None, DESKTOP["viewport"]["width"], False]
    devices.take_back(again)


def test_a_new_device_and_one_of_another_kind_are_made(devices: Devices):
    first = devices.lend("ro")
    devices.take_back(first)
    others = [devices.lend("ro", new=True), devices.lend("en"), devices.lend("ro", **PHONE)]
    assert first not in others
    assert devices.lend("ro") is first
    for context in (first, *others):
        devices.take_back(context)
