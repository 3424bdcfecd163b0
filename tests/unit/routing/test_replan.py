"""What is frozen when something happens, worked out by hand."""

from patrol.routing.problem import Solution, Stop, UnitRoute
from patrol.routing.replan import Change, Taken, difference, freeze
from tests.unit.routing.shifts import make_shift

FIRST, SECOND, THIRD = Stop(0, 100, 900), Stop(1, 1200, 900), Stop(0, 5000, 900)
PLAN = Solution((UnitRoute((FIRST, SECOND, THIRD)),))


def test_what_is_done_under_way_or_announced_stays() -> None:
    # At 700 s the unit stands at the first place; it sets out for the second at 1000 s.
    rest, left = freeze(make_shift([100, 300]), PLAN, Change(700))
    assert rest.frozen == ((FIRST, SECOND),)
    assert left.routes[0].stops == (THIRD,)
    assert (rest.fleet.start.tolist(), rest.fleet.start_s.tolist()) == ([2], [2100])


def test_a_stop_nobody_has_heard_of_is_free_again() -> None:
    rest, left = freeze(make_shift([100, 300]), PLAN, Change(600))
    assert rest.frozen == ((FIRST,),)
    assert left.routes[0].stops == (SECOND, THIRD)


def test_a_unit_that_is_taken_breaks_off_its_stay_and_goes_on_from_the_incident() -> None:
    change = Change(700, {0: Taken(3000, 2)})
    rest, left = freeze(make_shift([100, 300]), PLAN, change)
    assert rest.frozen == ((Stop(0, 100, 600),),)
    assert (rest.fleet.start.tolist(), rest.fleet.start_s.tolist()) == ([2], [3000])
    assert left.routes[0].stops == (SECOND, THIRD)


def test_a_unit_that_is_lost_makes_no_more_stops() -> None:
    rest, left = freeze(make_shift([100, 300]), PLAN, Change(700, lost=frozenset({0})))
    assert left.routes[0] == UnitRoute()
    assert rest.fleet.start_s.tolist() == rest.fleet.end_s.tolist()


def test_a_rest_that_has_begun_is_not_given_again() -> None:
    plan = Solution((UnitRoute((FIRST, SECOND, THIRD), 3600, 1),))
    rest, _ = freeze(make_shift([100, 300], rest_s=600), plan, Change(3700))
    assert rest.fleet.rest_s.tolist() == [0]
    assert rest.fleet.start_s.tolist() == [4200]


def test_a_rest_that_missed_its_window_is_given_when_the_unit_is_free() -> None:
    plan = Solution((UnitRoute((FIRST,), 3600, 0),))
    problem = make_shift([100, 300], rest_s=600, rest_close_s=[5000])
    rest, _ = freeze(problem, plan, Change(700, {0: Taken(6000, 1)}))
    assert rest.fleet.rest_s.tolist() == [600]
    assert rest.fleet.rest_close_s.tolist() == [6600]


def test_a_unit_that_is_taken_too_long_may_be_late() -> None:
    rest, _ = freeze(make_shift([100, 300]), PLAN, Change(700, {0: Taken(14_350, 1)}))
    assert rest.fleet.end_s.tolist() == [14_450]


def test_moved_dropped_and_added_stops_are_told_apart() -> None:
    problem = make_shift([100, 300, 500, 700], units=2)
    old = Solution(
        (UnitRoute((Stop(0, 100, 900), Stop(1, 2000, 900))), UnitRoute((Stop(2, 500, 900),)))
    )
    new = Solution(
        (UnitRoute((Stop(0, 100, 900), Stop(3, 2000, 900))), UnitRoute((Stop(1, 500, 900),)))
    )
    found = difference(problem, old, new)
    assert (found.kept, found.moved, found.dropped, found.added) == (1, 1, 1, 1)
    assert found.moved_share == 1 / 3
