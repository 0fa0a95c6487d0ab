"""What starts next: pure choices, and the queue that makes them fast."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from farm.crew.queue import Queue
from farm.crew.schedule import Running, Waiting, next_up, whole_room
from farm.executors.base import Offer
from farm.task import Needs

OFFER = Offer(cpu=8, memory_gb=32, gpus={"L4": 3, "H100": 1})
NEEDS = st.builds(
    Needs,
    cpu=st.sampled_from([0.5, 1, 2, 4, 8]),
    memory_gb=st.sampled_from([0.5, 1, 8, 32]),
    gpu=st.sampled_from(["", "", "L4", "H100"]),
    minutes=st.sampled_from([0, 1, 5, 30]),
)
ORDERS = st.lists(
    st.tuples(st.sampled_from([1.0, 2.0, 5.0, 9.0]), NEEDS, st.sampled_from("abcd")), max_size=40
)


def waiting(rank: float, needs: Needs, *, number: int = 1, shot: str = "") -> Waiting:
    return Waiting(number=number, rank=rank, needs=needs, shot=shot)


def test_the_longest_remaining_path_goes_first() -> None:
    queue = Queue(Offer(cpu=1, memory_gb=8))
    for number, rank in enumerate([3.0, 9.0, 5.0]):
        queue.push(waiting(rank, Needs(), number=number))
    assert [queue.pop(now=0).rank for _ in range(3)] == [9, 5, 3]  # type: ignore[union-attr]


def test_equals_go_in_the_order_of_their_arrival() -> None:
    queue = Queue(Offer(cpu=1, memory_gb=8))
    for number in range(5):
        queue.push(waiting(1.0, Needs(minutes=number), number=number))
    assert [queue.pop(now=0).number for _ in range(5)] == [0, 1, 2, 3, 4]  # type: ignore[union-attr]


def test_a_big_task_keeps_its_turn_and_short_ones_pass_it() -> None:
    big = waiting(9.0, Needs(cpu=8), number=1)
    runs = Running(waiting=waiting(0, Needs(cpu=6, minutes=10)), until=600)
    room = whole_room(OFFER).less(runs.needs)
    late = waiting(5.0, Needs(cpu=2, minutes=11), number=2)
    short = waiting(1.0, Needs(cpu=2, minutes=9), number=3)
    unknown = waiting(7.0, Needs(cpu=2), number=4)
    assert next_up([big, unknown, late, short], [runs], room, now=0) is short
    assert next_up([big, unknown, late], [runs], room, now=0) is None


def test_a_task_passes_one_that_waits_for_another_kind_of_machine() -> None:
    master = waiting(9.0, Needs(gpu="H100"), number=1)
    runs = Running(waiting=waiting(9.0, Needs(gpu="H100", minutes=60)), until=3600)
    room = whole_room(OFFER).less(runs.needs)
    draft = waiting(1.0, Needs(gpu="L4", minutes=600), number=2)
    assert next_up([master, draft], [runs], room, now=0) is draft


def test_shots_that_have_begun_go_first_while_other_machines_lack_work() -> None:
    queue = Queue(Offer(cpu=8, memory_gb=8, gpus={"H100": 2}))
    for number, shot in enumerate("abcd"):
        queue.push(waiting(9.0, Needs(), number=number, shot=shot))
    first = queue.pop(now=0)
    assert first
    queue.start(first, now=0)
    queue.push(waiting(5.0, Needs(), number=9, shot="a"))
    assert [queue.pop(now=0).shot for _ in range(2)] == ["a", "b"]  # type: ignore[union-attr]


def test_with_far_more_to_do_than_a_shot_takes_shots_are_finished_in_the_lists_order() -> None:
    queue = Queue(Offer(cpu=1, memory_gb=8))
    for number, (shot, rank) in enumerate([("a", 20.0), ("b", 30.0), ("c", 25.0)]):
        queue.push(waiting(rank, Needs(minutes=100), number=number, shot=shot))
    first = queue.pop(now=0)
    assert first
    assert first.shot == "a"
    queue.start(first, now=0)
    queue.end(first)
    queue.push(waiting(5.0, Needs(minutes=5), number=9, shot="a"))
    assert [queue.pop(now=0).shot for _ in range(2)] == ["a", "b"]  # type: ignore[union-attr]


def test_a_path_that_is_long_beside_what_is_left_goes_first() -> None:
    queue = Queue(Offer(cpu=1, memory_gb=8))
    for number, (shot, rank) in enumerate([("a", 20.0), ("b", 101.0), ("c", 25.0)]):
        queue.push(waiting(rank, Needs(minutes=100), number=number, shot=shot))
    assert queue.pop(now=0).shot == "b"  # type: ignore[union-attr]


def test_where_no_work_is_known_on_machines_of_one_kind_only_the_path_counts() -> None:
    queue = Queue(Offer(cpu=8, memory_gb=8))
    for number, shot in enumerate("abcd"):
        queue.push(waiting(9.0, Needs(), number=number, shot=shot))
    first = queue.pop(now=0)
    assert first
    queue.start(first, now=0)
    queue.push(waiting(5.0, Needs(), number=9, shot="a"))
    assert [queue.pop(now=0).shot for _ in range(4)] == ["b", "c", "d", "a"]  # type: ignore[union-attr]


def test_a_paused_class_waits_and_others_go_on() -> None:
    queue = Queue(OFFER)
    gpu, cpu = waiting(9.0, Needs(gpu="L4")), waiting(1.0, Needs(), number=2)
    queue.push(gpu)
    queue.push(cpu)
    queue.pause(Needs(gpu="L4", minutes=7), until=60)
    assert queue.wakes_at(now=0) == 60
    assert queue.pop(now=0) is cpu
    assert queue.pop(now=59) is None
    assert queue.pop(now=60) is gpu


def fits_in(offer: Offer, needs: Sequence[Needs]) -> bool:
    return (
        sum(n.cpu for n in needs) <= offer.cpu
        and sum(n.memory_gb for n in needs) <= offer.memory_gb
        and all(sum(n.gpu == gpu for n in needs) <= c for gpu, c in offer.gpus.items())
    )


@settings(max_examples=200, deadline=None)
@given(orders=ORDERS)
def test_everything_runs_once_within_the_offer_and_nothing_starves(orders) -> None:
    queue = Queue(OFFER)
    for number, (rank, needs, shot) in enumerate(orders):
        queue.push(waiting(rank, needs, number=number, shot=shot))
    now, done, running = 0.0, [], []
    while queue or running:
        while one := queue.pop(now=now):
            queue.start(one, now=now)
            running.append((now + one.needs.minutes * 60, one))
        assert running, "something waits although nothing runs"
        assert fits_in(OFFER, [one.needs for _, one in running])
        running.sort(key=lambda pair: pair[0])
        now, over = running.pop(0)
        queue.end(over)
        done.append(over.number)
    assert sorted(done) == list(range(len(orders)))


@settings(max_examples=200, deadline=None)
@given(orders=ORDERS)
def test_nobody_passes_whoever_fits_and_is_more_urgent(orders) -> None:
    """Choosing among the tops of the classes is choosing among all, where only paths count."""
    queue = Queue(Offer(cpu=8, memory_gb=32))
    all_waiting = [
        waiting(rank, needs, number=number, shot="")
        for number, (rank, needs, _) in enumerate(orders)
        if not needs.gpu
    ]
    for one in all_waiting:
        queue.push(one)
    urgent = sorted(all_waiting, key=lambda one: (-one.rank, one.number))
    chosen = queue.pop(now=0)
    assert chosen is next_up(urgent, [], whole_room(queue.offer), now=0)


@settings(max_examples=100, deadline=None)
@given(orders=ORDERS, dropped=st.sets(st.integers(0, 40)))
def test_what_is_dropped_never_starts(orders, dropped) -> None:
    queue = Queue(OFFER)
    everyone = [waiting(r, n, number=i, shot=s) for i, (r, n, s) in enumerate(orders)]
    for one in everyone:
        queue.push(one)
    for one in everyone:
        if one.number in dropped:
            queue.drop(one)
            queue.drop(one)
    started = []
    while one := queue.pop(now=0):
        started.append(one.number)
    assert sorted(started) == [one.number for one in everyone if one.number not in dropped]
    assert len(queue) == 0
