"""What drivers of one cluster ask of its autoscaler: added up, and let go of."""

import threading

from farm.executors import ray_demand
from farm.executors.ray_demand import Demand, Wishes

GPU = {"GPU": 1.0}
CORE = {"CPU": 1.0}


def test_wishes_of_several_drivers_add_up():
    wishes = Wishes()
    wishes.keep("one", [GPU, GPU], until=10.0)
    wishes.keep("two", [GPU, CORE], until=10.0)
    assert wishes.standing(now=0.0) == [GPU, GPU, GPU, CORE]


def test_a_drivers_new_wish_takes_the_place_of_its_last_and_an_empty_one_takes_it_back():
    wishes = Wishes()
    wishes.keep("one", [GPU, GPU], until=10.0)
    wishes.keep("two", [CORE], until=10.0)
    wishes.keep("one", [GPU], until=10.0)
    assert sorted(map(str, wishes.standing(now=0.0))) == sorted(map(str, [GPU, CORE]))
    wishes.keep("one", [], until=10.0)
    assert wishes.standing(now=0.0) == [CORE]


def test_a_wish_whose_time_is_over_is_let_go_of():
    wishes = Wishes()
    wishes.keep("killed", [GPU], until=10.0)
    wishes.keep("alive", [CORE], until=20.0)
    assert wishes.standing(now=10.0) == [CORE]
    assert wishes.standing(now=20.0) == []


def test_the_actor_tells_what_is_left_and_ends_with_the_last_wish(monkeypatch):
    monkeypatch.setattr(ray_demand, "LOOK_SECONDS", 0.02)
    told, over = [], threading.Event()
    demand = Demand(request=told.append, end=lambda _: over.set())
    demand.ask("one", [GPU], 60.0)
    demand.ask("two", [GPU], 0.05)
    demand.ask("two", [GPU], 0.05)
    demand.ask("one", [], 60.0)
    assert over.wait(10)
    assert told == [[GPU], [GPU, GPU], [GPU], []]
