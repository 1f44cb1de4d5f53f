"""What became of mails, whatever tool sent them: read, kept in the home, and used wherever outcomes count."""

from openprospect_nb.mailings.inbox import KEEP, OutcomeInbox, outcomes
from openprospect_nb.mailings.reading import Mailings, read_mailings
from openprospect_nb.mailings.store import KEPT, InboxChange, kept_messages, not_again

__all__ = [
    "KEEP",
    "KEPT",
    "InboxChange",
    "Mailings",
    "OutcomeInbox",
    "kept_messages",
    "not_again",
    "outcomes",
    "read_mailings",
]
