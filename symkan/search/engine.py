"""The search: regressions, then reductions, then networks from the simplest up, until a law is exact or time is up."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.headers import listed
from symkan.search.bank import Bank, Trail
from symkan.search.direct import direct_formulas
from symkan.search.evaluation import error_sizes, evaluate
from symkan.search.factors import separable_powers
from symkan.search.networks import Label, Sample, Trained, network_residual, network_share, train_network
from symkan.search.problems import Problem, scales_of
from symkan.search.proposals import Proposal, in_order, propose, surrogates
from symkan.search.records import Progress, Reading
from symkan.search.regressions import regressions
from symkan.search.relevance import relevant_columns
from symkan.search.residuals import structure, telling, worse
from symkan.search.scan import Guess
from symkan.search.screening import families
from symkan.search.separable import read_layer
from symkan.search.structure import monomial_problems
from symkan.search.threads import OneThread
from symkan.search.transforms import in_use, possible
from symkan.search.view import View
from symkan.symbolic.elsewhere import Elsewhere

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.options import Options
    from symkan.search.candidates import Candidate
    from symkan.search.selection import Referee
    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]

logger = logging.getLogger("symkan")

Watch = Callable[[Progress], None]


@dataclass(eq=False)
class Search:
    """One search: what it works with, and what it has found so far.

    Attributes
    ----------
    table, sample
        The table, and the rows that networks see.
    referee
        Turns formulas into candidates.
    library
        Functions to match edges with.
    options
        All options of `discover`.
    deadline
        `time.monotonic()` at which the answer is due.
    watch
        Is told of each step.
    bank, networks
        Candidates, and trained networks, in the order of training.
    noisy
        Whether the table's target has errors that show; networks are then trained for the target's own errors.
    smooth
        A network's values as multiples of the target's, [rows], once there is one.
    notes
        What was decided on the way.
    """

    table: Dataset
    sample: Sample
    referee: Referee
    library: Library
    options: Options
    deadline: float
    watch: Watch | None = None
    bank: Bank = field(default_factory=Bank)
    networks: list[Trained] = field(default_factory=list)
    noisy: bool = False
    smooth: Array | None = None
    notes: tuple[str, ...] = ()
    started: float = field(default_factory=time.monotonic)
    _shortest: float = math.inf
    _grouped: list[Problem] = field(default_factory=list)
    _judged: dict[Candidate, bool] = field(default_factory=dict)
    _elsewhere: Elsewhere = field(default_factory=Elsewhere)
    _threads: OneThread = field(default_factory=OneThread)

    def run(self) -> None:
        """Search until a law is exact, everything is tried, or time is up."""
        whole = Problem.of(self.table, scales_of(self.referee.dimensions))
        # trials may overflow; their loss is then infinite
        with self._threads, closing(self._elsewhere), np.errstate(all="ignore"):
            problem = self._relevant(whole)
            self.report("regressions", "")
            for name, formula in regressions(problem, self.referee.open_rows):
                self.consider(problem.answer(formula), name)
            if not self.done and len(problem.columns):
                self._solve(problem)
            self._simplify()

    @property
    def late(self) -> bool:
        """Whether time is up."""
        return time.monotonic() >= self.deadline

    @property
    def done(self) -> bool:
        """Whether there is no reason to go on."""
        best = self.bank.best
        return self.late or (best is not None and self.referee.exact(best.candidate))

    @property
    def _settled(self) -> bool:
        """Whether the best formula is as good on validation rows as any network, and what it leaves is noise."""
        best = self.bank.best
        if best is None or not self.networks or self.outdone(best.candidate, self.options.search.settled):
            return False
        return self._leaves_noise(best.candidate)

    def outdone(self, candidate: Candidate, factor: float) -> bool:
        """Whether a network's validation error is lower by this factor; in a small table, not by chance alone."""
        network = next(iter(self.networks_by_loss()), None)
        if network is None or candidate.validation_rmse <= factor * network.validation_rmse:
            return False
        folds, at = self.referee.split.folds, self.sample.validation
        return not folds or worse(self._residual(candidate)[at], network_residual(network, self.table)[at])

    @property
    def _plainly_settled(self) -> bool:
        """Whether the best formula settles the search, and is so short that no other family is likely to do better."""
        best = self.bank.best
        if best is None or best.candidate.complexity > self.options.search.plain:
            return False
        told = telling(*self.table.x[self.sample.rows].shape) or best.candidate.r2 > self.options.search.clear
        return told and self._settled

    def _leaves_noise(self, candidate: Candidate) -> bool:
        """Whether there is no structure in the residuals of a formula."""
        if candidate not in self._judged:
            rows = self.sample.rows
            sizes = error_sizes(candidate, self.table.x, self.table.sigma)
            left = self._residual(candidate) / (1.0 if sizes is None else sizes)
            chance = structure(self.table.x[rows], left[rows])
            self._judged[candidate] = chance > self.options.search.structure
        return self._judged[candidate]

    def _relevant(self, problem: Problem) -> Problem:
        """The problem in the columns that show an effect, where there are too many to try them all."""
        count = len(problem.columns)
        if count <= self.options.search.most_columns:
            return problem
        self.report("screening", f"{count} columns")
        rows = self.sample.rows
        found = relevant_columns(problem.x[rows], problem.t[rows])
        others = [i for i in range(count) if i not in found]
        names = listed([self.table.features[i].name for i in others], most=12)
        self.notes = (*self.notes, f"no effect beyond chance, alone or with one or two others: {names}")
        return problem.without({i: Fraction(0) for i in others})

    def _solve(self, problem: Problem) -> None:
        """Reduce to few columns where possible; then formulas of a few terms, then networks."""
        parts = self._parts(problem)
        for part in parts:
            if part.x.shape[1] == 1 and not self.done:
                self._match_directly([part])
        if not self.done:
            self._elsewhere.start()  # it takes a while to be ready
        again = [] if problem.dimensions is None else [part.without_units() for part in parts]
        for part in (*parts, *again):  # terms that dimensions allow first, then all
            if not self.options.search.screening:
                self._group(part)
                continue
            rows = self.sample.of(part).rows
            view = View(part, rows, part.weights(self.table), self.library, self.deadline)
            for quick in (True, False):
                if not (self.done or self._plainly_settled):
                    self._screen(view, quick=quick)
        single = [part for part in parts if part is not problem and part.x.shape[1] == 1]
        rounds = self.options.search.rounds if self.options.search.networks else 0
        for seed in range(self.options.seed, self.options.seed + rounds):
            for part in (*self._grouped, *parts):
                if not (part in single or self.done or self._settled):
                    self._climb(part, seed=seed)

    def _parts(self, problem: Problem) -> list[Problem]:
        """The problem without columns that are factors or play no part; with the last of them; the whole problem."""
        if problem.x.shape[1] == 1 or not self.options.search.reduction:
            return [problem]
        self.report("separating", "")
        powers = list(separable_powers(problem, self.table, self.sample).items())
        fewer = [problem.without(dict(powers[:k])) for k in (len(powers), len(powers) - 1) if k > 0]
        return [*fewer, problem]

    def _group(self, problem: Problem) -> None:
        """A function of one product of powers, times another: where a network says so."""
        options = self.options.search
        if self.done or not (options.networks and options.reduction):
            return
        self._threads.load_torch()
        if reduced := list(monomial_problems(problem, self.sample.of(problem), seed=self.options.seed)):
            self._grouped.append(reduced[0])
            self._match_directly(reduced)

    def _screen(self, view: View, *, quick: bool) -> None:
        """Formulas of one term, then of a few, by regressions alone."""
        problem = view.problem
        for family in families(view, quick=quick, transforms=in_use(self.options.search, self.library)):
            if self.done:
                return
            self.report("screening", family.name)
            self._judge(family.guesses(problem.t), problem, family.name)
            if family.name == "one term":
                self._group(problem)
                self._denoise(problem)
            if self.noisy and family.harmed and self.smooth is not None and not self.done:
                self._judge(family.guesses(problem.t * self.smooth), problem, family.name)

    def _judge(self, guesses: list[Guess], problem: Problem, name: str) -> None:
        """Bank the guesses with the shortest description, if they come near the shortest so far."""
        laws = [problem.answer(guess.expression) for guess in guesses]
        bits = [self.referee.quick_bits(law) for law in laws]
        for k in np.argsort(bits, kind="stable")[: self.options.search.screened].tolist():
            if self.done or not bits[k] < self._shortest + self.options.search.near:
                return
            self._shortest = min(self._shortest, bits[k])
            read = read_layer(guesses[k], laws[k], problem, self.table, self.sample)
            self.consider(laws[k], read.portrait.name if read else name, reading=read)

    def _denoise(self, problem: Problem) -> None:
        """Values of a network for the table's target, once, and whether they differ from it as by noise."""
        if self.done or self.smooth is not None or not self.options.search.networks:
            return
        trained = min(
            (self._train(problem, p, "y", self.options.seed) for p in surrogates(problem.x.shape[1])),
            key=lambda trained: trained.validation_rmse,
        )
        self.smooth = network_share(trained, self.table)
        self.noisy = self._spread > 0 and 0.02 < trained.validation_rmse / self._spread < 0.4

    def _match_directly(self, problems: list[Problem]) -> None:
        self.report("matching", f"functions of {problems[0].columns[0]}")
        until_late = (problem for problem in problems if not self.late)
        for found in direct_formulas(until_late, self.table, self.sample, self.library, self.options):
            if self.done:
                return
            self.consider(found.expression, f"[1, 1] for {found.target}")

    def _climb(self, problem: Problem, *, seed: int) -> None:
        """Networks from the simplest up; accurate ones are read at once, the best others at the end."""
        unread: list[Trained] = []
        allowed = possible(self.options.search, self.library, problem.t[self.sample.of(problem).rows])
        for proposal, transform in in_order(propose(problem.x.shape[1], len(self.sample.train)), allowed):
            if self.done:
                return
            name = transform.of(problem.target)
            trained = self._train(problem.behind(transform), proposal, name, seed)
            if trained.validation_rmse < self.options.search.accurate * self._spread:
                self._read(trained)
            else:
                unread.append(trained)
        floor = min((trained.validation_rmse for trained in unread), default=0.0)
        level = self.options.search.level * floor
        # networks that fit alike come in the order of trial, simplest first; those that fit less well come after
        unread.sort(key=lambda trained: max(trained.validation_rmse, level))
        for trained in unread[: self.options.search.readings]:
            if self.done or self._settled:
                return
            self._read(trained)

    def _train(self, problem: Problem, proposal: Proposal, label: str, seed: int) -> Trained:
        self._threads.load_torch()
        self.report("training", f"{proposal} for {label}")
        options = replace(self.options, seed=seed)
        named = Label(label, self.noisy, self.deadline)
        trained = train_network(problem, self.table, self.sample, proposal, label=named, options=options)
        self.networks.append(trained)
        return trained

    def _read(self, trained: Trained) -> None:
        """Symbolify a network, and bank the formula with where it came from."""
        from symkan.search.reading import read_network

        self.report("symbolising", trained.name)
        until = time.monotonic() + self.options.search.reading_share * self.options.time_budget
        known = (self.table, self.sample, self.library, self.options)
        reading = read_network(trained, *known, deadline=min(until, self.deadline))
        self.consider(reading.expression, trained.name, reading=reading)

    def consider(self, expression: sympy.Expr, network: str, *, reading: Reading | None = None) -> None:
        """Refit, snap and bank a formula for the table's target."""
        self.report("refitting", network)
        left = max(0.0, self.deadline - time.monotonic())
        trail = self.referee.trail(expression, network, reading=reading, seconds=left)
        if trail is not None:
            self.bank.add(trail)
            logger.debug("%s: %s", network, trail.candidate.expression)

    def _simplify(self) -> None:
        """Look longer for a short form of the answer."""
        best = self.bank.best
        seconds = min(self.options.search.simplify_seconds, self.deadline - time.monotonic())
        if best is None or best.candidate.splines or seconds <= 0:
            return
        self.report("simplifying", best.candidate.network)
        simpler = self.referee.simplified(best, seconds=seconds, elsewhere=self._elsewhere)
        if simpler is not None:
            self.bank.add(simpler)

    def report(self, stage: str, network: str) -> None:
        """Tell the watcher where the search stands."""
        if self.watch is None:
            return
        best, now = self.bank.best and self.bank.best.candidate, time.monotonic()
        formula, loss = (best.expression, best.validation_rmse) if best else (None, math.nan)
        left = max(0.0, self.deadline - now)
        self.watch(Progress(stage, network, formula, loss, now - self.started, left))

    def networks_by_loss(self) -> list[Trained]:
        """Trained networks, best on the validation rows first."""
        return sorted(self.networks, key=lambda trained: trained.validation_rmse)

    def fallback(self) -> Trail:
        """The mean of the target: the answer where no time was left for any."""
        import sympy

        mean = sympy.Float(float(np.mean(self.table.y[self.sample.rows])))
        trail = self.referee.trail(mean, "constant", seconds=0.0)
        assert trail is not None
        self.bank.add(trail)
        return trail

    def _residual(self, candidate: Candidate) -> Array:
        return self.table.y - evaluate(candidate, self.table.x)

    @property
    def _spread(self) -> float:
        return float(np.std(self.table.y[self.sample.train]))
