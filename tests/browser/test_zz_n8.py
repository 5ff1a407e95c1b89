from tests.browser.test_network import signed_up, window
from tests.browser.watched import Watched
from datetime import datetime,UTC
from leadglass.config import load
from leadglass.store.appstate.engine import open_appstate
from leadglass.demo import network as demo
from tests.console.assessed import answer
def test_shots(signed_up, browser):
    from tests.browser.test_console import sign_in
    configuration = load(signed_up.data / "leadglass.toml")
    engine = open_appstate(configuration.application_state)
    demo.describe(engine, datetime.now(UTC)); answer(engine,"firewall-ris","yes")
    engine.dispose()
    w=Watched(browser,signed_up.origin,script=True); sign_in(w)
    for i,a in enumerate(["/network","/network/picture","/network/gaps/wards--servers--dicom","/network/matrix","/network/controls","/network/zones","/assess/contradictions","/network/files"]):
        w.visit(a); w.page.screenshot(path=f"/tmp/n8/shot{i}.png",full_page=False)
