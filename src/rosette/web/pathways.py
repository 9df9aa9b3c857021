"""``/issuers/:id/pathways`` and ``/backpack/pathways``: making pathways, and following them."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput
from rosette.models import BadgeClass, Pathway, User
from rosette.operations import pathways, progress
from rosette.operations.pathways import STEPS_MAX, PathwayWish, StepWish
from rosette.operations.policies import Actor, Reach
from rosette.web import fields
from rosette.web.desk import Desk, at_issuer
from rosette.web.forms import Form, unjudged
from rosette.web.signin import member
from rosette.web.visits import page, say, see

_LEARNERS: Final = 50
_KEYS: Final = frozenset(str(number) for number in range(STEPS_MAX))


class PathwayForm(Form):
    """The words of a pathway, and what is given for it; its steps stand beside."""

    name = fields.Line(label=gettext_lazy("Name"))
    description = fields.Text(label=gettext_lazy("Description"), required=False)
    completion = forms.ChoiceField(
        label=gettext_lazy("Badge for whoever completes it"),
        required=False,
        help_text=gettext_lazy("It is awarded by itself, with the last step."),
    )

    def __init__(self, *args: Any, badges: list[BadgeClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        completion = self.fields["completion"]
        assert isinstance(completion, forms.ChoiceField)
        completion.choices = [("", _("None")), *((str(each.pk), each.name) for each in badges)]


@at_issuer()
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/pathways``: those of the issuer."""
    found = pathways.of_issuer(desk.issuer, by=desk.by)
    steps = pathways.steps_of(found)
    rows = [{"pathway": each, "steps": steps[each.pk]} for each in found]
    address = f"/issuers/{desk.issuer.entity_id}/pathways/new" if desk.can_edit else ""
    return desk.page(request, "pathways/index", {"tab": "pathways", "rows": rows, "new": address})


@at_issuer(Reach.EDITOR)
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/pathways/new``: an empty editor; ``POST`` makes the pathway."""
    return _editor(request, desk, None)


@at_issuer(Reach.EDITOR)
def edit(request: HttpRequest, desk: Desk, entity_id: str) -> HttpResponse:
    """``GET /issuers/:id/pathways/:id/edit``: its editor; ``POST`` changes it."""
    return _editor(request, desk, pathways.find(entity_id, desk.issuer))


@at_issuer()
def one(request: HttpRequest, desk: Desk, entity_id: str) -> HttpResponse:
    """``GET /issuers/:id/pathways/:id``: who is how far; ``POST`` publishes, or removes."""
    found = pathways.find(entity_id, desk.issuer)
    if request.method == "POST":
        if not desk.can_edit:
            return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
        return _done(request, desk, found)
    steps = pathways.steps_of([found])[found.pk]
    before = request.GET.get("before", "")
    learners = progress.learners(
        found,
        steps,
        by=desk.by,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=_LEARNERS + 1,
    )
    older = ""
    if len(learners) > _LEARNERS:
        older = f"{request.path}?{urlencode({'before': learners[_LEARNERS - 1].number})}"
    context = {
        "tab": "pathways",
        "pathway": found,
        "steps": steps,
        "learners": [
            {
                "learner": each,
                "steps": [
                    {
                        "step": step,
                        "count": step.count(each.held),
                        "taken": step.is_taken(each.held),
                    }
                    for step in steps
                ],
            }
            for each in learners[:_LEARNERS]
        ],
        "older": older,
    }
    return desk.page(request, "pathways/one", context)


@member
def mine(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /backpack/pathways``: how far the person is, what comes next, and what is completed."""
    ways = [
        {
            "way": way,
            "steps": [
                {
                    "step": step,
                    "count": step.count(way.held),
                    "taken": step.is_taken(way.held),
                    "is_next": step == way.next and not way.completed_at,
                    "badges": [
                        {"badge": badge, "is_held": badge.pk in way.held} for badge in step.badges
                    ],
                }
                for step in way.steps
            ],
        }
        for way in progress.of_person(Actor.person(person))
    ]
    return page(request, "pathways/mine", {"section": "backpack", "ways": ways})


def _done(request: HttpRequest, desk: Desk, found: Pathway) -> HttpResponse:
    match request.POST.get("step"):
        case "publish":
            pathways.publish(found, is_published=True, by=desk.by)
            say(request, _("The pathway is published."))
        case "unpublish":
            pathways.publish(found, is_published=False, by=desk.by)
            say(request, _("Nobody else sees the pathway any more."))
        case "remove":
            pathways.remove(found, by=desk.by)
            say(request, _("The pathway is gone; badges that were awarded for it stay."))
            return see(f"/issuers/{desk.issuer.entity_id}/pathways")
        case _:
            return page(request, "refused/invalid", {"errors": []}, 400)
    return see(request.path)


def _editor(request: HttpRequest, desk: Desk, found: Pathway | None) -> HttpResponse:
    badges = list(
        BadgeClass.objects.filter(issuer=desk.issuer, deleted_at=None).order_by("name", "pk")
    )
    if request.method != "POST":
        initial, steps = {}, [StepWish("", (), 1)]
        if found:
            initial = {
                "name": found.name,
                "description": found.description,
                "completion": str(found.completion_id or ""),
            }
            steps = [
                StepWish(
                    each.name,
                    tuple(badge.pk for badge in each.badges),
                    each.needed,
                    each.is_optional,
                )
                for each in pathways.steps_of([found])[found.pk]
            ]
        form = PathwayForm(badges=badges, initial=initial)
        return _edited(request, desk, found, form, steps, badges)
    form = PathwayForm(request.POST, badges=badges)
    keys, steps = _sent_steps(request)
    step = request.POST.get("do", "save")
    if step != "save":
        unjudged(form)
        return _edited(request, desk, found, form, _moved(steps, keys, step), badges)
    if form.is_valid():
        said = form.cleaned_data
        completion = int(said["completion"]) if said["completion"] else None
        wish = PathwayWish(said["name"], said["description"], completion, tuple(steps))
        try:
            made = pathways.save(desk.issuer, found, wish, by=desk.by)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            say(request, _("The pathway was saved."))
            return see(f"/issuers/{desk.issuer.entity_id}/pathways/{made.entity_id}")
    return _edited(request, desk, found, form, steps, badges, 400)


def _edited(
    request: HttpRequest,
    desk: Desk,
    found: Pathway | None,
    form: PathwayForm,
    steps: list[StepWish],
    badges: list[BadgeClass],
    status: int = 200,
) -> HttpResponse:
    context = {
        "tab": "pathways",
        "pathway": found,
        "form": form,
        "badges": badges,
        "steps": [{"key": str(key), "step": step} for key, step in enumerate(steps)],
        "has_room": len(steps) < STEPS_MAX,
    }
    return desk.page(request, "pathways/editor", context, status)


def _sent_steps(request: HttpRequest) -> tuple[list[str], list[StepWish]]:
    """Keys and steps in the order in which the page has them, which is how they were dragged."""
    sent = request.POST
    keys = [key for key in dict.fromkeys(sent.getlist("step")) if key in _KEYS]
    found = []
    for key in keys:
        needed = sent.get(f"needed-{key}", "")
        chosen = dict.fromkeys(
            int(text)
            for text in sent.getlist(f"badges-{key}")
            if text.isdecimal() and len(text) < 19
        )
        name = sent.get(f"name-{key}", "").replace("\0", "").strip()[:255]
        number = int(needed) if needed.isdecimal() and len(needed) < 5 else 0
        found.append(StepWish(name, tuple(chosen), number, f"optional-{key}" in sent))
    return keys, found


def _moved(steps: list[StepWish], keys: list[str], do: str) -> list[StepWish]:
    """The steps after ``add``, or after ``up:``, ``down:`` or ``remove:`` with a key."""
    verb, _colon, key = do.partition(":")
    if verb == "add" and len(steps) < STEPS_MAX:
        return [*steps, StepWish("", (), 1)]
    if key not in keys:
        return steps
    at = keys.index(key)
    left = [*steps[:at], *steps[at + 1 :]]
    if verb == "remove":
        return left
    if verb in ("up", "down"):
        left.insert(max(0, at - 1) if verb == "up" else at + 1, steps[at])
        return left
    return steps
