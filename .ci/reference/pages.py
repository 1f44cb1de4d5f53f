"""The pages made of modules: which there are, and what pdoc shows on them."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import sys
from collections.abc import Mapping

from pdoc import doc_ast
from pdoc.doc import Class, Doc, Function, Module, Variable

import openprospect_nb as op
from openprospect_nb import client
from openprospect_nb.frames.schemas import described_kinds

PACKAGE = op.__name__
MODULES = (
    "client",
    "analysis",
    "charts",
    "reports",
    "widgets",
    "webhooks",
    "testing",
    "errors",
    "models",
    "settings",
    "contract",
)
PUBLIC = "@public"  # pdoc's word for: show this although it has no docstring
# Google's section of the facts a class holds, or the keys a typed dict takes; and of what a constructor takes.
FACTS = re.compile(r"^(Attributes|Keys|Args):\n((?:[ \t]+\S.*(?:\n|\Z)|\n(?=[ \t]))+)", re.MULTILINE)


def documented() -> dict[str, Module]:
    """Return a page for every module users import from, each showing what belongs on it."""
    for name in op.__all__:
        # Loaded on first use, so not in the module until somebody asks.
        setattr(op, name, getattr(op, name))
    pages = {name: Module.from_name(name) for name in (PACKAGE, *(f"{PACKAGE}.{name}" for name in MODULES))}
    for name, page in pages.items():
        for member in _belongs_elsewhere(name, page):
            del page.members[member]
        for variable in page.variables:
            variable.docstring = variable.docstring or _said_where_it_is_made(variable)
        for cls in page.classes:
            _complete(cls, set(pages))
    return pages


def public_names(pages: Mapping[str, Module]) -> list[Doc]:
    """Return everything the pages document: members of modules, and of their classes."""
    return [
        doc
        for page in pages.values()
        for member in page.members.values()
        for doc in (member, *(member.own_members if isinstance(member, Class) else ()))
        if not doc.name.startswith("_") and doc.docstring
    ]


def undocumented(pages: Mapping[str, Module]) -> list[str]:
    """Return the functions, classes, properties and exported constants that say nothing."""
    said = {id(doc) for doc in public_names(pages)}
    return [
        doc.fullname
        for page in pages.values()
        for member in page.members.values()
        for doc in (member, *(member.own_members if isinstance(member, Class) else ()))
        if id(doc) not in said and not doc.name.startswith("_") and (doc is member or isinstance(doc, Function | Class))
    ]


def summary(page: Module) -> str:
    """Return the first sentence or paragraph of a page, as plain text."""
    first = page.docstring.split("\n\n", maxsplit=1)[0]
    return " ".join(first.replace("`", "").split())


def _belongs_elsewhere(name: str, page: Module) -> set[str]:
    """Return what a page leaves out: names of the front page; in a module without `__all__` all but what users meet."""
    if name == PACKAGE:
        return set()
    left_out = page.members.keys() & set(op.__all__)
    if not hasattr(page.obj, "__all__"):
        met = {member for member, doc in page.members.items() if isinstance(doc, Class) or "fixture" in repr(doc.obj)}
        left_out |= page.members.keys() - met
    return left_out


def _complete(cls: Class, pages: set[str]) -> None:
    """Add to a class what pdoc does not show by itself."""
    inherited = [
        member
        for (module, _), members in cls.inherited_members.items()
        if module.startswith(PACKAGE) and module not in pages
        for member in members
        if not member.name.startswith("_")
    ]
    # The next step of an error is on the page of errors.
    own = [member for member in cls.own_members if member.name != "default_next_step"]
    cls.own_members = [*own, *inherited]
    for member in cls.own_members:
        if isinstance(member, Function) and hasattr(member.wrapped, "__wrapped__"):
            _block(member)
    _explain_facts(cls)
    _explain_columns(cls)
    if _is_made_by_users(cls):
        cls.members["__init__"].docstring = PUBLIC
    if issubclass(cls.obj, enum.Enum):
        cls.docstring += "\n\nOne of " + ", ".join(f"``{value.value}``" for value in cls.obj) + "."


def _is_made_by_users(cls: Class) -> bool:
    """Whether users call a class, which its docstring says with arguments, or a dataclass with a default for each."""
    if "__init__" not in cls.members or issubclass(cls.obj, BaseException):
        return False
    fields = dataclasses.fields(cls.obj) if dataclasses.is_dataclass(cls.obj) else ()
    has_defaults = all(
        field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING for field in fields
    )
    return "\nArgs:\n" in cls.docstring or (bool(fields) and has_defaults)


def _explain_columns(cls: Class) -> None:
    """Say of the fields of a model what the column of the same name means."""
    kind = {"OrderState": "orders", "Search": "searches", "Blacklist": "blacklists"}.get(cls.name)
    if kind is not None:
        meanings = {column.name: column.meaning for column in described_kinds()[kind].columns}
        for member in cls.own_members:
            member.docstring = member.docstring or meanings.get(member.name, "")


def _block(verb: Function) -> None:
    """Show a lifted verb as what it is: a plain function that returns the blocking twin of a handle."""
    faces = {f"Async{name}": face for name, face in vars(client).items() if not name.startswith("Async")}
    returned = verb.signature.return_annotation
    face = faces.get(getattr(returned, "__name__", ""), returned)
    several = getattr(returned, "__args__", ())
    if several and getattr(several[0], "__name__", "") in faces:
        face = list[faces[several[0].__name__]]  # type: ignore[misc]
    verb.funcdef = "def"
    verb.signature = verb.signature.replace(return_annotation=face)


def _explain_facts(cls: Class) -> None:
    """Say of each attribute what the class's docstring says of it; a list of attributes is then not said twice."""
    silent = {member.name: member for member in cls.own_members if not member.docstring}
    for kind, section in FACTS.findall(cls.docstring):
        texts = _texts(section, set(silent))
        for name, text in texts.items():
            silent[name].docstring = text
        if kind != "Args" and texts:
            cls.docstring = re.sub(rf"^{kind}:\n{re.escape(section)}", "", cls.docstring, flags=re.MULTILINE).strip()


def _texts(section: str, names: set[str]) -> dict[str, str]:
    """Return what a section says of each of *names*; a line may speak of several, one after the other."""
    if not names:
        return {}
    name = rf"(?:{'|'.join(sorted(names))})"
    said = re.sub(r"\n[ \t]+", " ", inspect.cleandoc(section).replace("\n    ", " "))
    head = re.compile(rf"(?:^|(?<=\. ))({name}(?:, \w+)*): ", re.MULTILINE)
    _, *parts = head.split(said)
    found = {}
    for heads, text in zip(parts[::2], parts[1::2], strict=True):
        known = re.split(r"\n\w+(?:, \w+)*: ", text)[0].strip()
        found |= {one: known for one in heads.split(", ") if one in names}
    return found


def _said_where_it_is_made(variable: Variable) -> str:
    """Return the text below a constant in the module that makes it; pdoc looks only where it is exported."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE) and variable.name in vars(module):
            text = doc_ast.walk_tree(module).var_docstrings.get(variable.name)
            if text and vars(module)[variable.name] is getattr(sys.modules[variable.modulename], variable.name):
                return text
    return ""
