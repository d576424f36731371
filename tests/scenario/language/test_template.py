import pytest
from immutables import Map

from sandbox.scenario.language.loader import bind, load
from sandbox.scenario.language.model import ReasonSpec
from sandbox.scenario.language.problems import InvalidScenarioError

HEAD = "scenario: late\nversion: 1\n"


class TestParameters:
    TEXT = """params:
  cause: { default: other, one_of: [other, bank_account_closed] }
  code: { default: 503, one_of: [503, 429] }
rules:
  - { when: payment.created, then: [{ status: failed, reason: "${params.cause}" }] }
  - { when: call *, respond: { status: "${params.code}" } }
"""

    def test_defaults_are_in_force_when_nobody_says_otherwise(self, vocabulary):
        found = load(HEAD + self.TEXT, "late.yaml", vocabulary).ok()

        assert found.values == Map(cause="other", code=503)
        assert found.rules[0].then[0].reason == ReasonSpec("other")

    def test_another_variant_is_bound_and_values_keep_their_type(self, vocabulary):
        tree = load(HEAD + self.TEXT, "late.yaml", vocabulary).tree

        found = bind(tree, {"code": 429, "cause": "bank_account_closed"}, vocabulary).ok()

        assert found.rules[0].then[0].reason == ReasonSpec("bank_account_closed")
        assert found.rules[1].respond.status == 429

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            (
                {"caus": "other"},
                "late.yaml:4:3  params.caus: there is no parameter `caus`. Did you mean `cause`?\n"
                "               (cause code)",
            ),
            (
                {"cause": "bank_account_close"},
                "late.yaml:4:10  params.cause: `cause` cannot be `bank_account_close`. "
                "Did you mean `bank_account_closed`?\n"
                "                (other bank_account_closed)",
            ),
            (
                {"code": "503"},
                "late.yaml:5:9  params.code: `code` cannot be `503`, which is text. "
                "Did you mean `503`?\n"
                "               (503 429)",
            ),
            (
                {"code": True},
                "late.yaml:5:9  params.code: `code` cannot be `true`\n               (503 429)",
            ),
        ],
        ids=["no such parameter", "no such value", "a value's text", "another type"],
    )
    def test_what_cannot_be_is_refused(self, vocabulary, values, said):
        tree = load(HEAD + self.TEXT, "late.yaml", vocabulary).tree

        loaded = bind(tree, values, vocabulary)

        assert "\n".join(map(str, loaded.problems)) == said
        with pytest.raises(InvalidScenarioError):
            loaded.ok()

    def test_a_free_value_is_checked_where_it_stands(self, vocabulary):
        text = "params: { s: { default: failed } }\nrules: [{ when: payment.created, then: [{ "
        tree = load(HEAD + text + 'status: "${params.s}" }] }]\n', "late.yaml", vocabulary).tree

        [problem] = bind(tree, {"s": "paid"}, vocabulary).problems

        assert problem.message == "a payment has no status `paid`. Did you mean `paid_out`?"
