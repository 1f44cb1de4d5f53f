"""Widgets: a model in traits, a view beside it, a picture that outlives the kernel; answers are properties."""

from openprospect_nb.widgets.blacklists.manager import BlacklistManager
from openprospect_nb.widgets.builder.builder import ICPBuilder
from openprospect_nb.widgets.desk.desk import Desk
from openprospect_nb.widgets.explorer.explorer import ResultsExplorer
from openprospect_nb.widgets.monitor.monitor import OrderMonitor
from openprospect_nb.widgets.what_if.what_if import WhatIf

__all__ = ["BlacklistManager", "Desk", "ICPBuilder", "OrderMonitor", "ResultsExplorer", "WhatIf"]
