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
from openprospect_nb.widgets.builder.model import OTHER_PURPOSE, Phase
from openprospect_nb.widgets.builder.saved_icps import ProfileShelf


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


def want(builder, act, value=None, name=None, content=None):
    """Send an intent as the page does."""
    builder._wanted({"act": act, "value": value, "name": name}, [] if content is None else [memoryview(content)])


def form(builder):
    """Return the HTML of the form."""
    return builder.pane.regions["main"]


def side(builder):
    """Return the HTML of what stands beside the form."""
    return builder.pane.regions["side"]


def focused(builder):
    """Take down which fields get the cursor from now on."""
    asked = []
    builder.pane.send = lambda content, *_: asked.append(content.get("focus"))
    return asked


def fields(builder):
    """Return the fields that have problems."""
    return {problem.field for problem in builder.problems}


def test_an_empty_form_names_every_required_field(client):
    """The problems are the API's own, each a way to its field, and a click on order opens no summary."""
    builder = ICPBuilder(client)
    assert fields(builder) == {"profile_name", "ideal_customer_profile", "seller_offering", "target_countries"}
    assert 'data-jump="seller_offering"' in side(builder)
    want(builder, "review")
    assert builder.checkout.phase is Phase.EDITING
    assert "4 problems to solve" in builder.message
    builder.close()


def test_placing_an_empty_form_points_at_what_is_missing(client):
    """After the click an empty field is a problem, coloured as one, and the first of them gets the cursor."""
    builder = ICPBuilder(client)
    asked = focused(builder)
    assert "op-wrong" not in form(builder)
    want(builder, "review")
    assert "op-wrong" in form(builder)
    assert asked[-1] == "profile_name"
    builder.close()


def test_what_an_order_is_for_decides_what_is_ordered(builder):
    """A new form orders what a campaign needs; each purpose sets its features, and other features are no purpose."""
    assert builder.draft.purpose == "E-mail campaign"
    assert "EMAIL_DISCOVERY" in builder.draft.options["features"]
    want(builder, "field", "Market map", "purpose")
    assert builder.draft.features == ("COMPANY_DATA", "ANALYSIS")
    want(builder, "field", True, "feature-TECHNOLOGIES")
    assert builder.draft.purpose == OTHER_PURPOSE
    assert OTHER_PURPOSE in form(builder)
    want(builder, "field", "Calls", "purpose")
    assert builder.draft.features == ("COMPANY_DATA", "CONTACTS", "ANALYSIS")


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        ("E-mail campaign", ""),
        ("Calls", "nobody in this order can be mailed"),
        ("Market map", "nobody of these companies can be written to or called"),
    ],
)
def test_an_order_that_cannot_be_mailed_says_so(builder, purpose, words):
    """Beside the form and in the summary that is confirmed."""
    want(builder, "field", purpose, "purpose")
    before = side(builder)
    want(builder, "review")
    assert "You are about to order" in side(builder)
    assert all((words in place) is True for place in (before, side(builder))) if words else "Note" not in side(builder)


def test_fields_and_profile_are_one(builder):
    """What is typed is in ``icp``, what is set on the draft is in the field."""
    want(builder, "field", "Other", "profile_name")
    want(builder, "chip", "DE, austria", "target_countries")
    assert builder.icp.profile_name == "Other"
    assert builder.icp.target_countries == ("Germany", "Austria")
    builder.draft.icp = op.ICP(profile_name="Third")
    assert 'value="Third"' in form(builder)


def test_a_chip_is_a_button_that_removes_itself(builder):
    """A click on a chip takes the text out, and what is typed twice is listed once."""
    want(builder, "chip", "Ulm, Bonn, Ulm", "target_cities")
    assert builder.icp.target_cities == ("Ulm", "Bonn")
    assert 'aria-label="Remove Ulm"' in form(builder)
    want(builder, "unchip", "Ulm", "target_cities")
    assert builder.icp.target_cities == ("Bonn",)


def test_problems_and_advice_move_with_the_text(builder):
    """A mistyped country gets a suggestion, a vague text gets advice, and neither is a problem."""
    builder.draft.target_countries = ("Germny",)
    assert "Did you mean Germany" in side(builder)
    want(builder, "field", "innovative companies", "ideal_customer_profile")
    assert "fits any company" in side(builder)
    assert fields(builder) == set()


def test_two_clicks_place_one_order(builder, client, quick, until):
    """Nothing is sent before the confirmation; two confirmations make one order, and the button is spent."""
    before = client.traffic.sent
    want(builder, "review")
    assert builder.checkout.phase is Phase.REVIEW
    assert "25, discovery" in side(builder)
    assert client.traffic.sent == before
    want(builder, "confirm")
    want(builder, "confirm")
    until(lambda: builder.order is not None)
    want(builder, "confirm")
    want(builder, "review")
    want(builder, "confirm")
    assert client.orders.list().height == 1
    assert "is placed" in builder.message
    assert builder.step == "profile"
    assert builder.order.wait(progress=False).status == "COMPLETED"


def test_trying_few_first_orders_them_alone(builder, client, quick, until):
    """The button is there where more are wanted; confirmed, 25 are ordered, and the pilot is there to go on with."""
    assert "Try 25 first" not in side(builder)
    want(builder, "field", "60", "briefing_quantity")
    assert "Try 25 first" in side(builder)
    want(builder, "pilot")
    assert "25, discovery" in side(builder)
    assert "for all 60; the rest is not ordered yet" in side(builder)
    for _ in range(2):
        want(builder, "confirm")
    until(lambda: builder.order is not None)

    assert client.journal.frame()["quantity"].to_list() == [25]
    assert (builder.pilot.terms.of, builder.pilot.order.order_id) == (60, builder.order.order_id)
    assert "the rest is not" in builder.checkout.message


def test_a_lost_answer_is_tried_again_under_the_same_key(builder, client, sandbox, quick, until):
    """When every answer to the purchase is lost, trying again finds the one order the server made."""
    sandbox.control.fault(method="POST", path_prefix="/orders", drop=True, times=20)
    builder.checkout.review()
    builder.checkout.confirm()
    until(lambda: builder.checkout.phase is Phase.FAILED)
    until(lambda: "Try this same order again" in side(builder))
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
    until(lambda: builder.order.order_id in second.message)
    assert second.checkout.phase is Phase.FAILED
    assert second.checkout.twin
    assert "Nothing new was ordered" in second.message
    assert client.orders.list().height == 1
    until(lambda: "Buy once more" in side(second))
    want(second, "field", True, "again")
    want(second, "confirm")
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
        until(lambda: "op-alert" in builder.pane.regions["foot"])
        assert not builder.order
        builder.close()


def test_a_changed_form_closes_the_summary(builder):
    """A summary never describes something else than what would be ordered."""
    builder.checkout.review()
    assert "You are about to order" in side(builder)
    want(builder, "field", "50", "briefing_quantity")
    assert builder.checkout.phase is Phase.EDITING
    assert "You are about to order" not in side(builder)


def test_request_and_code_say_the_same(builder):
    """The JSON is what would be sent, the code makes an equal profile."""
    builder.draft.title, builder.draft.budget = "Spring", 100.0
    want(builder, "code")
    assert "POST /search-profile-creations" in side(builder)
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
    assert "37.50" in side(builder)
    want(builder, "field", "30", "budget")
    assert fields(builder) == {"budget"}
    want(builder, "field", "many", "budget")
    assert fields(builder) == {"budget"}


def test_a_list_is_mapped_checked_and_ordered(client, quick, until):
    """Columns are guessed and can be changed; rows without a name stay out and are told; the rest is ordered."""
    frame = pl.DataFrame({"Firma": ["Invented A", None, "Invented B"], "Ort": ["Ulm", "Bonn", "<img src=x>Kiel"]})
    builder = ICPBuilder(client, companies=frame)
    assert builder.draft.companies.columns == {"company_name": "Firma", "city": "Ort"}
    assert builder.companies["company_name"].to_list() == ["Invented A", "Invented B"]
    assert "1 cannot" in form(builder)
    assert "company_name: is required" in form(builder)
    assert "&lt;img src=x&gt;Kiel" in form(builder)
    assert "<img" not in form(builder)
    assert builder.problems == []
    want(builder, "field", "(not sent)", "map-city")
    assert builder.companies.columns == ["company_name"]
    builder.checkout.review(), builder.checkout.confirm()
    until(lambda: builder.order is not None)
    assert builder.order.wait(progress=False).results().companies.height == 2
    builder.close()


def test_companies_bought_before_are_shown_and_can_be_left_out(client, quick, until):
    """The panel says which rows an earlier order was for, offers to leave them out, and orders what is left."""
    firms = [{"company_name": "Bought Before GmbH", "website_url": "before.example"}]
    earlier = client.orders.enrich(firms, title="known", features=["COMPANY_DATA"])
    earlier.wait(progress=False)
    frame = pl.DataFrame({"Firma": ["BOUGHT BEFORE", "Not Yet AG"], "Web": ["www.before.example", "not-yet.example"]})
    builder = ICPBuilder(client, companies=frame)
    until(lambda: "1 companies were bought from this home before" in form(builder))
    assert builder.companies.height == 2
    want(builder, "field", True, "skip_known")
    assert builder.companies["company_name"].to_list() == ["Not Yet AG"]
    assert "are left out" in form(builder)
    want(builder, "field", "(not sent)", "map-website_url")
    assert builder.draft.companies.skip_known
    assert builder.companies.height == 1
    builder.close()


def test_an_upload_that_is_no_table_is_an_alert(client):
    """A file of another kind is refused in the widget; a CSV is taken."""
    builder = ICPBuilder(client)
    want(builder, "file", name="a.pdf", content=b"x")
    assert "cannot be read" in builder.message
    assert "op-alert" in builder.pane.regions["foot"]
    want(builder, "file", name="a.xlsx", content=b"no workbook")
    assert "a.xlsx cannot be read" in builder.message
    want(builder, "file", name="a.csv", content=b"name;ort\nInvented;Ulm\n")
    assert builder.companies.rows() == [("Invented", "Ulm")]
    builder.close()


def test_profiles_are_saved_loaded_and_found_again(builder, client, tmp_path):
    """A saved file loads, also in another form, and stands among the recent ones."""
    want(builder, "field", str(tmp_path / "mine.json"), "icp_file")
    want(builder, "save-file")
    other, third = ICPBuilder(client), ICPBuilder(client)
    (title, key) = ProfileShelf(client.settings.home / "icps").recent()[1]
    assert title == "Machine builders"
    assert title in form(other)
    want(other, "field", key, "recent")
    assert other.icp == builder.icp
    want(third, "field", str(tmp_path / "mine.json"), "icp_file")
    want(third, "load-file")
    assert third.icp == builder.icp
    want(third, "field", str(tmp_path / "none.json"), "icp_file")
    want(third, "load-file")
    assert "cannot be read" in third.message
    other.close(), third.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [("~nobody-of-this-name/a.json", "home directory"), ("\0", "null byte"), ("odd.json", "expected a unicode string")],
)
def test_a_file_that_cannot_be_is_a_message(builder, tmp_path, monkeypatch, path, words):
    """A path or a content that no file should have is told in the form, which stays as it was."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.json").write_text('{"seller_offering": "other", "profile_name": 7}')
    before = builder.icp
    want(builder, "field", path, "icp_file")
    want(builder, "load-file")
    assert words in builder.message
    assert builder.icp == before


def test_markup_in_fields_is_text_in_the_picture(builder):
    """A profile with markup is escaped wherever it is shown as HTML."""
    builder.draft.ideal_customer_profile = "<script>alert(1)</script>"
    want(builder, "code")
    for html in (builder.picture(), side(builder), form(builder), builder._repr_mimebundle_()["text/html"]):
        assert "<script" not in html


def test_price_and_budget_follow_the_rule_of_the_order_itself(sandbox, tmp_path, icp, until):
    """Without a price of one's own, both take the dearest of earlier orders: refused here means refused there."""
    sandbox.control.settings(step_seconds=0.02)
    with op.connect(sandbox=sandbox, home=tmp_path / "priced", poll_interval=0.05) as client:
        client.orders.enrich([{"company_name": "Invented"}], title="first").wait(progress=False).results()
        each = client.orders.defaults().price_each
        builder = ICPBuilder(client, icp)
        until(lambda: builder.draft.price == 25 * each)
        until(lambda: "at the dearest of earlier orders" in side(builder))
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
    until(lambda: builder.checkout.phase is Phase.PLACED)
    until(builder.is_settled)  # the journal is read once more after an order, and would say the price anew
    builder.draft.usual = OrderDefaults(price_each=2.0)
    assert "50.00" in side(builder)
    assert builder.checkout.phase is Phase.PLACED
    want(builder, "review")
    assert "You are about to order" not in side(builder)


def test_refused_rows_cannot_run_as_formulas(client):
    """The file of rows that cannot be sent holds no cell that a spreadsheet would run."""
    frame = pl.DataFrame({"company_name": [None, None], "city": ["=1+1", "Ulm"]})
    builder = ICPBuilder(client, companies=frame)
    link = re.search('base64,([^"]+)', form(builder))
    assert pl.read_csv(base64.b64decode(link[1]))["city"].to_list() == ["'=1+1", "Ulm"]
    builder.close()
