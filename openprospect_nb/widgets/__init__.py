"""Widgets: a model in traits, a view beside it, a picture that outlives the kernel; answers are properties."""

from openprospect_nb.widgets.blacklist_manager import BlacklistManager
from openprospect_nb.widgets.icp_builder import ICPBuilder
from openprospect_nb.widgets.order_monitor import OrderMonitor
from openprospect_nb.widgets.results_explorer import ResultsExplorer
from openprospect_nb.widgets.what_if import WhatIf

__all__ = ["BlacklistManager", "ICPBuilder", "OrderMonitor", "ResultsExplorer", "WhatIf"]
