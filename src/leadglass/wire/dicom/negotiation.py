"""Association negotiation of a relay: what is proposed upstream, checked, and answered. Never decides what is kept.

Three PDUs pass: the caller's A-ASSOCIATE-RQ becomes ours upstream (`propose`), the archive's A-ASSOCIATE-AC is checked
against it (`check_answer`) and becomes ours to the caller (`answer`). Whatever is not named here passes byte for byte.
"""

from __future__ import annotations

from leadglass.wire.dicom.associate import AssociateAC, AssociateRQ
from leadglass.wire.dicom.header import ASSOCIATE_AC, ASSOCIATE_RQ, encode_pdu
from leadglass.wire.dicom.presentation import (
    ACCEPTANCE,
    NO_REASON,
    USER_REJECTION,
    PresentationContext,
    encode_result,
)
from leadglass.wire.dicom.uids import IMPLICIT_VR_LITTLE_ENDIAN
from leadglass.wire.dicom.user_information import encode_user_information

_SYNCHRONOUS = (1, 1)  # an absent window (PS3.7 D.3.3.3)


def propose(
    rq: AssociateRQ, keep: frozenset[int], max_length: int, called: bytes | None = None, calling: bytes | None = None
) -> bytes:
    """The A-ASSOCIATE-RQ sent upstream.

    Role, extended and common extended items of SOP classes no longer proposed are left out; all else, user identity
    included, stays as it is. Items that came in an odd order leave in the standard's.

    Args:
        rq: what the caller proposed.
        keep: ids of the contexts that are permitted.
        max_length: bytes we take in a P-DATA-TF from upstream.
        called: 16-byte title field instead of the caller's.
        calling: likewise.

    Raises:
        ValueError: a title field is not 16 bytes.
    """
    contexts = [context for context in rq.contexts if context.id in keep]
    sop_classes = {context.abstract_syntax for context in contexts}
    fixed = rq.fixed
    if called is not None or calling is not None:
        fixed = _titled(fixed, rq.called if called is None else called, rq.calling if calling is None else calling)
    parts = [fixed, rq.application_item]
    parts += [context.raw for context in contexts]
    parts.append(encode_user_information(max_length, rq.user_information.sub_items, sop_classes))
    parts += rq.unknown_items
    return encode_pdu(ASSOCIATE_RQ, b"".join(parts))


def _titled(fixed: bytes, called: bytes, calling: bytes) -> bytes:
    if len(called) != 16 or len(calling) != 16:
        raise ValueError("an AE title field has 16 bytes")
    return fixed[:4] + called + calling + fixed[36:]


def check_answer(rq: AssociateRQ, keep: frozenset[int], ac: AssociateAC) -> str:
    """Empty, or the finding when upstream accepts what was not proposed to it.

    Returns:
        "", "context-not-proposed", "transfer-syntax-not-proposed", "role-not-proposed" or "async-window-exceeded".
    """
    proposed = {context.id: context for context in rq.contexts if context.id in keep}
    for result in ac.contexts:
        if result.result != ACCEPTANCE:
            continue
        context = proposed.get(result.id)
        if context is None:
            return "context-not-proposed"
        if result.transfer_syntax not in context.transfer_syntaxes:
            return "transfer-syntax-not-proposed"
    if ac.user_information.roles and not _roles_proposed(rq, proposed, ac):
        return "role-not-proposed"
    if ac.user_information.asynchronous_window is not None:
        asked = rq.user_information.asynchronous_window or _SYNCHRONOUS
        granted = ac.user_information.asynchronous_window
        if _exceeds(granted[0], asked[0]) or _exceeds(granted[1], asked[1]):
            return "async-window-exceeded"
    return ""


def _roles_proposed(rq: AssociateRQ, proposed: dict[int, PresentationContext], ac: AssociateAC) -> bool:
    """Whether each role granted was proposed; SCU alone is the default and needs no proposal (PS3.7 D.3.3.4)."""
    sop_classes = {context.abstract_syntax for context in proposed.values()}
    scu: set[str] = set()
    scp: set[str] = set()
    silent = sop_classes - {role.sop_class for role in rq.user_information.roles}
    for role in rq.user_information.roles:
        if role.sop_class in sop_classes:
            if role.scu:
                scu.add(role.sop_class)
            if role.scp:
                scp.add(role.sop_class)
    scu |= silent
    return all(
        (not role.scu or role.sop_class in scu) and (not role.scp or role.sop_class in scp)
        for role in ac.user_information.roles
    )


def _exceeds(granted: int, asked: int) -> bool:
    return asked != 0 and (granted == 0 or granted > asked)


def answer(rq: AssociateRQ, ac: AssociateAC, keep: frozenset[int], max_length: int) -> bytes:
    """The A-ASSOCIATE-AC to the caller: one result for each context it proposed, in its order.

    Contexts that were not proposed upstream get result 1, those upstream left unanswered result 2. Title and reserved
    fields echo the caller's (PS3.8 9.3.3).

    Args:
        rq: what the caller proposed.
        ac: upstream's answer, which passed `check_answer`.
        keep: ids that were proposed upstream.
        max_length: bytes we take in a P-DATA-TF from the caller.
    """
    results = {result.id: result.raw for result in ac.contexts if result.id in keep}
    parts = [ac.fixed[:4], rq.fixed[4:], ac.application_item]
    for context in rq.contexts:
        raw = results.get(context.id)
        if raw is None:
            syntax = context.transfer_syntaxes[0] if context.transfer_syntaxes else IMPLICIT_VR_LITTLE_ENDIAN
            raw = encode_result(context.id, NO_REASON if context.id in keep else USER_REJECTION, syntax)
        parts.append(raw)
    parts.append(encode_user_information(max_length, ac.user_information.sub_items))
    parts += ac.unknown_items
    return encode_pdu(ASSOCIATE_AC, b"".join(parts))


def announced(peer_max: int, cap: int) -> int:
    """The maximum length one leg announces: what the other side can take, at most ``cap``; 0 there means the cap."""
    return min(peer_max, cap) if peer_max else cap
