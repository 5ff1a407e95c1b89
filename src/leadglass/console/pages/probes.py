"""/metrics and /healthz for machines: open to everyone, so without patients, AE titles or addresses."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

from leadglass.console.page import Page, Visit
from leadglass.health import healthy, problems
from leadglass.metrics import metrics_text


def metrics(visit: Visit) -> Response:
    """Prometheus text; 503 while the registrar is silent."""
    status = visit.console.live.look().status
    if status is None:
        return PlainTextResponse("# the registrar does not answer\n", 503)
    return PlainTextResponse(metrics_text(status), media_type="text/plain; version=0.0.4; charset=utf-8")


def health(visit: Visit) -> Response:
    """200 when all is well, otherwise 503, with the reasons; what is only worth knowing is left out."""
    status = visit.console.live.look().status
    if status is None:
        silent = {"code": "registrar-silent", "severity": "critical", "text": "the registrar does not answer"}
        return JSONResponse({"healthy": False, "problems": [silent]}, 503)
    found = problems(status, visit.console.clock())
    reasons = [
        {"code": problem.code, "severity": problem.severity, "text": problem.text, "hint": problem.hint}
        for problem in found
        if problem.severity != "info"
    ]
    fault = visit.console.feed_fault()
    if fault:
        reasons.append(
            {"code": "console-behind", "severity": "warning", "text": fault, "hint": "see the console's log"}
        )
    well = healthy(found) and not fault
    return JSONResponse({"healthy": well, "problems": reasons}, 200 if well else 503)


PAGES = (Page("/metrics", None, get=metrics), Page("/healthz", None, get=health))
