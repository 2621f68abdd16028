"""Find the app that a program means by `tasks:app`, `tasks.app`, `path/tasks.py` or `tasks`.

The command line, the manifests and the worker processes of a runner all start here. The module is imported as the
program itself would import it, with the current directory on the path. The app then knows its `location`, from
which a worker process finds it again.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pynenc.errors import ConfigurationError

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class AppSpecError(ConfigurationError):
    """What was given does not lead to exactly one app."""

    code = "app-spec"


def load_app(spec: str) -> Pynenc:
    """The app that `spec` names: `module:attribute`, `module.attribute`, `path/file.py`, or a module with one app.

    Raises:
        AppSpecError: there is no such module or attribute, or it is not exactly one app.
    """
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.insert(0, directory)
    place, _, attribute = spec.partition(":")
    if place.endswith(".py"):
        return _app_in(_import_file(place), attribute)
    if not all(part.isidentifier() for part in place.split(".")):
        raise AppSpecError(f'"{spec}" names no app; use module:attribute or a path ending in .py')
    if attribute or _exists(place):
        return _app_in(_import(place), attribute)
    module_name, _, attribute = place.rpartition(".")
    if not module_name:
        raise AppSpecError(f'no module "{place}" in {directory} or on the Python path')
    return _app_in(_import(module_name), attribute)


def _exists(module_name: str) -> bool:
    try:
        return importlib.util.find_spec(module_name) is not None
    except (ImportError, ValueError):  # a parent is missing or is no package: then it is module.attribute
        return False


def _import(module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and f"{module_name}.".startswith(f"{error.name}."):
            raise AppSpecError(f'no module "{module_name}" in {Path.cwd()} or on the Python path') from None
        raise AppSpecError(f'module "{module_name}" imports "{error.name}", which is not installed') from error


def _import_file(path: str) -> ModuleType:
    file = Path(path).resolve()
    if not file.is_file():
        raise AppSpecError(f"no file {path}")
    folder = file.parent
    parts = [file.stem]
    while (folder / "__init__.py").is_file():  # a file in a package keeps the name its tasks are known by
        parts.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return _import(".".join(parts))


def _app_in(module: ModuleType, attribute: str) -> Pynenc:
    from pynenc.app import Pynenc

    apps = {name: value for name, value in vars(module).items() if isinstance(value, Pynenc)}
    if attribute in apps:
        return _located(apps[attribute], module, attribute)
    found = ", ".join(apps) or "none"
    if attribute:
        raise AppSpecError(f'"{attribute}" of module "{module.__name__}" is no app; apps there: {found}')
    distinct = list({id(app): app for app in apps.values()}.values())
    if len(distinct) != 1:
        raise AppSpecError(
            f'module "{module.__name__}" must have one app, or be named as module:attribute; apps: {found}'
        )
    return _located(distinct[0], module, next(iter(apps)))


def location_of(app: Pynenc) -> str:
    """Where another process imports `app` from, as `module:attribute`.

    Raises:
        AppSpecError: it is an attribute of no module that has been imported.
    """
    if not app.location:
        of_tasks = [sys.modules.get(task.__module__) for task in app.tasks.values()]
        app.location = next(_places_of(app, [*of_tasks, *sys.modules.values()]), "")
    if not app.location:
        raise AppSpecError(f"worker processes cannot import {app!r}; make it an attribute of a module")
    return app.location


def _places_of(app: Pynenc, modules: Iterable[object]) -> Iterator[str]:
    for module in modules:
        if isinstance(module, ModuleType) and module.__name__ != "__main__":
            yield from (f"{module.__name__}:{name}" for name, value in list(vars(module).items()) if value is app)


def _located(app: Pynenc, module: ModuleType, attribute: str) -> Pynenc:
    app.location = f"{module.__name__}:{attribute}"
    return app
