"""The ICP builder without a front end, on a real client."""

from __future__ import annotations

import base64
import json
import re

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.client.faces import OrderDefaults
from openprospect_nb.widgets import ICPBuilder
from openprospect_nb.widgets.builder.model import Phase


@pytest.fixture
def quick(sandbox):
    """Profiles and orders move by themselves."""
    sandbox.control.settings(step_seconds=0.05)


@pytest.fixture
def builder(client, icp):
    """A form that starts with a profile without problems."""
    made = ICPBuilder(client, icp)
    yield made
    made.close()


def fields(builder):
    """Return the fields that have problems."""
    return {problem.field for problem in builder.problems}


def test_an_empty_form_names_every_required_field(client):
    """The problems are the API's own, each at its field, and a click on place opens no summary."""
    builder = ICPBuilder(client)
    assert fields(builder) == {"profile_name", "ideal_customer_profile", "seller_offering", "target_countries"}
    assert "Required." in builder._profile.notes["seller_offering"].value
    builder._place.click()
    assert builder.checkout.phase is Phase.EDITING
    assert "4 problems to solve" in builder._said.value
    builder.close()


def test_fields_and_profile_are_one(builder):
    """What is typed is in ``icp``, what is set on the draft is in the field; counters and names follow."""
    builder._profile.controls["profile_name"].value = "Other"
    builder._profile.controls["target_countries"].text.value = "DE, Austria"
    assert builder.icp.profile_name == "Other"
    assert builder.icp.target_countries == ("Germany", "DE", "Austria")
    assert "5 / 500 characters" in builder._profile.notes["profile_name"].value
    assert "Germany (DE), Austria (AT)" in builder._profile.notes["target_countries"].value
    builder.draft.icp = op.ICP(profile_name="Third")
    assert builder._profile.controls["profile_name"].value == "Third"


def test_a_chip_is_a_button_that_removes_itself(builder):
    """A click on a chip takes the text out, and what is typed twice is listed once."""
    chips = builder._profile.controls["target_cities"]
    chips.text.value = "Ulm, Bonn, Ulm"
    assert builder.icp.target_cities == ("Ulm", "Bonn")
    assert chips.text.value == ""
    chips._buttons.children[0].click()
    assert builder.icp.target_cities == ("Bonn",)


def test_problems_and_advice_move_with_the_text(builder):
    """A mistyped country gets a suggestion, a vague text gets advice, and neither is a problem elsewhere."""
    builder._profile.controls["target_countries"].value = ("Germny",)
    assert "Did you mean Germany" in builder._profile.notes["target_countries"].value
    builder._profile.controls["ideal_customer_profile"].value = "innovative companies"
    assert "fits any company" in builder._profile.notes["ideal_customer_profile"].value
    assert "Germny" not in builder._profile.notes["ideal_customer_profile"].value
    assert fields(builder) == set()


def test_two_clicks_place_one_order(builder, client, quick, until):
    """Nothing is sent before the confirmation; two confirmations make one order, and the button is spent."""
    before = client.traffic.sent
    builder._place.click()
    assert builder.checkout.phase is Phase.REVIEW
    assert "25 companies" in builder._summary.value
    assert client.traffic.sent == before
    builder._confirm_button.click()
    builder._confirm_button.click()
    until(lambda: builder.order is not None)
    builder._confirm_button.click()
    builder._place.click()
    assert builder._place.disabled
    assert client.orders.list().height == 1
    assert builder.order.wait(progress=False).status == "COMPLETED"


def test_a_lost_answer_is_tried_again_under_the_same_key(builder, client, sandbox, quick, until):
    """When every answer to the purchase is lost, trying again finds the one order the server made."""
    sandbox.control.fault(method="POST", path_prefix="/orders", drop=True, times=20)
    builder.checkout.review()
    builder.checkout.confirm()
    until(lambda: builder.checkout.phase is Phase.FAILED)
    assert builder._confirm_button.description == "Try this same order again"
    sandbox.control.clear_faults()
    builder.checkout.cancel()
    builder.checkout.review()
    builder.checkout.confirm()
    until(lambda: builder.checkout.phase in {Phase.PLACED, Phase.FAILED} and builder.order is not None)
    assert client.orders.list().height == 1


def test_a_cell_run_again_does_not_buy_again_unasked(builder, client, icp, quick, until):
    """An equal order from a second form is refused with the first one's id, until buying again is ticked."""
    builder.checkout.review(), builder.checkout.confirm()
    until(lambda: builder.order is not None)
    second = ICPBuilder(client, icp)
    second.checkout.review(), second.checkout.confirm()
    until(lambda: second.checkout.phase is Phase.FAILED)
    assert second.checkout.twin
    assert builder.order.order_id in second.message
    assert "Nothing new was ordered" in second.message
    assert client.orders.list().height == 1
    second._again.value = True
    second._confirm_button.click()
    until(lambda: second.order is not None)
    assert client.orders.list().height == 2
    second.close()


def test_a_refused_key_is_shown_and_the_form_lives_on(sandbox, tmp_path, icp, until):
    """A key without the scope gets the server's words in the widget."""
    home = tmp_path / "other"
    with op.connect(sandbox=sandbox, home=home, poll_interval=0.05) as client:
        sandbox.control.fault(status=403, times=10)
        builder = ICPBuilder(client, icp)
        builder.checkout.review(), builder.checkout.confirm()
        until(lambda: builder.checkout.phase is Phase.FAILED)
        assert 'role="alert"' in builder._said.value
        assert not builder.order
        builder.close()


def test_a_changed_form_closes_the_summary(builder):
    """A summary never describes something else than what would be ordered."""
    builder.checkout.review()
    builder._options.quantity.value = 50
    assert builder.checkout.phase is Phase.EDITING
    assert builder._confirmation.layout.display == "none"


def test_request_and_code_say_the_same(builder):
    """The JSON is what would be sent, the code makes an equal profile."""
    builder.draft.title, builder.draft.budget = "Spring", 100.0
    builder._show_code.value = True
    assert "POST /search-profile-creations" in builder._code.value
    first, second = builder.draft.plan.requests
    assert first.body == builder.icp.body()
    assert second.body["briefing_quantity"] == 25
    made = {}
    profile_code = (
        builder.draft.code().split("client = ")[0] + builder.draft.code().split("connect()")[1].split("order = ")[0]
    )
    exec(profile_code, made)  # noqa: S102 - our own code is the thing under test
    assert made["icp"] == builder.icp
    assert "budget=100.0" in builder.draft.code()
    assert json.dumps(second.body)


def test_price_and_budget_are_shown_and_kept(builder):
    """25 companies at 1.50 cost 37.50; a smaller budget is a problem."""
    assert "37.50" in builder._price.value
    builder._options.budget.value = "30"
    assert fields(builder) == {"budget"}
    builder._options.budget.value = "many"
    assert fields(builder) == {"budget"}


def test_a_list_is_mapped_checked_and_ordered(client, quick, until):
    """Columns are guessed and can be changed; rows without a name stay out and are told; the rest is ordered."""
    frame = pl.DataFrame({"Firma": ["Invented A", None, "Invented B"], "Ort": ["Ulm", "Bonn", "<b>Kiel</b>"]})
    builder = ICPBuilder(client, companies=frame)
    panel = builder._companies
    assert (panel.columns["company_name"].value, panel.columns["city"].value) == ("Firma", "Ort")
    assert builder.companies["company_name"].to_list() == ["Invented A", "Invented B"]
    assert "1 cannot" in panel._said.value
    assert "company_name: is required" in panel._shown.value
    assert "<b>Kiel" not in panel._shown.value
    assert builder.problems == []
    panel.columns["city"].value = "(not sent)"
    assert builder.companies.columns == ["company_name"]
    builder.checkout.review(), builder.checkout.confirm()
    until(lambda: builder.order is not None)
    assert builder.order.wait(progress=False).results().companies.height == 2
    builder.close()


def test_an_upload_that_is_no_table_is_an_alert(client):
    """A file of another kind is refused in the widget; a CSV is taken."""
    builder = ICPBuilder(client)
    panel = builder._companies
    panel._take_file({"new": ({"name": "a.pdf", "content": memoryview(b"x")},)})
    assert "cannot be read" in panel._said.value
    panel._take_file({"new": ({"name": "a.xlsx", "content": memoryview(b"no workbook")},)})
    assert "a.xlsx cannot be read" in panel._said.value
    panel._take_file({"new": ({"name": "a.csv", "content": memoryview(b"name;ort\nInvented;Ulm\n")},)})
    assert builder.companies.rows() == [("Invented", "Ulm")]
    builder.close()


def test_profiles_are_saved_loaded_and_found_again(builder, client, tmp_path):
    """A saved file loads, also in another form, and stands among the recent ones."""
    saved = builder._saved
    saved.path.value = str(tmp_path / "mine.json")
    saved._try(saved._save)
    other = ICPBuilder(client)
    assert other._saved.recent.options[1][0] == "Machine builders"
    other._saved.recent.value = other._saved.recent.options[1][1]
    assert other.icp == builder.icp
    other._saved.path.value = str(tmp_path / "none.json")
    other._saved._try(other._saved._load)
    assert "cannot be read" in other._said.value
    other.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [("~nobody-of-this-name/a.json", "home directory"), ("\0", "null byte"), ("odd.json", "expected a unicode string")],
)
def test_a_file_that_cannot_be_is_a_message(builder, tmp_path, monkeypatch, path, words):
    """A path or a content that no file should have is told in the form, which stays as it was."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.json").write_text('{"seller_offering": "other", "profile_name": 7}')
    saved, before = builder._saved, builder.icp
    saved.path.value = path
    saved._try(saved._load)
    assert words in builder.message
    assert builder.icp == before


def test_markup_in_fields_is_text_in_the_picture(builder):
    """A profile with markup is escaped wherever it is shown as HTML."""
    builder.draft.ideal_customer_profile = "<script>alert(1)</script>"
    builder._show_code.value = True
    for html in (builder.picture(), builder._code.value, builder._repr_mimebundle_()["text/html"]):
        assert "<script" not in html


def test_price_and_budget_follow_the_rule_of_the_order_itself(sandbox, tmp_path, icp, until):
    """Without a price of one's own, both reckon with what earlier orders cost: refused here means refused there."""
    sandbox.control.settings(step_seconds=0.02)
    with op.connect(sandbox=sandbox, home=tmp_path / "priced", poll_interval=0.05) as client:
        client.orders.enrich([{"company_name": "Invented"}], title="first").wait(progress=False)
        each = client.orders.defaults().price_each
        builder = ICPBuilder(client, icp)
        until(lambda: builder.draft.price == 25 * each)
        assert "at what earlier orders cost" in builder._price.value
        builder.draft.budget = 25 * each - 1
        assert fields(builder) == {"budget"}
        with pytest.raises(op.errors.ValidationError, match="budget"):
            client.orders.discover(icp, 25, budget=25 * each - 1)
        builder.draft.budget = 25 * each
        assert builder.problems == []
        builder.close()


def test_learning_the_price_leaves_a_placed_order_placed(builder, quick, until):
    """The price may arrive late; it opens no summary again and frees no spent button."""
    builder.checkout.review(), builder.checkout.confirm()
    until(lambda: builder.order is not None)
    builder.draft.usual = OrderDefaults(price_each=2.0)
    assert "50.00" in builder._price.value
    assert builder._place.disabled


def test_refused_rows_cannot_run_as_formulas(client):
    """The file of rows that cannot be sent holds no cell that a spreadsheet would run."""
    frame = pl.DataFrame({"company_name": [None, None], "city": ["=1+1", "Ulm"]})
    builder = ICPBuilder(client, companies=frame)
    link = re.search('base64,([^"]+)', builder._companies._shown.value)
    assert pl.read_csv(base64.b64decode(link[1]))["city"].to_list() == ["'=1+1", "Ulm"]
    builder.close()
