"""What `import ssbscreen` offers, for type checkers; `__init__.py` loads it when it is asked for."""

from ssbscreen.interface.answers import pair as pair
from ssbscreen.interface.answers import window as window
from ssbscreen.interface.estimator import Regressor as Regressor
from ssbscreen.interface.predicting import predict as predict
from ssbscreen.interface.run import Run as Run
from ssbscreen.interface.run import load_run as load_run
from ssbscreen.interface.run import suggest as suggest
from ssbscreen.interface.screens import rank as rank
from ssbscreen.interface.screens import screen as screen

__version__: str
