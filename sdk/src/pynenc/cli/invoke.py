"""`pynenc invoke`: call a task from a shell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pynenc.cli import screen
from pynenc.cli.output import one_line
from pynenc.cli.target import Target

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.core.payloads import Codec
    from pynenc.invocation import Invocation
    from pynenc.task import Task

FAILED = 3
"""Exit code: the invocation has ended without a result."""
NOT_YET = 4
"""Exit code: it has not ended within --timeout."""

TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="module.function, or the function if that is clear.")]
ArgOption = Annotated[
    list[str] | None,
    typer.Option("--arg", "-d", metavar="NAME=VALUE", help="An argument, as JSON or plain text; may be repeated."),
]
ArgsJson = Annotated[str, typer.Option("--args-json", metavar="OBJECT", help="All arguments as a JSON object.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", "-w", help="Wait for the result and print it.")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0, help="Wait for so many seconds at most.")]
Queue = Annotated[str | None, typer.Option("--queue", "-q", help="Another queue than that of the task.")]
Priority = Annotated[int | None, typer.Option("--priority", min=0, max=9, help="0 to 9, higher first.")]
Delay = Annotated[float | None, typer.Option("--delay", min=0, help="Seconds before which it does not start.")]
Idempotency = Annotated[
    str | None, typer.Option("--idempotency-key", help="A second call with this key is the first one again.")
]
CallOption = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="Another option of the task for this call; may be repeated."),
]


def invoke(
    context: typer.Context,
    task: TaskArgument,
    *,
    arg: ArgOption = None,
    args_json: ArgsJson = "",
    wait: Wait = False,
    timeout: Timeout = None,
    queue: Queue = None,
    priority: Priority = None,
    delay: Delay = None,
    idempotency_key: Idempotency = None,
    option: CallOption = None,
) -> None:
    """Submit one invocation and print its id; with --wait, print the result as JSON and the id on standard error.

    A VALUE is read as JSON where that fits the parameter's annotation, else it is taken as text: --arg to=ann needs no
    quotes, and --arg zip=01234 stays text for a parameter of type str.

    Exit code 3: the task failed, or was cancelled; 4: it has not ended within --timeout, and goes on.

    Examples: pynenc --app tasks:app invoke add --arg x=1 --arg y=2 --wait

    pynenc --app tasks:app invoke tasks.send --args-json '{"to": ["ann"]}' --delay 60 --option max_retries=3
    """
    given = {"queue": queue, "priority": priority, "delay": delay, "idempotency_key": idempotency_key}
    target: Target = context.obj
    app = target.load_shared(or_synchronous=True)
    called = task_named(app, task)
    args, kwargs = read_arguments(called, arg or (), args_json)
    options: Any = {name: value for name, value in given.items() if value is not None} | read_options(option or ())
    invocation = called.with_options(**options)(*args, **kwargs)
    if not wait:
        print(invocation.invocation_id)
        return
    screen.note(invocation.invocation_id)
    _print_result(called, invocation, timeout)


def _print_result(task: Task[..., Any], invocation: Invocation[Any], timeout: float | None) -> None:
    from pynenc.cli.payloads import json_of_result
    from pynenc.errors import BackendError, PynencError, ResultTimeout

    try:
        value = invocation.get(timeout)
    except BackendError:
        raise
    except Exception as error:
        is_late = isinstance(error, ResultTimeout) and not invocation.is_settled
        name = "" if isinstance(error, PynencError) else f"{type(error).__name__}: "
        screen.note(f"error: {name}{one_line(str(error))}")
        raise typer.Exit(NOT_YET if is_late else FAILED) from None
    print(json_of_result(task, value))


def read_options(pairs: Sequence[str]) -> dict[str, object]:
    """Options of a call from NAME=VALUE pairs, where a value that is no JSON is text.

    Raises:
        InvalidArguments: a pair has no equals sign.
    """
    found: dict[str, object] = {}
    for pair in pairs:
        name, text = split_pair(pair)
        found[name] = json.loads(text) if _is_json(text) else text
    return found


def split_pair(pair: str) -> tuple[str, str]:
    """The two sides of NAME=VALUE.

    Raises:
        InvalidArguments: there is no equals sign.
    """
    from pynenc.errors import InvalidArguments

    name, equals, text = pair.partition("=")
    if not equals:
        raise InvalidArguments(f'"{pair}" has no value; write NAME=VALUE')
    return name, text


def task_named(app: Pynenc, name: str) -> Task[..., Any]:
    """The task with this id, or the only one whose function has this name.

    Raises:
        RequestError: there is none, or more than one.
    """
    from pynenc.core.values import nearest
    from pynenc.errors import RequestError

    found = [task for task_id, task in app.tasks.items() if name in (task_id, task_id.rpartition(".")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise RequestError(f'"{name}" may be {" or ".join(sorted(task.task_id for task in found))}; name one of them')
    raise RequestError(f'the app has no task "{name}"; {nearest(name, app.tasks) if app.tasks else "it has none"}')


def read_arguments(task: Task[..., Any], pairs: Sequence[str], args_json: str) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments for `task`, from NAME=VALUE pairs and a JSON object; a pair wins.

    Raises:
        InvalidArguments: they do not fit the function.
    """
    from pynenc.errors import InvalidArguments, SerializationError

    codec = task.payloads.signature.arguments
    texts = _members(args_json)
    try:
        for pair in pairs:
            name, text = split_pair(pair)
            texts[name] = fitting(codec, name, text)
        whole = "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in texts.items()) + "}"
        return task.payloads.signature.split(codec.load(whole.encode()))
    except SerializationError as error:
        raise InvalidArguments(f"{task.task_id}: {error}") from None


def _members(args_json: str) -> dict[str, str]:
    """The members of a JSON object, each as JSON."""
    from pynenc.errors import InvalidArguments

    try:
        found = json.loads(args_json or "{}")
    except ValueError as error:
        raise InvalidArguments(f"--args-json is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidArguments("--args-json must be an object, such as '{\"x\": 1}'")
    return {name: json.dumps(value) for name, value in found.items()}


def fitting(codec: Codec, name: str, text: str) -> str:
    """`text` if it is JSON that fits the parameter `name`, else as a JSON string if that fits; else `text`."""
    if name not in codec.names:
        return text if _is_json(text) else json.dumps(text)
    for form in (text, json.dumps(text)):
        if _fits(codec, name, form):
            return form
    return text if _is_json(text) else json.dumps(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _fits(codec: Codec, name: str, form: str) -> bool:
    from pynenc.errors import SerializationError

    alone = codec.without(other for other in codec.names if other != name)
    try:
        alone.load(f"{{{json.dumps(name)}: {form}}}".encode())
    except SerializationError:
        return False
    return True
