"""A ranking is an ordered set of names, whatever is put, moved and taken out."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pynenc._memory.ranking import Ranking

NAMES = st.sampled_from("abcdef")
SCORES = st.integers(-3, 3)


class RankingMachine(RuleBasedStateMachine):
    """Compares a ranking with a dictionary that is sorted anew each time."""

    def __init__(self):
        super().__init__()
        self.ranking = Ranking()
        self.scores: dict[str, int] = {}

    def ordered(self) -> list[tuple[int, str]]:
        return sorted((score, name) for name, score in self.scores.items())

    @rule(name=NAMES, score=SCORES)
    def put(self, name, score):
        self.ranking.put(name, score)
        self.scores[name] = score

    @rule(name=NAMES, score=SCORES)
    def move(self, name, score):
        self.ranking.move(name, score)
        if name in self.scores:
            self.scores[name] = score

    @rule(name=NAMES)
    def discard(self, name):
        self.ranking.discard(name)
        self.scores.pop(name, None)

    @rule()
    def pop(self):
        first = self.ordered()[0][1] if self.scores else None
        assert self.ranking.pop() == first
        self.scores.pop(first, None)

    @rule(score=SCORES, limit=st.integers(0, 4))
    def up_to(self, score, limit):
        assert self.ranking.up_to(score, limit) == [name for at, name in self.ordered() if at <= score][:limit]

    @invariant()
    def agrees(self):
        assert list(self.ranking) == [name for _, name in self.ordered()]
        assert len(self.ranking) == len(self.scores)
        assert self.ranking.first() == (self.ordered()[0] if self.scores else None)


TestRanking = RankingMachine.TestCase
TestRanking.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_moving_without_end_takes_no_memory_without_end():
    ranking = Ranking()
    for score in range(10_000):
        ranking.put("a", -score)
    assert len(ranking._heap) < 100
    assert ranking.first() == (-9_999, "a")
