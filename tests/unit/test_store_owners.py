"""Owners of leases: the dead of this machine are known at once, and nobody else is called dead."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from farm.store.local import LocalStore
from farm.store.owners import is_gone, owner_name

CLAIM = """
import sys, time
from farm.store.local import LocalStore
from farm.store.owners import owner_name
name = owner_name()
LocalStore(sys.argv[1]).claim("k1", owner=name, seconds=1000)
print(name, flush=True)
time.sleep(1000)
"""


def claimant(place: Path) -> tuple["subprocess.Popen[str]", str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(place)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_a_lease_is_free_as_soon_as_its_owner_was_killed(tmp_path):
    store = LocalStore(str(tmp_path))
    process, name = claimant(tmp_path)
    try:
        assert not is_gone(name)
        assert not store.claim("k1", owner=owner_name(), seconds=10)
    finally:
        process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody asked how
    assert is_gone(name)
    assert store.claim("k1", owner=owner_name(), seconds=10)
    process.wait()
    assert is_gone(name)


def test_a_process_with_the_id_of_a_dead_one_is_not_that_one():
    host, pid, word, where = owner_name().split(":")
    kernel, _, started = where.rpartition(".")
    assert is_gone(f"{host}:{pid}:{word}:{kernel}.{int(started) - 1}")


def test_owners_elsewhere_are_never_called_dead():
    host, _, word, where = owner_name().split(":")
    unused = 2**22 + 1
    boot, space, started = where.split(".")
    assert is_gone(f"{host}:{unused}:{word}:{where}")
    assert not is_gone(f"{host}:{unused}:{word}:other{boot}.{space}.{started}")
    assert not is_gone(f"{host}:{unused}:{word}:{boot}.{int(space) + 1}.{started}")
    assert not is_gone(f"{host}:{unused}:{word}:")
    assert not is_gone(f"{host}:{unused}:{word}")
    assert not is_gone("farm")


def test_this_farm_is_not_gone():
    assert not is_gone(owner_name())
