"""`python -m guard.cli`, for where no script was installed."""

from __future__ import annotations

from guard.cli import main

main()
