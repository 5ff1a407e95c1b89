"""Random chains of rules, and what one packet meets in them line by line. Shares no code with what it judges."""

from __future__ import annotations

from hypothesis import strategies as st

from leadglass.network.headers import PROTOCOLS, Box, Packet, headers
from leadglass.network.intervals import Intervals, of
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State

PLACE = Place("rules", 1)
LARGE = 15  # addresses and ports 0 to 15 tell everything apart
FIELD = st.lists(st.tuples(st.integers(0, LARGE), st.integers(0, LARGE)), min_size=1, max_size=2).map(of).filter(bool)
ANY = st.just(Intervals(((0, LARGE),)))
EVERYWHERE = headers(of([(0, LARGE)]), of([(0, LARGE)]), PROTOCOLS, of([(0, LARGE)]), of([(0, LARGE)]))
PACKETS = st.builds(
    Packet,
    st.integers(0, LARGE),
    st.integers(0, LARGE),
    st.sampled_from([6, 17]),
    st.integers(0, LARGE),
    st.integers(0, LARGE),
)


@st.composite
def rules(draw: st.DrawFn, targets: tuple[str, ...] = (), *, sure: bool = False) -> Rule:
    box = Box(
        draw(FIELD | ANY),
        draw(FIELD | ANY),
        draw(st.sampled_from([PROTOCOLS, of([(6, 6)])])),
        draw(FIELD | ANY),
        draw(FIELD | ANY),
    )
    plain = [
        Action.PERMIT,
        Action.DENY,
        Action.PASS,
        *([] if not targets else [Action.JUMP, Action.GOTO, Action.RETURN]),
    ]
    action = draw(st.sampled_from(plain if sure else [*plain, Action.UNKNOWN]))
    must = (box,) if sure or draw(st.booleans()) else ()
    target = draw(st.sampled_from(targets)) if action in {Action.JUMP, Action.GOTO} else ""
    ingress = draw(st.sampled_from([None, frozenset({"a"}), frozenset({"b"})]))
    return Rule(
        PLACE,
        action,
        (box,),
        must,
        target,
        ingress,
        states=draw(st.sampled_from([None, frozenset({State.ESTABLISHED})])),
    )


@st.composite
def chains(draw: st.DrawFn, *, sure: bool = False) -> Chains:
    inner = Chain("inner", tuple(draw(st.lists(rules(sure=sure), max_size=4))), Action.RETURN, PLACE)
    middle_rules = draw(st.lists(rules(("inner",), sure=sure), max_size=4))
    middle = Chain("middle", tuple(middle_rules), Action.RETURN, PLACE)
    entry_rules = draw(
        st.lists(
            rules(("inner", "middle"), sure=sure).filter(lambda rule: rule.action is not Action.RETURN), max_size=6
        )
    )
    default = draw(st.sampled_from([Action.PERMIT, Action.DENY]))
    return Chains(Chain("entry", tuple(entry_rules), default, PLACE), {"inner": inner, "middle": middle})


def decided(found: Chains, packet: Packet, ingress: str, guesses: dict[int, Action | None]) -> Action:
    """What one packet meets, where ``guesses`` says by rule what becomes of what is not known (None: no match)."""
    outcome = _chain(found, found.entry, packet, ingress, guesses)
    return outcome if outcome in {Action.PERMIT, Action.DENY} else found.entry.default


def _chain(
    found: Chains, chain: Chain, packet: Packet, ingress: str, guesses: dict[int, Action | None]
) -> Action | None:
    for rule in chain.rules:
        if rule.ingress is not None and ingress not in rule.ingress:
            continue
        if rule.states is not None and State.NEW not in rule.states:
            continue
        if not any(_holds(box, packet) for box in rule.may):
            continue
        guess = guesses.get(id(rule))
        if not any(_holds(box, packet) for box in rule.must) and guess is None:
            continue
        action = rule.action if rule.action is not Action.UNKNOWN else guess
        if action in {Action.PERMIT, Action.DENY}:
            return action
        if action is Action.RETURN:
            return None
        if action in {Action.JUMP, Action.GOTO}:
            inner = _chain(found, found.others[rule.target], packet, ingress, guesses)
            if inner is not None or action is Action.GOTO:
                return inner
    return None


def _holds(box: Box, packet: Packet) -> bool:
    return all(
        any(low <= number <= high for low, high in field.spans) for field, number in zip(box, packet, strict=True)
    )
