"""Which rules an entry can count for: told from its form before anything is filled in, and from what was
filled in while it waits for its confirmation."""

from collections.abc import Iterator, Sequence

from huyuan.duties.rules.binding import reactions, tokens
from huyuan.duties.schema import DoRule, HaveRule, PostRule, RuleSpec, Tiers, WhenRule
from huyuan.kernel.fields import Field
from huyuan.registers import schema
from huyuan.registers.effects import ActDone, Effect, MeasureTaken, PresenceSeen

# Fields whose answers are not a closed list: any value may be given.
OPEN_FIELDS = frozenset({"text", "organisation", "person", "place", "number"})


def can_count(form: schema.FormSpec, rule: RuleSpec) -> bool:
    """Could an entry of this form, filled in suitably, prove the rule, or set the value that it is judged by?

    `do` and `when`: the form realises an act asked for, with every qualifier among its possible answers.
    `have`: it sets a measure of the rule. `post`: it signs people in at the rule's point.
    """
    match rule:
        case DoRule():
            asked = [(rule.proof.act, tokens(rule.proof.where))]
            asked += [(other.act, tokens(other.where)) for other in rule.proof.any_of]
            return any(offers(form, act, wanted) for act, wanted in asked)
        case WhenRule():
            return any(offers(form, reaction.act, tokens(reaction.where)) for reaction in rule.then)
        case HaveRule():
            judged_by = set(measures_of(rule))
            return any(
                isinstance(effect, schema.Measure) and effect.measure in judged_by for effect in form.effects
            )
        case PostRule():
            return any(
                isinstance(effect, schema.Presence)
                and rule.point in answers(form, effect.repeat, effect.point)
                for effect in form.effects
            )


def would_count(effects: Sequence[Effect], rule: RuleSpec) -> bool:
    """Would an entry with these effects bear on the rule, once confirmed and signed by its partners?"""
    acts = [effect for effect in effects if isinstance(effect, ActDone)]
    match rule:
        case DoRule():
            asked = [(rule.proof.act, tokens(rule.proof.where))]
            asked += [(other.act, tokens(other.where)) for other in rule.proof.any_of]
            return any(carries(done, act, wanted) for done in acts for act, wanted in asked)
        case WhenRule():
            return any(
                carries(done, reaction.act, tokens(reaction.where))
                for done in acts
                for reaction in rule.then
                if done.event is not None or done.answers
            )
        case HaveRule():
            taken = {effect.measure for effect in effects if isinstance(effect, MeasureTaken)}
            return not taken.isdisjoint(measures_of(rule))
        case PostRule():
            return any(
                isinstance(effect, PresenceSeen) and effect.point == rule.point and not effect.planned
                for effect in effects
            )


def carries(done: ActDone, act: str, wanted: frozenset[str]) -> bool:
    """Is this the act asked for, with every qualifier? With whom one acted shows when the partners sign."""
    missing = wanted - set(done.quals)
    return done.act == act and (not missing or all(is_partner(token) and done.partners for token in missing))


def is_partner(token: str) -> bool:
    return token.startswith("joint-with=")


def offers(form: schema.FormSpec, act: str, wanted: frozenset[str]) -> bool:
    """Does the form realise this act, and may its answers carry all these "key=value" tokens?"""
    return any(
        isinstance(effect, schema.Act)
        and effect.act == act
        and all(may_carry(form, effect, token) for token in wanted)
        for effect in form.effects
    )


def records_reaction(form: schema.FormSpec, rule: WhenRule, part: str) -> bool:
    """Can the form record what one clock of the rule asks for, about an event that is chosen in it?"""
    reaction = reactions(rule)[part]
    wanted = tokens(reaction.where)
    return any(
        isinstance(effect, schema.Act)
        and effect.act == reaction.act
        and effect.answers is not None
        and all(may_carry(form, effect, token) for token in wanted)
        for effect in form.effects
    )


def may_carry(form: schema.FormSpec, effect: schema.Act, token: str) -> bool:
    """Can the act have this qualifier? With whom one acted follows from the partners that sign."""
    if is_partner(token):
        return effect.partner is not None
    key, _, value = token.partition("=")
    given = effect.where.get(key, ())
    parts = given if isinstance(given, tuple) else (given,)
    return any(value in (offered := answers(form, effect.repeat, part)) or "*" in offered for part in parts)


def answers(form: schema.FormSpec, repeat: str | None, given: str) -> frozenset[str]:
    """The words that a literal or a `$field` may stand for; "*" where anything may be answered."""
    if not given.startswith("$"):
        return frozenset({given})
    field = next((one for one in fields(form, repeat) if one.id == given[1:]), None)
    if field is None:
        return frozenset()
    if field.type == "yes_no":
        return frozenset({"yes", "no"})
    return (
        frozenset({"*"}) if field.type in OPEN_FIELDS else frozenset(option.value for option in field.options)
    )


def fields(form: schema.FormSpec, repeat: str | None) -> Iterator[Field]:
    """The fields that an effect can name: of the row before those of the entry."""
    for field in form.fields:
        if field.id == repeat:
            yield from field.fields
    yield from form.fields


def measures_of(rule: HaveRule) -> Iterator[str]:
    """The measures that a rule looks at: what is held, and of how many."""
    for threshold in rule.all_of:
        yield threshold.measure
        if isinstance(threshold.at_least, Tiers):
            yield threshold.at_least.of
