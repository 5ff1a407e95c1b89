"""Gives up every right a child does not need, before its first line of work. Says what is in force, never more."""

from __future__ import annotations

import os
import resource
import signal

from leadglass.supervise import landlock, seccomp
from leadglass.supervise.prctl import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    drop_capabilities,
    prctl,
)
from leadglass.supervise.profiles import Profile

NOT_COVERED = "UDP and name lookups are not restricted"


def confine(profile: Profile, parent: int = 0) -> tuple[str, ...]:
    """Apply ``profile`` to this process for good. Call before any thread is started.

    Args:
        profile: what remains.
        parent: process id of the supervisor: this process is killed when it dies, so that its successor finds ports and
            journals free (nothing acknowledged is lost by that). 0 leaves that out.

    Returns:
        The restrictions in force, in words; those this kernel cannot give are named as missing.

    Raises:
        OSError: a restriction this kernel has was refused: the child must not work unconfined.
    """
    words = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = profile.descriptors if hard == resource.RLIM_INFINITY else min(profile.descriptors, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    bounding = drop_capabilities(profile.capabilities)
    kept = "all but CAP_NET_BIND_SERVICE" if profile.capabilities else "all"
    words.append(f"capabilities: {kept} dropped" + ("" if bounding else " (bounding set stays, without effect)"))
    prctl(PR_SET_DUMPABLE, 0)
    words.append(f"no new privileges, no core dumps, not readable by other processes, {descriptors} descriptors")
    if parent:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            raise OSError("the supervisor is gone")
    words.extend(_landlock(profile))
    words.extend(_seccomp(profile))
    return tuple(words)


def _landlock(profile: Profile) -> list[str]:
    applied = landlock.restrict(profile.rights)
    if not applied:
        return ["NOT IN FORCE: this kernel has no Landlock, files and ports are not restricted"]
    words = [f"Landlock {applied}: {profile.words[0]}, starts no program"]
    if applied >= 4:
        words.extend(f"Landlock {applied}: {text}" for text in profile.words[1:])
    else:
        words.append("NOT IN FORCE: this kernel's Landlock does not restrict TCP ports")
    return words


def _seccomp(profile: Profile) -> list[str]:
    try:
        if not seccomp.restrict(profile.families):
            return ["NOT IN FORCE: no system call filter for this machine"]
    except OSError as error:
        return [f"NOT IN FORCE: system call filter refused ({error.strerror})"]
    if profile.families == (seccomp.AF_UNIX,):
        return ["system call filter: no sockets but Unix ones, no exec, no ptrace, no mount, no io_uring"]
    return [
        "system call filter: no exec, no ptrace, no mount, no io_uring, no socket families but IP and Unix",
        NOT_COVERED,
    ]
