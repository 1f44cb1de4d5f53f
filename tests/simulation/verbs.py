"""What users do and what befalls them: each public function is a verb of a plan's steps."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import openprospect_nb as op
from openprospect_nb.client.aio import AsyncClient

from .checks import is_incomplete
from .disk import DAMAGES, JOURNAL, read_files, write_files
from .vendor import HOUR

if TYPE_CHECKING:
    from .plan import Step
    from .process import Action, Outcome, Process
    from .world import World

ODD = 9  # a content from which no text can be made that a wire carries
KEY_TO_BIND = re.compile(r"journal\.bind\('([^']+)'")
KEY_TO_RESUME = re.compile(r"resume\(keys=\[['\"]([^'\"]+)['\"]\]\)")


def buy(world: World, step: Step) -> None:
    """Run a cell that buys."""
    from .world import Run

    args = step.args
    process = world.window(step.window, step)
    label = args.get("name") or args.get("idempotency_key")
    world.tell("user", f"{step.id} in {process.name}: {_cell_words(args)}")

    async def action(client: AsyncClient) -> Any:
        outcome = process.current()
        assert outcome is not None
        run = Run(content=content_of(args), label=label, again=args["again"], at=world.timeline.now, outcome=outcome)
        world.runs.append(run)
        return await _order(client, args)

    (process.run_beside if args.get("beside") else process.run)(step.id, action)


async def _order(client: AsyncClient, args: Any) -> Any:
    options = {name: args[name] for name in ("name", "idempotency_key", "title", "again") if name in args}
    if args["kind"] == "enrich":
        return await client.orders.enrich([{"company_name": f"firm-{args['content']}"}], **options)
    icp = icp_of(args["content"])
    if args["kind"] == "profile first":
        profile = await client.profiles.create(icp, again=args["again"])
        return await client.orders.discover(profile, 5 + args["content"], **options)
    return await client.orders.discover(icp, 5 + args["content"], **options)


def icp_of(content: int) -> op.ICP:
    """Return what is looked for."""
    return op.ICP(
        profile_name=f"profile {content}",
        ideal_customer_profile=f"icp-{content}" if content < ODD else f"icp-{content} \ud800",
        seller_offering="robots",
        target_countries=["DE"],
    )


def content_of(args: Any) -> str:
    """Return what a cell buys, as the vendor names it."""
    return f"enrich firm-{args['content']}" if args["kind"] == "enrich" else f"icp-{args['content']}"


def resume(world: World, step: Step) -> None:
    """Run ``client.journal.resume()``, as it is, with the keys that an earlier one told, or with another limit."""
    process = world.window(step.window, step)
    options: dict[str, Any] = {}
    if step.args.get("told") and world.told_keys:
        options["keys"] = list(world.told_keys)
    if step.args.get("hours") is not None:
        options["ask_after_hours"] = step.args["hours"]
    shown = ", ".join(f"{name}={value}" for name, value in options.items())
    world.tell("user", f"{step.id} in {process.name}: resume({shown})")
    process.run(step.id, lambda client: client.journal.resume(**options))


def wait(world: World, step: Step) -> None:
    """Wait for an order, or for all, with a timeout."""
    process = world.window(step.window, step)
    timeout, many = step.args["timeout"], step.args["many"]
    if not world.order_ids:
        world.tell("user", f"{step.id}: nothing to wait for")
        return
    ids = list(world.order_ids) if many else [world.order_ids[step.args["order"] % len(world.order_ids)]]
    world.tell("user", f"{step.id} in {process.name}: orders.wait({ids}, timeout={timeout})")

    async def one(client: AsyncClient) -> Any:
        order = await client.orders.get(ids[0])
        _note_waiting(world, process)
        return await order.wait(timeout=timeout)

    def all_of_them(client: AsyncClient) -> Awaitable[Any]:
        _note_waiting(world, process)
        return client.orders.wait(ids, timeout=timeout)

    process.run(step.id, all_of_them if many else one)


def _note_waiting(world: World, process: Process) -> None:
    current = process.current()
    if current is not None:
        current.waits_since = world.timeline.now


def look(world: World, step: Step) -> None:
    """Look at something that changes nothing."""
    process = world.window(step.window, step)
    at = step.args["at"]
    world.tell("user", f"{step.id} in {process.name}: looks at {at}")
    number = world.order_ids[-1] if world.order_ids else "order-1"
    if at == "results":
        world.looked[step.id] = number
    looks: dict[str, Callable[[AsyncClient], Awaitable[Any]]] = {
        "orders": lambda client: client.orders.list(),
        "frame": lambda client: client.journal.frame(),
        "unfinished": lambda client: client.journal.unfinished(),
        "results": lambda client: client.results([number]),
        "spend": lambda client: client.journal.spend(),
    }
    process.run(step.id, looks[at])


def sync(world: World, step: Step) -> None:
    """Pull what was delivered for the last order."""
    if world.order_ids:
        process = world.window(step.window, step)
        search = f"search-of-{world.order_ids[-1]}"
        world.synced[search] = None
        world.tell("user", f"{step.id} in {process.name}: deliveries.sync({search!r})")
        process.run(step.id, lambda client: client.deliveries.sync(search))


def interrupt(world: World, step: Step) -> None:
    """Press the stop button."""
    process = world.windows.get(step.window)
    pressed = process is not None and not process.is_dead and process.interrupt()
    world.tell(
        "user", f"{step.id}: stops {process.name if process else 'nothing'}{'' if pressed else ', which is idle'}"
    )


def close(world: World, step: Step) -> None:
    """Close a client, after its cells or beside them; the next cell of the window is a new kernel's."""
    process = world.windows.pop(step.window, None)
    if process is None or process.is_dead:
        return
    world.tell("user", f"{step.id}: closes the client of {process.name}")

    (process.run_beside if step.args["beside"] else process.run)(step.id, lambda client: client.aclose())


def kill(world: World, step: Step) -> None:
    """Kill the kernel of a window."""
    process = world.windows.get(step.window)
    if process is not None:
        world.kill(process, "by its user")


def let_pass(world: World, step: Step) -> None:
    """Do nothing."""


def jump(world: World, step: Step) -> None:
    """Set a wall clock."""
    world.tell("world", f"{step.id}: the clock of window {step.window} is set {step.args['seconds']:+g} s")
    world.jump(step.window, step.args["seconds"])


def suspend(world: World, step: Step) -> None:
    """Close the laptop's lid for a while."""
    seconds = step.args["seconds"]
    world.tell("world", f"{step.id}: the machine sleeps for {seconds:g} s")
    for process in world.living():
        process.loop.suspend(seconds)


def down(world: World, step: Step) -> None:
    """Lose the network for a while, or sit behind a captive portal."""
    seconds, is_portal = step.args["seconds"], step.args["portal"]
    world.tell("world", f"{step.id}: {'a captive portal' if is_portal else 'no network'} for {seconds:g} s")
    world.go_down(seconds, is_portal=is_portal)


def colleague(world: World, step: Step) -> None:
    """Let a colleague of the same organisation place an order that looks like ours."""
    content = step.args["content"]
    body = {"order_type": "DISCOVERY", "briefing_quantity": 5 + content, "title": None}
    world.vendor.place(body, f"colleague's icp-{content}", buyer="a colleague")


def damage(world: World, step: Step) -> None:
    """Do something to the journal, under the kernels' hands or after they were killed."""
    what = step.args["what"]
    # In one process SQLite shares locks and the log's memory; between several it would not.
    # A file that is gone is safe.
    if not step.args.get("alive") or what != "removed":
        _all_die(world)
    if (world.home / JOURNAL).exists():
        DAMAGES[what](world.home, step.args["where"])
        world.tell("world", f"{step.id}: the journal is {what}")
        _lost(world)


def backup(world: World, step: Step) -> None:
    """Copy the journal, whole or without its -wal."""
    files = read_files(world.home)
    if not files:
        return
    whole = step.args["whole"]
    world.backup = dict(files) if whole else {JOURNAL: files[JOURNAL]}
    world.tell("user", f"{step.id}: copies {'the journal' if whole else 'journal.sqlite alone'}")


def restore(world: World, step: Step) -> None:
    """Put the copy back in the journal's place, under the kernels' hands or after they were killed."""
    if world.backup is None:
        return
    if not step.args.get("alive"):
        _all_die(world)
    write_files(world.home, world.backup)
    world.tell("user", f"{step.id}: puts the copy back in the journal's place")
    _lost(world)


def _all_die(world: World) -> None:
    for process in world.living():
        world.kill(process, "as the machine goes down")
    world.timeline.run(until=world.timeline.now)


def _lost(world: World) -> None:
    world.lost_at = world.timeline.now
    world.loss_told_at = world.acknowledged_at = None


def acknowledge(world: World, step: Step) -> None:
    """Acknowledge that the journal lost something, once that was said."""
    if world.loss_told_at is not None:
        process = world.window(step.window, step)
        world.tell("user", f"{step.id} in {process.name}: journal.acknowledge()")
        process.run(step.id, lambda client: _acknowledge(world, client))


async def _acknowledge(world: World, client: AsyncClient) -> None:
    await client.journal.acknowledge()
    world.acknowledged_at = world.timeline.now


def settle(world: World, step: Step) -> None:
    """Do as an error advised: look at the vendor's list, and bind or drop what is not confirmed."""
    if world.advised_keys:
        process = world.window(step.window, step)
        world.tell("user", f"{step.id} in {process.name}: compares {world.advised_keys} with the vendor's list")
        process.run(step.id, lambda client: _settle(world, client))


async def _settle(world: World, client: AsyncClient) -> None:
    unfinished = await client.journal.unfinished()
    open_keys = [row["key"] for row in unfinished.iter_rows(named=True) if row["order_id"] is None]
    for key in (key for key in open_keys if key in world.advised_keys):
        made = [order.number for order in world.vendor.orders.values() if order.key == key]
        if made:
            await client.journal.bind(key, made[0])
        else:
            world.dropped_keys.append(key)
            await client.journal.drop(key)


def quiet_actions(world: World) -> Iterator[tuple[str, float, Action]]:
    """Yield what a user does when all trouble is over, and after which pause: resume, do as was told, and look."""
    world.tell("user", "resume()")
    yield "quiet resume", 0.0, lambda client: client.journal.resume()
    if world.told_keys:
        keys = list(dict.fromkeys(world.told_keys))
        world.tell("user", f"resume(keys={keys})")
        yield "quiet resume with keys", 0.0, lambda client: client.journal.resume(keys=keys)
    if world.advised_keys:
        world.tell("user", "does as was advised")
        yield "quiet settling", 0.0, lambda client: _settle(world, client)
    for search in world.synced:
        world.tell("user", f"deliveries.sync({search!r}), three times in a day")
        for pause in (0.0, 8 * HOUR, 8 * HOUR):
            yield f"quiet sync of {search}", pause, partial(_sync, world, search)
    yield "quiet frame", 0.0, lambda client: client.journal.frame()


async def _sync(world: World, search: str, client: AsyncClient) -> None:
    pulled = await client.deliveries.sync(search)
    store = await client.deliveries.read(search)
    world.stores[search] = (dict(store.companies.select("id", "name").iter_rows()), is_incomplete(pulled))


def remember(world: World, process: Process, outcome: Outcome) -> None:
    """Remember what an action showed to the user."""
    value = outcome.value
    for order_id in _orders_in(value):
        world.told_at.setdefault(order_id, world.timeline.now)
        if order_id not in world.order_ids:
            world.order_ids.append(order_id)
    for run in world.runs:
        if run.outcome is outcome and hasattr(value, "order_id"):
            run.order_id = value.order_id
    if hasattr(value, "columns") and "outcome" in value.columns:
        for row in value.iter_rows():
            world.see(process, " ".join(map(str, row)))
    if isinstance(outcome.error, Exception):
        world.see(process, str(outcome.error))


def _orders_in(value: Any) -> list[str]:
    if hasattr(value, "order_id"):
        return [value.order_id]
    return [order.order_id for order in value if hasattr(order, "order_id")] if isinstance(value, list) else []


def words_of(outcome: Outcome) -> str:
    """Return how an action ended, in the story's words."""
    value, error = outcome.value, outcome.error
    if error is not None:
        return f"ends in {type(error).__name__}: {error}"
    if hasattr(value, "order_id"):
        return f"gives {value.order_id} ({value.status})"
    if hasattr(value, "columns") and "outcome" in value.columns:
        rows = "; ".join(f"{row[0][:8]} {row[2] or 'no order'}: {row[-1]}" for row in value.iter_rows())
        return f"gives {rows or 'nothing to finish'}"
    return "is done"


def _cell_words(args: Any) -> str:
    shown = [f"{n}={args[n]!r}" for n in ("name", "idempotency_key", "title") if n in args]
    shown += ["again=True"] if args["again"] else []
    verb = {"enrich": "enrich", "profile first": "profiles.create, then discover"}.get(args["kind"], "discover")
    return f"{verb}({', '.join([content_of(args), *shown])})"
