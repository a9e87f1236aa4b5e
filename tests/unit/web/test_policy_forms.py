"""The matrix and the profiles by forms alone: only what was chosen changes, past scores stand beside, and names for ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from guard.policy.observed import Found, Observed, Scored
from tests.unit.policy.installation import DENY, SHIPPED, rules
from tests.unit.serving import URL
from tests.unit.web.console import Console, Visitor, change_id, console

NEW = "/policies/changes/new"
EVIL = "<img src=x onerror=alert(1)>"
LIVE = "cell:employee|generator/*|use"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def ann(place: Console) -> Visitor:
    return await place.visitor("ann", "admin")


async def files(place: Console, change: str) -> dict[str, str]:
    return dict((await place.installation.admin.changes.get(change)).bundle().files)


async def test_the_matrix_shows_the_rules_and_saves_only_what_was_chosen(place: Console, ann: Visitor) -> None:
    view = await ann.get(f"{NEW}/rules")
    values = view.form("Save").values
    assert values[LIVE] == "allow"
    assert values["cell:auditor|generator/*|use"] == ""
    assert "cell:admin|policy|edit" not in values, "a limit is changed as text"
    assert "✓ allow, tenant default" in view.text
    made = await ann.press(view, "Save", title="x", **{LIVE: "deny"})
    line = "p, employee, *, generator/*, use, allow"
    assert await files(place, change_id(made)) == {
        **SHIPPED.files, "rules.csv": rules().replace(line, line.replace("allow", "deny"))
    }  # fmt: skip
    assert "question of the tests fail" in made.text or "questions of the tests fail" in made.text
    again = await ann.get(f"/policies/changes/{change_id(made)}/rules")
    assert again.form("Save").values[LIVE] == "deny"
    await ann.press(again, "Save", **{LIVE: "allow", "cell:auditor|check/*|use": "allow"})
    after = (await files(place, change_id(made)))["rules.csv"]
    assert after == rules().replace(
        "p, auditor, *, reveal, ask, allow\n", "p, auditor, *, reveal, ask, allow\np, auditor, *, check/*, use, allow\n"
    )


async def test_a_right_and_a_role_are_added_and_checked_before_anything_is_kept(place: Console, ann: Visitor) -> None:
    view = await ann.get(f"{NEW}/rules?object=restore")
    view = await ann.press(view, "Add the right", **{"new-object": "generator/secret", "new-act": "use", "title": "t"})
    view = await ann.press(view, "Add the role", **{"new-role": "guest", "new-about": 'Looks "around".'})
    values = view.form("Save").values
    assert values["title"] == "t"
    assert values["cell:guest|generator/secret|use"] == ""
    chosen = {"cell:guest|generator/secret|use": "allow", "cell:employee|generator/secret|use": "deny"}
    checked = await ann.press(view, "Check", **chosen)
    assert "+p, employee, *, generator/secret, use, deny" in checked.text
    assert '+guest = "Looks \\"around\\"."' in checked.text
    assert await place.installation.admin.changes.list() == []
    made = await files(place, change_id(await ann.press(checked, "Save")))
    assert made["roles.toml"] == SHIPPED.files["roles.toml"] + 'guest = "Looks \\"around\\"."\n'
    assert "p, guest, *, generator/secret, use, allow\n" in made["rules.csv"]


async def test_what_is_wrong_is_said_with_its_line_and_what_was_chosen_stays(ann: Visitor) -> None:
    view = await ann.get(f"{NEW}/rules")
    for button, filled, said in (
        ("Add the right", {"new-object": EVIL, "new-act": "use"}, "Give an object"),
        ("Add the role", {"new-role": "Guest", "new-about": "x"}, "lower-case word"),
        ("Add the role", {"new-role": "admin", "new-about": "x"}, "already"),
        ("Save", {}, "Give it a title"),
        ("Save", {"title": "x"}, "Nothing is changed yet"),
        ("Check", {"links": "p, employee, *, restore, use, deny"}, "begins with g"),
    ):
        refused = await ann.press(
            view, button, **(filled | {"cell:auditor|restore|use": "allow"} if button != "Save" else filled)
        )
        assert refused.status == 400, said
        assert said in refused.alert
        assert EVIL not in refused.html
        if button != "Save":
            assert refused.form("Save").values["cell:auditor|restore|use"] == "allow"
    wrong = await ann.press(view, "Check", links="g, admin, auditor")
    assert "a `g` rule has 4 fields" in wrong.text
    assert "g, admin, auditor" in wrong.form("Save").values["links"]


async def test_a_right_that_is_there_already_has_one_row(place: Console, ann: Visitor) -> None:
    view = await ann.get(f"{NEW}/rules")
    view = await ann.press(view, "Add the right", **{"new-object": "restore", "new-act": "use"})
    assert view.html.count('name="cell:auditor|restore|use"') == 1


async def test_inclusions_of_roles_are_text(place: Console, ann: Visitor) -> None:
    made = await ann.press(await ann.get(f"{NEW}/rules"), "Save", title="x", links="g, employee, service, *\n")
    assert (await files(place, change_id(made)))["rules.csv"] == rules("g, employee, service, *\n")


async def test_a_large_policy_comes_in_parts(place: Console, ann: Visitor) -> None:
    rows = "".join(f"p, employee, *, generator/g{number}, use, deny\n" for number in range(3000))
    made = await place.installation.admin.draft(ann.who, {"rules.csv": rules(rows)}, "many")
    path = f"/policies/changes/{made.id}/rules"
    view = await ann.get(path)
    assert len(view.html) < 150_000
    assert "part 1 of" in view.text
    assert "generator/g2999" not in view.html.partition("<datalist")[0]
    found = await ann.get(f"{path}?object=g2999&role=employ")
    assert found.form("Save").values["cell:employee|generator/g2999|use"] == "deny"
    await ann.press(found, "Save", **{"cell:employee|generator/g2999|use": ""})
    assert (await files(place, made.id))["rules.csv"] == rules(
        rows.replace("p, employee, *, generator/g2999, use, deny\n", "")
    )
    for query in ("rows=99999999999", "rows=-1", "rows=²", "role=%00", f"object={EVIL}"):
        assert (await ann.get(f"{path}?{query}")).status == 200


async def test_somebody_elses_revision_is_not_written_over(place: Console, ann: Visitor) -> None:
    made = await place.installation.admin.draft(ann.who, {"rules.csv": rules(DENY)}, "a change")
    path = f"/policies/changes/{made.id}"
    matrix, profile = await ann.get(f"{path}/rules"), await ann.get(f"{path}/profiles/redaction/default")
    await place.installation.admin.revise(ann.who, made.id, {"rules.csv": rules(DENY, "# mine\n")})
    assert (await ann.press(matrix, "Save", **{LIVE: "deny"})).status == 409
    assert (await ann.press(profile, "Save", **{"type:PERSON": "clear"})).status == 409


async def test_thresholds_stand_beside_the_scores_that_answers_had(place: Console, ann: Visitor) -> None:
    seen(place)
    read = await ann.get("/policies/profiles/moderation/default")
    assert "2 of 10" in read.text, "standard is 0.5"
    asked = await ann.get(f"{NEW}/profiles/moderation/default?toxicity=0.7")
    assert "1 of 10 at 0.7" in asked.text
    view = await ann.press(
        await ann.get(f"{NEW}/profiles/moderation/default"), "Count", **{"at:toxicity.standard": "0.2"}
    )
    assert "10 of 10 at 0.2" in view.text
    assert view.form("Save").values["at:toxicity.standard"] == "0.2"
    made = await ann.press(view, "Save", title="stricter")
    after = await files(place, change_id(made))
    assert after == {
        **SHIPPED.files, "thresholds.toml": SHIPPED.files["thresholds.toml"].replace("standard = 0.5", "standard = 0.2")
    }  # fmt: skip
    assert "tests/scenarios.toml" in made.text, "a test watches over the number"
    picture = await ann.client.get("/policies/scores.svg?category=toxicity&part=answer&profile=default&at=0.5&at=x")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.text.count("<rect") == 40
    for wrong in ("0", "1.5", "nan", "1e9", EVIL):
        refused = await ann.press(view, "Check", **{"at:toxicity.standard": wrong})
        assert refused.status == 400
        assert "over 0 and up to 1" in refused.alert
        assert refused.form("Save").values["at:toxicity.standard"] == wrong
        assert EVIL not in refused.html
    assert (await ann.get(f"{NEW}/profiles/moderation/default?toxicity=x")).status == 400


async def test_another_level_changes_one_profile(place: Console, ann: Visitor) -> None:
    view = await ann.get(f"{NEW}/profiles/moderation/default")
    chosen = {"level:withhold:toxicity": "strict", "level:prompt:toxicity": "prompt", "level:flag:bias": ""}
    after = await files(place, change_id(await ann.press(view, "Save", title="x", **chosen)))
    before = SHIPPED.files["moderation/default.toml"]
    expected = before.replace('[withhold]\ntoxicity = "standard"', '[withhold]\ntoxicity = "strict"')
    expected = expected.replace('bias = "flag"\n', "") + '\n[prompt]\ntoxicity = "prompt"\n'
    assert after == {**SHIPPED.files, "moderation/default.toml": expected}


async def test_types_are_cleared_and_brought_back_with_their_group_beside(place: Console, ann: Visitor) -> None:
    seen(place)
    view = await ann.get(f"{NEW}/profiles/redaction/default")
    assert "3 chats" in view.text
    made = await ann.press(view, "Save", title="x", **{"type:PERSON": "clear", "type:AGE": "redact"})
    text = (await files(place, change_id(made)))["redaction/default.toml"]
    assert text.startswith("".join(SHIPPED.files["redaction/default.toml"].partition("lost.\n")[0][:60]))
    found = (await place.installation.admin.changes.get(change_id(made))).bundle().redaction["default"].actions
    before = SHIPPED.redaction["default"].actions
    assert found == {**before, "PERSON": "clear", "AGE": "redact"}


async def test_who_may_not_edit_reads_profiles_and_nobody_else_does(place: Console) -> None:
    audrey, emma = await place.visitor("audrey", "auditor"), await place.visitor("emma", "employee")
    foreign = await place.visitor("fay", "admin", tenant="acme")
    for path in ("/policies/profiles", "/policies/profiles/moderation/default", "/policies/profiles/redaction/all"):
        assert (await audrey.get(path)).status == 200
        assert (await emma.get(path)).status == 403
    for path in ("/rules", "/profiles", "/profiles/moderation/default"):
        for who in (audrey, emma, foreign):
            assert (await who.get(NEW + path)).status == 403
            answer = await who.client.post(NEW + path, data={"do": "save", "title": "x"})
            assert answer.status_code in (403, 405, 404)
    for path in ("/policies/profiles/moderation/x", "/policies/profiles/limits/default", f"{NEW}/profiles/x/default"):
        assert (await (await place.visitor("ann" + path[-9:].replace("/", ""), "admin")).get(path)).status == 404


async def test_people_have_names_in_their_own_tenant_alone(place: Console, ann: Visitor) -> None:
    made = await place.installation.admin.draft(ann.who, {"rules.csv": rules(DENY)}, "a change")
    assert f'<span title="{ann.who.id}">ann</span>' in (await ann.get("/policies")).html
    assert f'title="{ann.who.id}">ann</span> (you)' in (await ann.get(f"/policies/changes/{made.id}")).html
    foreign = await place.visitor("fay", "admin", tenant="acme")
    view = await foreign.get(f"/policies/changes/{made.id}")
    assert ann.who.id in view.html
    assert "ann<" not in view.html


async def test_an_address_asks_the_question(place: Console, ann: Visitor) -> None:
    view = await ann.get("/policies?roles=auditor&object=scenario/default&act=use")
    assert "✗ denied for auditor in default: scenario/default , use" in view.text
    named = await ann.press(view, "Ask", roles="", user="ann", act="use", object="restore")
    assert "✓ allowed for ann (admin) in default: restore , use" in named.text


async def test_a_form_that_is_refused_before_any_route_is_answered_with_a_page(place: Console, ann: Visitor) -> None:
    page = {"accept": "text/html,*/*"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(place.app), base_url=URL) as client:
        for headers, status in (({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-origin"}, 413)):
            body = {"text": "x" * (5_000_000 if status == 413 else 1)}
            answer = await client.post("/policies", data=body, headers=headers | page)
            assert (answer.status_code, answer.headers["content-type"][:9]) == (status, "text/html")
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            for path, more in (("/policies", {}), ("/api/policies/check", page), ("/v1/chat/completions", page)):
                answer = await client.post(path, data=body, headers=headers | more)
                assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")


def seen(place: Console) -> None:
    """Ten answers and a few names, as the log would have them."""
    scores = Counter({250: 8, 500: 1, 700: 1})
    found = Observed(0, 10, {Scored("default", "answer", "toxicity"): scores}, {("default", "PERSON"): Found(3, 5)})

    async def observed() -> Observed:
        return found

    policies = place.services.policies
    object.__setattr__(policies, "observed", observed)


async def test_the_page_of_a_profile_says_what_types_become_and_keeps_the_table(place: Console, ann: Visitor) -> None:
    file, table = "redaction/default.toml", '\n[operators]\nCREDIT_CARD = { operator = "mask", keep = 4 }\n'
    text = SHIPPED.files[file] + table
    change = (await place.installation.admin.draft(ann.who, {file: text}, "x")).id
    view = await ann.get(f"/policies/changes/{change}/profiles/redaction/default")
    row = view.answer.text.partition("<code>CREDIT_CARD</code>")[2].partition("</tr>")[0]
    assert "mask" in row
    assert "keeps 4" in row
    await ann.press(view, "Save", **{"type:URL": "block"})
    after = (await files(place, change))[file]
    assert after.endswith(table)
    assert '"URL"' in after
