"""The plan of faults: the same for the same seed, and all that was promised is in it."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from tests.chaos.plan import ALL_TOGETHER, COPIES, KINDS, LONGEST_DETOUR, SERVICES, Scenario, Size, detours, make_plan

SIZE = Size(payments=100, customers=10, seconds=100, kills=100)


def test_a_seed_makes_the_same_plan_again() -> None:
    assert make_plan(7, SIZE) == make_plan(7, SIZE)
    assert make_plan(7, SIZE) != make_plan(8, SIZE)


def test_every_scenario_happens_and_no_customer_buys_a_product_twice() -> None:
    plan = make_plan(7, SIZE)
    assert len(plan.purchases) == 100
    assert {one.scenario for one in plan.purchases} == set(Scenario)
    assert len({(one.customer, one.product) for one in plan.purchases}) == 100
    assert {one.product for one in plan.purchases} == set(range(plan.products))


def test_every_service_fails_in_every_way_and_so_do_all_together() -> None:
    outages = make_plan(7, SIZE).outages
    assert Counter((one.service, one.kind) for one in outages) == Counter(
        (service, kind) for service in (*SERVICES, ALL_TOGETHER) for kind in KINDS
    )


def test_outages_come_one_after_another_within_the_time_of_faults() -> None:
    outages = make_plan(7, SIZE).outages
    assert all(one.begins_at + one.lasts < other.begins_at for one, other in pairwise(outages))
    assert outages[-1].begins_at + outages[-1].lasts < SIZE.seconds


def test_kills_come_in_their_order_within_the_time_of_faults() -> None:
    kills = make_plan(7, SIZE).kills
    assert len(kills) == 100
    assert list(kills) == sorted(kills)
    assert 0 <= kills[0] <= kills[-1] <= SIZE.seconds


def test_a_fifth_of_the_events_is_lost_and_the_rest_arrives_three_times_out_of_order() -> None:
    ways = [detours(7, number, SIZE.lost) for number in range(1000)]
    arriving = [way for way in ways if way]
    assert 150 < len(ways) - len(arriving) < 250
    assert all(len(way) == COPIES and 0 <= min(way) <= max(way) <= LONGEST_DETOUR for way in arriving)
    assert any(min(earlier) > min(later) for earlier, later in pairwise(arriving))


def test_nothing_is_lost_where_nothing_is_to_be_lost() -> None:
    size = replace(SIZE, lost=0.0)
    assert all(detours(7, number, size.lost) for number in range(200))
